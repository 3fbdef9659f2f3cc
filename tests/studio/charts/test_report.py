"""The report record on screen."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from studio.charts.report import is_report, report_preview

RECORD: dict[str, Any] = {
    "title": "Momentum",
    "metrics": [{"label": "Sharpe", "value": 1.234, "unit": ""}, {"label": "Return", "value": 12.5, "unit": "%"}],
    "charts": [
        {"kind": "line", "title": "Equity", "unit": "", "x": ["2020-01-01", "2020-01-02"],
         "series": [{"name": "Strategy", "values": [1.0, 1.1]}, {"name": "Equal weight", "values": [1.0, None]}]},
        {"kind": "bar", "title": "Weights", "unit": "%", "x": ["A", "B"], "series": [{"name": "w", "values": [60, 40]}]},
    ],
    "tables": [{"title": "Orders", "columns": ["symbol", "quantity"], "rows": [["A", 1.5], ["B", None]]}],
    "texts": [{"title": "Rationale", "body": "Because."}],
}  # fmt: skip


def test_a_report_is_drawn_whole() -> None:
    shown = report_preview(RECORD)

    assert [(each.label, each.value, each.unit) for each in shown.metrics] == [
        ("Sharpe", "1.23", ""),
        ("Return", "12.5%", ""),
    ]
    line, bars = shown.charts
    assert [(each.name, each.last) for each in line.series] == [("Strategy", "1.10"), ("Equal weight", "1")]
    assert line.points[1] == {"x": 1577923200000.0, "s0": 1.1, "s1": None}
    assert [(row.label, row.parts[0].text, row.parts[0].width) for row in bars.bars] == [
        ("A", "60%", "100.000%"),
        ("B", "40%", "66.667%"),
    ]
    assert shown.tables[0].rows == [["A", "1.500"], ["B", "–"]]
    assert shown.texts[0].body == "Because."


def test_a_record_without_report_fields_is_no_report() -> None:
    assert is_report(RECORD)
    assert not is_report({"approved": True})


json_values = st.recursive(
    st.none() | st.booleans() | st.sampled_from([0, -7, 10**400, "", "bar", "2020-01-01"]) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["title", "label", "value", "kind", "x", "series", "values", "rows", "columns", "body"]
            ),
            inner,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["title", "metrics", "charts", "tables", "texts"]), json_values))
def test_no_record_breaks_the_page(record: dict[str, Any]) -> None:
    report_preview(record)
