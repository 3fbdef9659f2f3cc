"""The report record: what a `report` value holds and the interface draws. Finite JSON all through; unknown is null."""

import math
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, TypedDict, cast

import numpy as np
import pandas as pd

Cell = float | int | str | bool | None
MAX_POINTS = 400
"""Most points of a chart's x axis; longer series are down-sampled."""


class Metric(TypedDict):
    """One figure. Percentages come as 12.3 with the unit "%"."""

    label: str
    value: Cell
    unit: str


class Series(TypedDict):
    """One line, area or set of bars; as many values as the chart has x."""

    name: str
    values: list[float | None]


class Chart(TypedDict):
    """Series over one x axis: ISO dates, symbols or numbers."""

    kind: Literal["line", "bar", "area"]
    title: str
    unit: str
    x: list[str | float]
    series: list[Series]


class Table(TypedDict):
    """Rows as long as `columns`."""

    title: str
    columns: list[str]
    rows: list[list[Cell]]


class Text(TypedDict):
    """A paragraph, plain text; line breaks count."""

    title: str
    body: str


class Report(TypedDict):
    """The whole record."""

    title: str
    metrics: list[Metric]
    charts: list[Chart]
    tables: list[Table]
    texts: list[Text]


def empty_report(title: str) -> Report:
    """Return a report with nothing in it yet."""
    return Report(title=title, metrics=[], charts=[], tables=[], texts=[])


def extend(report: Report, more: Report) -> None:
    """Append the parts of another report, in its order."""
    report["metrics"] += more["metrics"]
    report["charts"] += more["charts"]
    report["tables"] += more["tables"]
    report["texts"] += more["texts"]


def cell(value: object) -> Cell:
    """Return what JSON can hold: NaN, infinity and NaT become None, dates ISO text, NumPy numbers plain ones."""
    if isinstance(value, np.generic):
        value = cast(object, value.item())
    if value is None or value is pd.NaT or isinstance(value, bool | int | str):
        return cast(Cell, None if value is pd.NaT else value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, date):
        return value.isoformat().removesuffix("T00:00:00")
    return str(value)


def number(value: object) -> float | None:
    """Return a finite float, or None."""
    plain = cell(value)
    return float(plain) if isinstance(plain, int | float) else None


def is_report(record: Mapping[str, Any]) -> bool:
    """Say whether a record has the five parts of a report."""
    return all(key in record for key in Report.__required_keys__)
