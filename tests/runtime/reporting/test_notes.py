import json

import numpy as np
import pandas as pd
import pytest

from runtime.report import MAX_POINTS, Report, empty_report
from runtime.reporting.charts import MAX_SERIES
from runtime.reporting.notes import note_report
from runtime.values import Value

DAYS = pd.bdate_range("2020-01-01", periods=1_000)


def note(port_type: str, data: object) -> Report:
    report = note_report("Note", Value(type=port_type, data=data))
    json.dumps(report, allow_nan=False)
    return report


def test_numbers_are_metrics_and_texts_are_texts() -> None:
    assert note("number", 0.25)["metrics"] == [{"label": "Note", "value": 0.25, "unit": ""}]
    assert note("number", float("nan"))["metrics"][0]["value"] is None
    assert note("text", "Up.")["texts"] == [{"title": "Note", "body": "Up."}]


def test_a_verdict_is_its_rationale_and_its_fields() -> None:
    verdict = {
        "approved": False,
        "rationale": "Too much.",
        "margin_check": {"available_pct": 0.25},
        "risk_breaches": ["a", "b"],
        "simulated_weights": {"A": 0.5},
        "transcript": [{"side": "bull", "numbers": {"t": 1.23456}}, {"side": "bear", "round": 2}],
    }

    report = note("verdict", verdict)

    assert report["texts"] == [{"title": "Note", "body": "Too much."}]
    fields, transcript = report["tables"]
    assert fields["rows"] == [
        ["approved", False],
        ["margin_check.available_pct", 0.25],
        ["risk_breaches", "a; b"],
    ]
    assert transcript == {
        "title": "Note: transcript",
        "columns": ["side", "numbers", "round"],
        "rows": [["bull", "t 1.235", None], ["bear", None, 2]],
    }


def test_a_report_is_taken_over_whole() -> None:
    inner = empty_report("inner")
    inner["texts"].append({"title": "a", "body": "b"})

    assert note("report", inner)["texts"] == inner["texts"]


def test_weights_are_bars_in_percent_the_largest_first_without_zeros() -> None:
    frame = pd.DataFrame({"A": [0.1], "B": [0.0], "C": [-0.2], "D": [np.nan], "E": [0.3]}, index=DAYS[:1])

    chart = note("weights", frame)["charts"][0]

    assert chart["x"] == ["E", "A", "C"]
    assert chart["series"][0]["values"] == pytest.approx([30.0, 10.0, -20.0])


def test_a_table_over_days_is_a_chart_of_bounded_size() -> None:
    frame = pd.DataFrame(
        np.random.default_rng(1).normal(size=(1_000, 20)), index=DAYS, columns=list("ABCDEFGHIJKLMNOPQRST")
    )
    frame.iloc[:300, 3] = np.nan

    chart = note("table", frame)["charts"][0]

    assert len(chart["x"]) <= MAX_POINTS
    assert len(chart["series"]) == MAX_SERIES
    assert all(len(series["values"]) == len(chart["x"]) for series in chart["series"])
    assert (chart["x"][0], chart["x"][-1]) == (DAYS[0].date().isoformat(), DAYS[-1].date().isoformat())


def test_a_table_of_words_stays_a_table_with_its_last_rows() -> None:
    frame = pd.DataFrame({"symbol": [f"S{n}" for n in range(50)], "price": [np.nan] * 50})

    table = note("table", frame)["tables"][0]

    assert table["columns"] == ["symbol", "price"]
    assert (len(table["rows"]), table["rows"][-1]) == (20, ["S49", None])


def test_prices_are_drawn_as_growth_from_their_first_price() -> None:
    frame = pd.DataFrame({"A": [50.0, 100.0], "B": [np.nan, 10.0]}, index=DAYS[:2])

    chart = note("prices", frame)["charts"][0]

    assert {series["name"]: series["values"] for series in chart["series"]} == {
        "A": [1.0, 2.0],
        "B": [None, 1.0],
    }


@pytest.mark.parametrize("port_type", ["prices", "signals", "weights", "table"])
def test_an_empty_frame_harms_nothing(port_type: str) -> None:
    note(port_type, pd.DataFrame({"A": []}, index=pd.DatetimeIndex([])))
