"""Line and area charts with recharts, which is bundled: axes that know dates, figures that know units, no animation."""

from typing import Any

import reflex as rx
from reflex.vars.base import Var
from reflex_components_recharts import general

from studio import theme
from studio.charts.model import Chart, Series

_DATE = (
    "(v) => typeof v !== 'number' ? v : Math.abs(v) < 1e10 ? v.toLocaleString('en', {maximumFractionDigits: 3})"
    " : new Date(v).toLocaleDateString('en', {timeZone: 'UTC', %s})"
)
_SHORT_DATE = _DATE % "year: 'numeric', month: 'short'"
_LONG_DATE = _DATE % "weekday: 'short', year: 'numeric', month: 'short', day: 'numeric'"
_FIGURE = (
    "(v) => typeof v !== 'number' ? v : Math.abs(v) >= 1e4 || (v !== 0 && Math.abs(v) < 1e-3)"
    " ? v.toLocaleString('en', {notation: 'compact', maximumSignificantDigits: 3})"
    " : v.toLocaleString('en', {maximumFractionDigits: 3})"
)
_AXIS = {"fontSize": theme.TEXT_SMALL, "fill": theme.MUTED}
HEIGHT = 220


class GraphingTooltip(general.GraphingTooltip):
    """The bundled tooltip with formats of our own; charts admit their parts by the name of the class."""

    formatter: rx.Var[Any]
    label_formatter: rx.Var[Any]
    separator: rx.Var[str]


def line_view(chart: Chart) -> rx.Component:
    """Return the lines of a chart."""
    return rx.recharts.line_chart(
        rx.foreach(chart.series, _line), *_furniture(chart), data=chart.points, height=HEIGHT, margin=_MARGIN
    )


def area_view(chart: Chart) -> rx.Component:
    """Return the areas of a chart."""
    return rx.recharts.area_chart(
        rx.foreach(chart.series, _area), *_furniture(chart), data=chart.points, height=HEIGHT, margin=_MARGIN
    )


_MARGIN = {"top": 8, "right": 12, "bottom": 0, "left": 0}


def _line(series: Series) -> rx.Component:
    return rx.recharts.line(
        data_key=series.key,
        name=series.name,
        stroke=series.color,
        stroke_width=1.5,
        dot=False,
        type_="linear",
        connect_nulls=True,
        is_animation_active=False,
        custom_attrs={"key": series.key},
    )


def _area(series: Series) -> rx.Component:
    return rx.recharts.area(
        data_key=series.key,
        name=series.name,
        stroke=series.color,
        stroke_width=1.5,
        fill=series.color,
        dot=False,
        type_="linear",
        connect_nulls=True,
        is_animation_active=False,
        custom_attrs={"key": series.key, "fillOpacity": 0.12},
    )


def _furniture(chart: Chart) -> tuple[rx.Component, ...]:
    return (
        rx.recharts.cartesian_grid(vertical=False, stroke=theme.BORDER),
        rx.recharts.x_axis(
            data_key="x",
            type_=rx.cond(chart.x_kind == "text", "category", "number"),
            scale=rx.cond(chart.x_kind == "time", "time", "auto"),
            domain=["dataMin", "dataMax"],
            tick_formatter=_SHORT_DATE,
            tick=_AXIS,
            tick_line=False,
            axis_line=False,
            min_tick_gap=48,
            height=24,
        ),
        rx.recharts.y_axis(
            scale=rx.cond(chart.scale == "log", "log", "auto"),
            domain=["auto", "auto"],
            tick_formatter=_FIGURE,
            tick=_AXIS,
            tick_line=False,
            axis_line=False,
            width=52,
        ),
        GraphingTooltip.create(
            formatter=Var(f"(v) => ({_FIGURE})(v)"),
            label_formatter=Var(_LONG_DATE),
            separator="  ",
            is_animation_active=False,
            cursor={"stroke": theme.BORDER_STRONG},
            content_style={
                "background": theme.RAISED,
                "border": f"1px solid {theme.BORDER}",
                "borderRadius": theme.RADIUS,
                "fontSize": theme.TEXT_SMALL,
                "padding": "6px 10px",
                "color": theme.INK,
            },
            item_style={"padding": "1px 0"},
            label_style={"color": theme.MUTED, "marginBottom": "2px"},
        ),
    )
