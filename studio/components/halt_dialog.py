"""The red buttons and the one dialog behind them. The only solid red of the product."""

import reflex as rx

from studio import theme
from studio.charts.style import SHEET as CHART_SHEET
from studio.components.icon import icon
from studio.components.unless import unless
from studio.run_view.halt_state import TYPED, HaltState
from studio.run_view.halt_view import halt_result
from studio.run_view.style import SHEET
from studio.session_state import SessionState

QUICK_REASONS = ("Wrong inputs", "Runaway cost", "Drill")


def halt_run_button(
    run_id: str | rx.Var[str], *, owner: str | rx.Var[str], test_id: str = "halt"
) -> rx.Component:
    """Return the red button of one run; `owner` is who started it. Shown disabled, with the reason, to who may not."""
    allowed = SessionState.can_halt_all | (SessionState.can_halt & (SessionState.user_id == owner))
    return rx.button(
        icon("octagon"),
        "Halt",
        size="2",
        color_scheme="red",
        variant="solid",
        disabled=unless(allowed),
        title=rx.cond(
            allowed, "Halt this run", f"Your role {SessionState.role} may halt only runs you started."
        ),
        on_click=HaltState.ask_run(run_id),
        custom_attrs={"data-testid": test_id},
    )


def halt_workflows_button() -> rx.Component:
    """Return the red button of the top bar, for who may halt everything."""
    return rx.cond(
        SessionState.can_halt_all,
        rx.button(
            icon("octagon"),
            "Halt workflows",
            size="2",
            color_scheme="red",
            variant="solid",
            on_click=HaltState.ask_workflows,
            custom_attrs={"data-testid": "halt-workflows"},
        ),
    )


def halt_dialog() -> rx.Component:
    """Return the dialog of both buttons; mounted once per page, by the frame."""
    return rx.dialog.root(
        rx.dialog.content(
            rx.el.style(SHEET + CHART_SHEET),
            rx.dialog.title(
                rx.match(
                    HaltState.scope,
                    ("workflows", "Halt all workflow runs"),
                    ("desk", f"Halt the desk: {HaltState.desk_title}"),
                    "Halt this run",
                ),
                font_size=theme.HEADING,
                line_height="20px",
                margin_bottom=theme.SPACE_1,
            ),
            rx.dialog.description(_what(), size="2", color=theme.MUTED),
            rx.cond(
                (HaltState.result.id != "") | HaltState.result.refused,
                rx.box(halt_result(HaltState.result), margin_top=theme.SPACE_4),
                _form(),
            ),
            _buttons(),
            max_width="520px",
            # The dialog itself takes the focus when the button that had it is gone; that needs no ring.
            outline="none",
            custom_attrs={"data-testid": "halt-dialog"},
        ),
        open=HaltState.open,
        on_open_change=HaltState.set_open,
    )


def _what() -> rx.Component | rx.Var[object]:
    return rx.match(
        HaltState.scope,
        (
            "run",
            rx.fragment(
                "The running node is cancelled at once, and the run cannot be continued. Runs it has started are halted too."
            ),
        ),
        (
            "desk-run",
            rx.fragment(
                "It is stopped at once, puts its things in order and cannot be continued. Runs it has started are halted too."
            ),
        ),
        rx.fragment(
            rx.cond(
                HaltState.counts != "",
                rx.el.span(
                    HaltState.counts,
                    style={"font_weight": "600", "color": theme.INK},
                    custom_attrs={"data-testid": "halt-counts"},
                ),
                rx.el.span("Counting what is under way…"),
            ),
            rx.cond(
                HaltState.nothing,
                "",
                " Each is stopped at once and cannot be continued. New runs can start afterwards.",
            ),
        ),
    )


def _form() -> rx.Component:
    return rx.el.form(
        rx.cond(HaltState.propagation_off, _propagation_off()),
        rx.el.label("Reason", html_for="halt-reason", style=_LABEL),
        rx.input(
            id="halt-reason",
            value=HaltState.reason,
            on_change=HaltState.write_reason,
            placeholder="Why it must stop; goes into the audit log",
            size="2",
            auto_focus=True,
            max_length=500,
            custom_attrs={"data-testid": "halt-reason"},
        ),
        rx.box(
            *(_pick(reason, number) for number, reason in enumerate(QUICK_REASONS, 1)),
            display="flex",
            gap=theme.SPACE_1,
            margin_top=theme.SPACE_2,
        ),
        rx.cond((HaltState.scope == "workflows") | (HaltState.scope == "desk"), _typed()),
        rx.cond(
            HaltState.problem != "",
            rx.el.div(
                icon("triangle-alert"),
                rx.el.span(HaltState.problem),
                class_name="as-problem",
                role="alert",
                style={"margin_top": theme.SPACE_3},
                custom_attrs={"data-testid": "halt-problem"},
            ),
        ),
        on_submit=HaltState.confirm,
        id="halt-form",
        style={"margin_top": theme.SPACE_4},
    )


def _propagation_off() -> rx.Component:
    return rx.el.div(
        icon("info"),
        rx.el.span(
            "Kill propagation is off: this button halts nothing. Halt runs one by one on their pages, or switch "
            "ALPHASWARM_ORCHESTRATION_KILL_PROPAGATION_ENABLED on."
        ),
        class_name="as-remark",
        style={"margin_bottom": theme.SPACE_3},
        custom_attrs={"data-testid": "halt-propagation-off"},
    )


def _typed() -> rx.Component:
    return rx.box(
        rx.el.label("Type ", rx.el.b(TYPED), " to confirm", html_for="halt-typed", style=_LABEL),
        rx.input(
            id="halt-typed",
            value=HaltState.typed,
            on_change=HaltState.write_typed,
            placeholder=TYPED,
            size="2",
            width="140px",
            auto_complete="off",
            custom_attrs={"data-testid": "halt-typed"},
        ),
        margin_top=theme.SPACE_3,
    )


def _pick(reason: str, number: int) -> rx.Component:
    return rx.button(
        reason,
        type="button",
        size="1",
        variant="soft",
        color_scheme="gray",
        on_click=HaltState.write_reason(reason),
        custom_attrs={"data-testid": f"halt-pick-{number}"},
    )


def _buttons() -> rx.Component:
    over = (HaltState.result.id != "") | HaltState.result.refused
    return rx.box(
        rx.button(
            rx.cond(over, "Close", "Cancel"),
            type="button",
            size="2",
            variant="soft",
            color_scheme="gray",
            on_click=HaltState.close,
            custom_attrs={"data-testid": "halt-cancel"},
        ),
        rx.cond(
            over,
            rx.fragment(),
            rx.button(
                rx.cond(HaltState.sending, icon("loader-circle", class_name="as-spin"), icon("octagon")),
                rx.match(HaltState.scope, ("workflows", "Halt workflows"), ("desk", "Halt desk"), "Halt run"),
                type="submit",
                size="2",
                color_scheme="red",
                variant="solid",
                disabled=unless(HaltState.ready),
                custom_attrs={"data-testid": "halt-confirm", "form": "halt-form"},
            ),
        ),
        display="flex",
        justify_content="flex-end",
        gap=theme.SPACE_2,
        margin_top=theme.SPACE_4,
    )


_LABEL = {"display": "block", "font_weight": "500", "margin_bottom": theme.SPACE_1}
