"""One transition, opened: what went in, what came out, its crumb and its error."""

import reflex as rx

from studio import theme
from studio.charts.views import preview_view
from studio.components.icon import icon
from studio.components.notice import skeleton
from studio.components.relative_time import relative_time
from studio.components.state_badge import state_badge
from studio.run_view.screen import Payload
from studio.run_view.state import RunState


def inspect_panel() -> rx.Component:
    """Return the panel of the opened transition; nothing while none is open."""
    shown = RunState.inspected
    return rx.cond(
        shown.id != "",
        rx.el.aside(
            rx.el.div(
                rx.el.div(shown.title, class_name="as-inspect-title"),
                state_badge(shown.status, test_id="inspect-status"),
                rx.el.button(
                    icon("x"),
                    type="button",
                    class_name="as-fold",
                    aria_label="Close",
                    on_click=RunState.close_inspection,
                    style={"margin_left": "auto"},
                    custom_attrs={"data-testid": "inspect-close"},
                ),
                class_name="as-inspect-head",
            ),
            rx.el.div(_error(), _facts(), _values(), _crumb(), class_name="as-inspect-body"),
            class_name="as-inspect",
            aria_label="Transition",
            custom_attrs={"data-testid": "inspect"},
        ),
    )


def _error() -> rx.Component:
    return rx.cond(
        RunState.inspected.error != "",
        rx.el.div(
            icon("triangle-alert"),
            rx.el.span(RunState.inspected.error),
            class_name="as-problem",
            role="alert",
            custom_attrs={"data-testid": "inspect-error"},
        ),
    )


def _facts() -> rx.Component:
    shown = RunState.inspected
    return rx.el.dl(
        rx.el.dt("Node"),
        rx.el.dd(shown.node, " · ", shown.kind),
        rx.el.dt("Began"),
        rx.el.dd(relative_time(shown.at)),
        rx.el.dt("Took"),
        rx.el.dd(
            rx.cond(shown.duration != "", shown.duration, "still going"),
            custom_attrs={"data-testid": "inspect-duration"},
        ),
        rx.cond(shown.round != "", rx.fragment(rx.el.dt("Round"), rx.el.dd(shown.round))),
        class_name="as-facts",
    )


def _values() -> rx.Component:
    shown = RunState.inspected
    return rx.fragment(
        rx.cond(shown.outputs, _side("Output", shown.outputs, "inspect-output")),
        rx.cond(shown.inputs, _side("Input", shown.inputs, "inspect-input")),
    )


def _side(title: str, payloads: list[Payload], test_id: str) -> rx.Component:
    return rx.el.section(
        rx.el.div(title, class_name="as-sub"),
        rx.foreach(payloads, _payload),
        style={"display": "grid", "gap": theme.SPACE_3, "grid_template_columns": "minmax(0, 1fr)"},
        custom_attrs={"data-testid": test_id},
    )


def _payload(payload: Payload) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.span(class_name="as-port-dot", style={"--as-type": port_color(payload.type)}),
            rx.el.span(payload.port, style={"font_weight": "600"}),
            rx.el.span(
                payload.line,
                style={"overflow": "hidden", "text_overflow": "ellipsis", "white_space": "nowrap"},
            ),
            rx.el.span(payload.type, " · ", payload.size, class_name="as-port-type"),
            class_name="as-port-head",
        ),
        rx.cond(
            payload.ready,
            preview_view(payload.preview),
            rx.cond(RunState.loading, skeleton(height="120px")),
        ),
        custom_attrs={"data-testid": f"payload-{payload.port}"},
    )


def port_color(port_type: str) -> rx.Var[str]:
    """Return the colour of a port type."""
    return rx.match(port_type, *theme.PORT_COLORS.items(), theme.BORDER_STRONG)  # pyright: ignore[reportReturnType]  texts in, text out


def _crumb() -> rx.Component:
    return rx.cond(
        RunState.inspected.crumb != "",
        rx.el.details(
            rx.el.summary("Crumb"),
            rx.el.pre(RunState.inspected.crumb, class_name="as-code", tab_index=0),
            class_name="as-more",
            custom_attrs={"data-testid": "inspect-crumb"},
        ),
    )
