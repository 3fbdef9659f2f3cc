"""Frames as charts and tables of a report."""

from typing import Literal

import numpy as np
import pandas as pd

from runtime.downsample import shared_positions
from runtime.report import MAX_POINTS, Chart, Series, Table, cell, number

MAX_SERIES = 8
MAX_BARS = 30
MAX_COLUMNS = 24


def chart_of(
    frame: pd.DataFrame, *, title: str, unit: str, kind: Literal["line", "area"] = "line", scale: float = 1.0
) -> Chart:
    """Draw the columns of a frame over its index; of many columns those that end farthest from zero."""
    shown = _foremost(frame)
    columns = [shown.iloc[:, place].to_numpy(dtype=float) * scale for place in range(shown.shape[1])]
    kept = shared_positions(columns, points=MAX_POINTS)
    return Chart(
        kind=kind,
        title=title,
        unit=unit,
        x=[_x(shown.index[position]) for position in kept],
        series=[
            Series(name=str(name), values=[number(column[position]) for position in kept])
            for name, column in zip(shown.columns, columns, strict=True)
        ],
    )


def bars_of(row: pd.Series, *, title: str, unit: str, name: str, scale: float = 1.0) -> Chart:
    """Draw one value per symbol, the largest first; zeros and unknowns are left out."""
    known = row.dropna()
    held = known[known != 0]
    ranked = sorted(held.items(), key=lambda item: (-abs(float(item[1])), str(item[0])))[:MAX_BARS]
    ranked.sort(key=lambda item: (-float(item[1]), str(item[0])))
    return Chart(
        kind="bar",
        title=title,
        unit=unit,
        x=[str(symbol) for symbol, _ in ranked],
        series=[Series(name=name, values=[number(float(value) * scale) for _, value in ranked])],
    )


def table_of(frame: pd.DataFrame, *, title: str, rows: int) -> Table:
    """Show the last rows of a frame, its index as the first column unless it only counts."""
    tail = frame.iloc[-rows:, :MAX_COLUMNS]
    counts = isinstance(frame.index, pd.RangeIndex) and frame.index.name is None
    columns = [str(column) for column in tail.columns]
    body = [[cell(item) for item in row] for row in tail.astype(object).to_numpy().tolist()]
    if counts:
        return Table(title=title, columns=columns, rows=body)
    first = str(frame.index.name or "day")
    return Table(
        title=title,
        columns=[first, *columns],
        rows=[[cell(label), *row] for label, row in zip(tail.index, body, strict=True)],
    )


def numeric(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that hold numbers."""
    return frame.select_dtypes(include="number").replace([np.inf, -np.inf], np.nan)


def _foremost(frame: pd.DataFrame) -> pd.DataFrame:
    if frame.shape[1] <= MAX_SERIES:
        return frame
    last = frame.ffill().iloc[-1].abs().fillna(-1.0).to_numpy(dtype=float)
    places = sorted(np.argsort(-last, kind="stable")[:MAX_SERIES].tolist())
    return frame.iloc[:, places]


def _x(label: object) -> str | float:
    plain = cell(label)
    return plain if isinstance(plain, str) else float(plain or 0.0)
