"""Series over a shared x axis as the points of a chart: numeric time, no NaN, few points. Pure."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Literal

import numpy as np

from runtime.downsample import shared_positions
from studio.charts.model import COLORS, MAX_POINTS, MAX_SERIES, Chart, Point, Series, XKind
from studio.charts.numbers import finite, number_text

X = str | float | int | date | None


def line_chart(
    title: str,
    x: Sequence[X],
    series: Mapping[str, Sequence[float | None]],
    *,
    unit: str = "",
    kind: Literal["line", "area"] = "line",
    scale: Literal["linear", "log"] = "linear",
    note: str = "",
) -> Chart:
    """Return a chart of at most `MAX_POINTS` points and `MAX_SERIES` series; says in words what it leaves out."""
    names = list(series)[:MAX_SERIES]
    columns = [_column(series[name], len(x)) for name in names]
    kept = shared_positions([np.array(column) for column in columns], points=MAX_POINTS)
    x_kind, places = _axis([x[position] for position in kept])
    points: list[Point] = [
        {
            "x": place,
            **{f"s{index}": _finite(column[position], scale) for index, column in enumerate(columns)},
        }
        for place, position in zip(places, kept, strict=True)
    ]
    left_out = len(series) - len(names)
    notes = [note, f"{left_out} more series not shown" if left_out else ""]
    return Chart(
        kind=kind,
        title=title,
        unit=unit,
        x_kind=x_kind,
        scale=scale,
        points=points,
        has_legend=True,
        has_data=bool(points and names),
        series=[
            Series(
                key=f"s{index}",
                name=name,
                color=COLORS[index],
                last=number_text(_last(column), unit, digits=3),
            )
            for index, (name, column) in enumerate(zip(names, columns, strict=True))
        ],
        note=" · ".join(part for part in notes if part),
    )


def _column(values: Sequence[float | None], length: int) -> list[float]:
    column = [math.nan if value is None else float(value) for value in values[:length]]
    return column + [math.nan] * (length - len(column))


def _last(column: Sequence[float]) -> float | None:
    return next((value for value in reversed(column) if math.isfinite(value)), None)


def _finite(value: float, scale: str) -> float | None:
    if not math.isfinite(value) or (scale == "log" and value <= 0):
        return None
    return float(f"{value:.6g}")


def _axis(x: Sequence[X]) -> tuple[XKind, list[float | str]]:
    times = [_milliseconds(place) for place in x]
    known_times = [time for time in times if time is not None]
    if len(known_times) == len(x):
        return "time", list(known_times)
    numbers = [place for each in x if (place := finite(each)) is not None]
    if len(numbers) == len(x):
        return "number", list(numbers)
    return "text", [str(place) for place in x]


def _milliseconds(place: X) -> float | None:
    """Return milliseconds since 1970 of a date, an ISO text, or None for anything else."""
    if isinstance(place, str):
        try:
            place = datetime.fromisoformat(place)
        except ValueError:
            return None
    if isinstance(place, datetime):
        return (place if place.tzinfo else place.replace(tzinfo=UTC)).timestamp() * 1e3
    if isinstance(place, date):
        return datetime(place.year, place.month, place.day, tzinfo=UTC).timestamp() * 1e3
    return None
