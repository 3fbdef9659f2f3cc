"""Charts, tables, figures and texts as components; all of them take vars and know no page."""

import reflex as rx

from studio import theme
from studio.charts.line_view import area_view, line_view
from studio.charts.model import BarPart, BarRow, Chart, Column, Metric, Passage, Preview, Series, Table


def preview_view(preview: Preview, *, test_id: str = "preview") -> rx.Component:
    """Return everything there is to show of a value or report: figures, charts, tables, texts."""
    return rx.el.div(
        rx.cond(
            preview.metrics,
            rx.el.div(rx.foreach(preview.metrics, metric_view), class_name="as-figures"),
        ),
        rx.cond(
            preview.charts,
            rx.el.div(rx.foreach(preview.charts, chart_view), class_name="as-charts"),
        ),
        rx.foreach(preview.tables, table_view),
        rx.foreach(preview.texts, text_view),
        style={"display": "grid", "gap": theme.SPACE_3, "grid_template_columns": "minmax(0, 1fr)"},
        custom_attrs={"data-testid": test_id},
    )


def metric_view(metric: Metric) -> rx.Component:
    """Return one figure."""
    return rx.el.div(
        rx.el.div(metric.label, class_name="as-figure-label"),
        rx.el.div(
            metric.value,
            rx.cond(metric.unit != "", rx.el.span(metric.unit, class_name="as-figure-unit")),
            class_name="as-figure-value",
        ),
        class_name="as-figure",
        custom_attrs={"data-testid": "metric"},
    )


def chart_view(chart: Chart) -> rx.Component:
    """Return one chart with its title, legend and note; one without data says so."""
    return rx.el.figure(
        rx.el.figcaption(
            rx.el.span(chart.title, class_name="as-chart-title"),
            rx.el.span(
                chart.note,
                rx.cond((chart.note != "") & (chart.unit != ""), " · ", ""),
                chart.unit,
                class_name="as-chart-note",
            ),
            class_name="as-chart-head",
        ),
        rx.cond(
            chart.has_legend,
            rx.el.div(rx.foreach(chart.series, _legend_entry), class_name="as-legend"),
        ),
        rx.cond(
            chart.has_data,
            rx.match(
                chart.kind,
                (
                    "bar",
                    rx.el.div(
                        rx.foreach(chart.bars, _bar_row),
                        class_name="as-bars",
                        style={"--as-zero": chart.zero},
                    ),
                ),
                ("area", area_view(chart)),
                line_view(chart),
            ),
            rx.el.div("No data in this chart.", class_name="as-chart-note"),
        ),
        class_name="as-chart",
        style={"margin": "0"},
        custom_attrs={"data-testid": "chart", "data-title": chart.title},
    )


def table_view(table: Table) -> rx.Component:
    """Return one table; figures stand right and in tabular numbers."""
    return rx.el.section(
        rx.cond(
            (table.title != "") | (table.note != ""),
            rx.el.div(
                rx.el.span(table.title, class_name="as-chart-title"),
                rx.el.span(table.note, class_name="as-chart-note"),
                class_name="as-chart-head",
            ),
        ),
        rx.el.div(
            rx.el.table(
                rx.el.thead(rx.el.tr(rx.foreach(table.columns, _head_cell))),
                rx.el.tbody(rx.foreach(table.rows, lambda row: _row(row, table.columns))),
                class_name="as-table",
            ),
            class_name="as-table-box",
            tab_index=0,
            role="region",
            aria_label=rx.cond(table.title != "", table.title, "Table"),
        ),
        custom_attrs={"data-testid": "table"},
    )


def text_view(text: Passage) -> rx.Component:
    """Return prose, or raw data in a monospaced box."""
    return rx.el.section(
        rx.cond(text.title != "", rx.el.div(text.title, class_name="as-part-title")),
        rx.cond(
            text.code,
            rx.el.pre(text.body, class_name="as-code", tab_index=0),
            rx.el.div(text.body, class_name="as-prose"),
        ),
        custom_attrs={"data-testid": "text"},
    )


def _legend_entry(series: Series) -> rx.Component:
    return rx.el.span(
        rx.el.span(class_name="as-legend-mark", style={"--as-series": series.color}),
        series.name,
        rx.el.span(series.last, class_name="as-legend-last"),
        class_name="as-legend-entry",
    )


def _bar_row(row: BarRow) -> rx.Component:
    return rx.el.div(
        rx.el.div(row.label, class_name="as-bar-label", title=row.label),
        rx.el.div(rx.foreach(row.parts, _bar_part)),
        class_name="as-bar-row",
    )


def _bar_part(part: BarPart) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.div(class_name="as-bar-zero"),
            rx.el.div(
                class_name="as-bar-fill",
                style={"left": part.left, "width": part.width, "--as-series": part.color},
            ),
            class_name="as-bar-track",
        ),
        rx.el.div(part.text, class_name="as-bar-value"),
        class_name="as-bar-part",
        title=part.name,
    )


def _head_cell(column: Column) -> rx.Component:
    return rx.el.th(
        column.name, scope="col", custom_attrs={"data-numeric": rx.cond(column.numeric, "true", "false")}
    )


def _row(row: list[str], columns: list[Column]) -> rx.Component:
    return rx.el.tr(
        rx.foreach(
            row,
            lambda cell, index: rx.el.td(
                cell, custom_attrs={"data-numeric": rx.cond(columns[index].numeric, "true", "false")}
            ),
        )
    )
