"""Horizontal bars around a common zero: symbols with signals or weights, and the bar charts of reports. Pure."""

from collections.abc import Mapping, Sequence

from studio.charts.model import COLORS, BarPart, BarRow, Chart, Series
from studio.charts.numbers import finite, number_text

MAX_BARS = 40


def bar_chart(
    title: str, labels: Sequence[str], series: Mapping[str, Sequence[float | None]], *, unit: str = ""
) -> Chart:
    """Return a bar chart; labels and every series are equally long. The longest bar fills its side."""
    shown = labels[:MAX_BARS]
    values = {name: [finite(value) for value in column[:MAX_BARS]] for name, column in series.items()}
    known = [value for column in values.values() for value in column if value is not None]
    low, high = min([0.0, *known]), max([0.0, *known])
    span = high - low or 1.0
    names = list(series)
    rows = [
        BarRow(
            label=label,
            parts=[
                _part(
                    values[name][index], name, COLORS[position % len(COLORS)], low=low, span=span, unit=unit
                )
                for position, name in enumerate(names)
            ],
        )
        for index, label in enumerate(shown)
    ]
    more = len(labels) - len(shown)
    return Chart(
        kind="bar",
        title=title,
        unit=unit,
        x_kind="text",
        bars=rows,
        series=[
            Series(key=f"s{index}", name=name, color=COLORS[index % len(COLORS)], last="")
            for index, name in enumerate(names)
        ],
        has_legend=len(names) > 1,
        has_data=bool(rows),
        zero=f"{-low / span:.3%}",
        note=f"{more} more not shown" if more > 0 else "",
    )


def _part(value: float | None, name: str, color: str, *, low: float, span: float, unit: str) -> BarPart:
    if value is None:
        return BarPart(left="0%", width="0%", color=color, text=number_text(None), name=name)
    left = (min(value, 0.0) - low) / span
    return BarPart(
        left=f"{left:.3%}",
        width=f"{abs(value) / span:.3%}",
        color=color,
        text=number_text(value, unit, digits=3),
        name=name,
    )
