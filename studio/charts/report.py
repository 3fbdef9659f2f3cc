"""The record of the report node as something to draw. Tolerant: a field that is not what it should be is left out."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from studio.charts.bars import bar_chart
from studio.charts.lines import line_chart
from studio.charts.model import (
    MAX_COLUMNS,
    MAX_ROWS,
    MAX_TEXT,
    Chart,
    Column,
    Metric,
    Passage,
    Preview,
    Table,
)
from studio.charts.numbers import cell_text, finite, is_number, number_text


def report_preview(record: Mapping[str, Any]) -> Preview:
    """Return what a report shows: figures, charts, tables, texts, in the order of the record."""
    return Preview(
        title=str(record.get("title") or ""),
        metrics=[_metric(each) for each in _records(record.get("metrics"))],
        charts=[_chart(each) for each in _records(record.get("charts"))],
        tables=[
            table(str(each.get("title") or ""), _list(each.get("columns")), _rows(each.get("rows")))
            for each in _records(record.get("tables"))
        ],
        texts=[
            Passage(title=str(each.get("title") or ""), body=clipped(str(each.get("body") or "")))
            for each in _records(record.get("texts"))
        ],
    )


def is_report(record: Mapping[str, Any]) -> bool:
    """Say whether a record has the form of a report, whatever its port said."""
    return any(isinstance(record.get(key), list) for key in ("metrics", "charts", "tables", "texts"))


def table(
    title: str, columns: Sequence[Any], rows: Sequence[Sequence[Any]], *, total: int | None = None
) -> Table:
    """Return a table of at most `MAX_ROWS` rows; says how many there are when it cuts."""
    count = len(rows) if total is None else total
    shown = [list(row)[:MAX_COLUMNS] for row in rows[:MAX_ROWS]]
    notes = [
        f"{len(shown):,} of {count:,} rows" if count > len(shown) else "",
        f"{MAX_COLUMNS} of {len(columns)} columns" if len(columns) > MAX_COLUMNS else "",
    ]
    return Table(
        title=title,
        columns=[
            Column(name=str(name), numeric=bool(shown) and all(is_number(_at(row, index)) for row in shown))
            for index, name in enumerate(columns[:MAX_COLUMNS])
        ],
        rows=[[cell_text(value) for value in row] for row in shown],
        note=" · ".join(note for note in notes if note),
    )


def clipped(text: str) -> str:
    """Return a text that a page can hold; says what it cuts."""
    if len(text) <= MAX_TEXT:
        return text
    return f"{text[:MAX_TEXT]}\n… ({len(text) - MAX_TEXT:,} more characters)"


def _metric(record: Mapping[str, Any]) -> Metric:
    value = record.get("value")
    unit = str(record.get("unit") or "")
    shown = number_text(value, unit, digits=3) if is_number(value) else cell_text(value)
    return Metric(
        label=str(record.get("label") or ""),
        value=shown,
        unit=unit.removeprefix("%").removeprefix("×").strip(),
    )


def _chart(record: Mapping[str, Any]) -> Chart:
    title, unit = str(record.get("title") or ""), str(record.get("unit") or "")
    x = _list(record.get("x"))
    series = {
        str(each.get("name") or f"Series {number}"): [finite(value) for value in _list(each.get("values"))]
        for number, each in enumerate(_records(record.get("series")), 1)
    }
    if record.get("kind") == "bar":
        padded = {name: [*values, *[None] * (len(x) - len(values))] for name, values in series.items()}
        return bar_chart(title, [cell_text(place) for place in x], padded, unit=unit)
    return line_chart(title, x, series, unit=unit, kind="area" if record.get("kind") == "area" else "line")


def _records(value: object) -> list[Mapping[str, Any]]:
    return [cast("Mapping[str, Any]", each) for each in _list(value) if isinstance(each, Mapping)]


def _rows(value: object) -> list[list[Any]]:
    return [_list(row) for row in _list(value)]


def _list(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _at(row: Sequence[Any], index: int) -> object:
    return row[index] if index < len(row) else None
