"""A halt record as components: the sentence, the times of its steps, and one line per run that was hit."""

import reflex as rx

from studio.components.icon import icon
from studio.run_view.halts import HaltLine, HaltView


def halt_result(halt: HaltView) -> rx.Component:
    """Return how far a halt has come: green only when everything it hit is proved to have stopped."""
    return rx.el.div(
        rx.el.div(
            rx.cond(
                halt.proved,
                icon("check"),
                rx.cond(halt.refused, icon("info"), icon("loader-circle", class_name="as-spin")),
            ),
            rx.el.span(halt.sentence),
            class_name="as-halt-sentence",
            role="status",
            custom_attrs={
                "data-testid": "halt-sentence",
                "data-proved": rx.cond(halt.proved, "true", "false"),
            },
        ),
        rx.el.div(rx.foreach(halt.lines, _line), class_name="as-halt-lines"),
        class_name="as-halt",
        custom_attrs={"data-testid": "halt-result"},
    )


def _line(line: HaltLine) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            _time("Requested", line.requested, "halt-requested"),
            _time("Acknowledged", line.acknowledged, "halt-acknowledged"),
            _time("Cancelled", line.cancelled, "halt-cancelled"),
            rx.cond(line.abandoned != "", _time("Given up", line.abandoned, "halt-abandoned")),
            rx.cond(line.killed != "", _time("Killed", line.killed, "halt-killed")),
            _time("Last side effect", line.last_effect, "halt-last-effect"),
            class_name="as-halt-times",
        ),
        rx.el.div(
            rx.el.span("Run ", line.short_id, class_name="as-time", style={"font_weight": "500"}),
            " · ",
            line.words,
            style={"padding": "0 12px 8px"},
            custom_attrs={"data-testid": "halt-words"},
        ),
        style={"& + &": {"border_top": "1px solid var(--as-border)"}},
        custom_attrs={
            "data-testid": f"halt-line-{line.run_id}",
            "data-proved": rx.cond(line.proved, "true", "false"),
        },
    )


def _time(label: str, value: str, test_id: str) -> rx.Component:
    return rx.el.div(
        rx.el.div(label, class_name="as-figure-label"),
        rx.el.div(value, class_name="as-halt-value", custom_attrs={"data-testid": test_id}),
        class_name="as-halt-time",
    )
