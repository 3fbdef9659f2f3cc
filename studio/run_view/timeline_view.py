"""The timeline as components: one row per node, one bar per transition; a click opens the transition."""

import reflex as rx

from studio.components.state_badge import state_color, state_icon
from studio.run_view.state import RunState
from studio.run_view.timeline import Bar, Row, Tick


def timeline_view() -> rx.Component:
    """Return the timeline of the followed run."""
    return rx.cond(
        RunState.rows,
        rx.el.div(
            rx.el.div(
                rx.el.span(),
                rx.el.div(rx.foreach(RunState.ticks, _tick), class_name="as-tl-lane", aria_hidden="true"),
                rx.el.span(),
                class_name="as-tl-axis",
            ),
            rx.foreach(RunState.rows, _row),
            class_name="as-tl",
            role="group",
            aria_label="Timeline: one bar per transition",
            custom_attrs={"data-testid": "timeline"},
        ),
        rx.el.div(
            rx.match(
                RunState.head.status,
                ("", "Run the workflow to see its transitions here, one bar each."),
                ("pending", "Waiting for a worker. The first transition shows here as it begins."),
                "This run made no transition.",
            ),
            class_name="as-blank",
            custom_attrs={"data-testid": "timeline-empty"},
        ),
    )


def _row(row: Row) -> rx.Component:
    return rx.el.div(
        rx.el.button(
            state_icon(row.status),
            rx.el.span(row.title),
            type="button",
            class_name="as-tl-name",
            title=rx.cond(row.line != "", row.line, row.title),
            on_click=RunState.inspect_node(row.node),
            custom_attrs={"data-testid": f"row-{row.node}"},
        ),
        rx.el.div(rx.foreach(row.bars, lambda bar: _bar(bar, row)), class_name="as-tl-lane"),
        rx.el.span(row.took, class_name="as-tl-took"),
        class_name="as-tl-row",
        custom_attrs={"data-state": row.status},
    )


def _bar(bar: Bar, row: Row) -> rx.Component:
    return rx.el.button(
        type="button",
        key=bar.key,
        class_name="as-tl-bar",
        aria_label=bar.name,
        title=bar.name,
        on_click=RunState.inspect(bar.id),
        style={
            "--as-left": bar.left,
            "--as-width": bar.width,
            "--as-to": bar.to_width,
            "--as-grow": bar.grow,
            "--as-state": state_color(bar.status),
        },
        custom_attrs={
            "data-testid": f"bar-{row.node}",
            "data-state": bar.status,
            "data-grows": rx.cond(bar.growing, "true", "false"),
            "aria-pressed": rx.cond(RunState.selected == bar.id, "true", "false"),
        },
    )


def _tick(tick: Tick) -> rx.Component:
    return rx.el.span(tick.label, class_name="as-tl-tick", style={"left": tick.left})
