"""What is drawn of a value."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.market.shipped import ShippedPrices
from runtime.values import Value
from studio.charts.model import MAX_POINTS, MAX_SERIES, Preview
from studio.charts.numbers import cell_text, number_text
from studio.charts.preview import preview

DAYS = pd.date_range("2020-01-01", periods=5, freq="D")


@pytest.fixture(scope="module")
def prices() -> pd.DataFrame:
    source = ShippedPrices()
    return source.prices(source.symbols(), start=None, end=None)


def as_json(shown: Preview) -> str:
    from dataclasses import asdict

    return json.dumps(asdict(shown), allow_nan=False)


def test_prices_are_growth_of_100_over_few_finite_points(prices: pd.DataFrame) -> None:
    shown = preview(Value(type="prices", data=prices))

    chart = shown.charts[0]
    assert (chart.x_kind, chart.scale, len(chart.series)) == ("time", "log", MAX_SERIES)
    assert 2 < len(chart.points) <= MAX_POINTS
    assert [chart.points[0][each.key] for each in chart.series] == [100.0] * MAX_SERIES
    as_json(shown)


def test_the_chart_of_prices_keeps_the_first_and_the_last_day(prices: pd.DataFrame) -> None:
    points = preview(Value(type="prices", data=prices)).charts[0].points

    first, last = (prices.index[place].timestamp() * 1e3 for place in (0, -1))
    assert (points[0]["x"], points[-1]["x"]) == (first, last)


def test_the_chart_of_prices_says_how_many_symbols_it_leaves_out(prices: pd.DataFrame) -> None:
    assert (
        preview(Value(type="prices", data=prices))
        .charts[0]
        .note.startswith("The 8 largest moves of 20 symbols")
    )
    assert preview(Value(type="prices", data=prices.iloc[:, :3])).charts[0].note == "Log scale"


def test_weights_are_bars_of_what_is_held_on_the_last_day_in_percent() -> None:
    frame = pd.DataFrame({"A": [0.1, 0.25], "B": [0.2, 0.0], "C": [np.nan, -0.1]}, index=DAYS[:2])

    bars, exposure = preview(Value(type="weights", data=frame)).charts

    assert [(row.label, row.parts[0].text) for row in bars.bars] == [("A", "25%"), ("C", "−10%")]
    assert bars.title == "Weights on 2020-01-02"
    assert [each.last for each in exposure.series] == ["35%", "15%"]


def test_bars_share_one_zero_and_stay_inside() -> None:
    frame = pd.DataFrame({"A": [0.5], "B": [-0.25], "C": [np.nan]}, index=DAYS[:1])

    chart = preview(Value(type="signals", data=frame)).charts[0]

    a, b = (row.parts[0] for row in chart.bars)
    assert chart.zero == "33.333%"
    assert (a.left, a.width) == ("33.333%", "66.667%")
    assert (b.left, b.width) == ("0.000%", "33.333%")


def test_a_table_says_how_many_rows_it_leaves_out() -> None:
    frame = pd.DataFrame({"symbol": ["A"] * 250, "quantity": [1.5] * 250})

    table = preview(Value(type="table", data=frame)).tables[0]

    assert [(column.name, column.numeric) for column in table.columns] == [
        ("symbol", False),
        ("quantity", True),
    ]
    assert (len(table.rows), table.note) == (100, "100 of 250 rows")


def test_a_verdict_shows_its_key_facts_its_reason_and_the_whole_record() -> None:
    record = {"approved": False, "confidence": 0.714, "rationale": "Tail too fat.", "deep": {"a": [1]}}

    shown = preview(Value(type="verdict", data=record))

    assert [(each.label, each.value) for each in shown.metrics] == [
        ("Approved", "no"),
        ("Confidence", "0.7140"),
    ]
    assert [text.title for text in shown.texts] == ["Rationale", "Record"]
    assert json.loads(shown.texts[1].body) == record


@pytest.mark.parametrize("port_type", ["prices", "signals", "weights", "table"])
def test_an_empty_frame_is_no_error(port_type: str) -> None:
    shown = preview(Value(type=port_type, data=pd.DataFrame()))  # pyright: ignore[reportArgumentType]

    assert shown.charts == []


@given(
    st.lists(
        st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=3, max_size=3),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(["prices", "signals", "weights", "table"]),
)
def test_no_frame_breaks_the_preview_or_puts_a_non_number_into_json(
    rows: list[list[float]], port_type: str
) -> None:
    frame = pd.DataFrame(rows, columns=["A", "B", "C"], index=pd.date_range("2020-01-01", periods=len(rows)))

    with np.errstate(all="ignore"):
        shown = preview(Value(type=port_type, data=frame))  # pyright: ignore[reportArgumentType]

    as_json(shown)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1234567, "1,234,567"), (0.25, "0.2500"), (12.3456, "12.35"), (1234.56, "1,235"), (-0.5, "−0.5000"),
     (1e-9, "1.000e−9"), (math.nan, "–"), (math.inf, "–"), (True, "–"), ("x", "–"), (123.456, "123.5")],
)  # fmt: skip
def test_numbers_have_four_digits_and_a_real_minus(value: object, text: str) -> None:
    assert number_text(value) == text.replace("e−9", "e−09")


def test_cells_are_plain_words() -> None:
    assert [cell_text(each) for each in (None, True, False, "x", DAYS[0])] == [
        "–",
        "yes",
        "no",
        "x",
        "2020-01-01",
    ]
