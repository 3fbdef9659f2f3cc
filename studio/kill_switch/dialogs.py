"""The two dialogs of the kill switch, mounted once per page by the frame."""

import reflex as rx

from studio import theme
from studio.charts.style import SHEET as CHART_SHEET
from studio.components.icon import icon
from studio.components.relative_time import relative_time
from studio.components.unless import unless
from studio.kill_switch.state import KillSwitchState
from studio.run_view.halt_state import TYPED
from studio.run_view.halt_view import halt_result
from studio.run_view.style import SHEET

QUICK_REASONS = ("Runaway orders", "Wrong market data", "Drill")
_OVER = KillSwitchState.result.id != ""
_LABEL = {"display": "block", "font_weight": "500", "margin_bottom": theme.SPACE_1}
_SPACED = {**_LABEL, "margin_top": theme.SPACE_3}


def switch_dialogs() -> rx.Component:
    """Return both dialogs; at most one is open."""
    return rx.fragment(_engage_dialog(), _release_dialog())


def _engage_dialog() -> rx.Component:
    return _dialog(
        "engage",
        "Engage the kill switch",
        rx.fragment(
            rx.cond(
                KillSwitchState.counts != "",
                rx.el.span(
                    KillSwitchState.counts,
                    style={"font_weight": "600", "color": theme.INK},
                    custom_attrs={"data-testid": "switch-counts"},
                ),
                "Counting what is under way…",
            ),
            " Everything that runs on any desk is stopped at once, no order is sent, and nothing starts, schedules included, "
            "until somebody releases the switch with a reason and their password.",
        ),
        rx.cond(
            _OVER,
            rx.box(halt_result(KillSwitchState.result), margin_top=theme.SPACE_4),
            rx.el.form(
                _reason("Why everything must stop; shown on every page"),
                _picks(),
                rx.el.label("Type ", rx.el.b(TYPED), " to confirm", html_for="switch-typed", style=_SPACED),
                rx.input(
                    id="switch-typed",
                    value=KillSwitchState.typed,
                    on_change=KillSwitchState.write_typed,
                    placeholder=TYPED,
                    size="2",
                    width="140px",
                    auto_complete="off",
                    custom_attrs={"data-testid": "switch-typed"},
                ),
                _problem(),
                on_submit=KillSwitchState.send_engage,
                id="engage-form",
                style={"margin_top": theme.SPACE_4},
            ),
        ),
        _buttons("engage-form", "Engage", icon("octagon"), harm=True),
    )


def _release_dialog() -> rx.Component:
    switch = KillSwitchState.switch
    return _dialog(
        "release",
        "Release the kill switch",
        rx.fragment(
            "Engaged by ",
            rx.el.b(switch.who, style={"color": theme.INK}),
            rx.cond(switch.at != "", rx.fragment(" ", relative_time(switch.at)), ""),
            ": ",
            rx.el.span(switch.reason, style={"color": theme.INK}),
            ". What was stopped stays stopped; runs and schedules can start again.",
        ),
        rx.el.form(
            _reason("What was checked; goes into the audit log"),
            rx.el.label("Your password", html_for="switch-password", style=_SPACED),
            rx.input(
                id="switch-password",
                name="password",
                type="password",
                size="2",
                auto_complete="current-password",
                max_length=1024,
                custom_attrs={"data-testid": "switch-password"},
            ),
            _problem(),
            on_submit=KillSwitchState.send_release,
            id="release-form",
            style={"margin_top": theme.SPACE_4},
        ),
        _buttons("release-form", "Release", icon("shield-check"), harm=False),
    )


def _dialog(
    asking: str, title: str, text: rx.Component, body: rx.Component, buttons: rx.Component
) -> rx.Component:
    return rx.dialog.root(
        rx.dialog.content(
            rx.el.style(SHEET + CHART_SHEET),
            rx.dialog.title(title, font_size=theme.HEADING, line_height="20px", margin_bottom=theme.SPACE_1),
            rx.dialog.description(text, size="2", color=theme.MUTED),
            body,
            buttons,
            max_width="520px",
            # The dialog itself takes the focus when the button that had it is gone; that needs no ring.
            outline="none",
            custom_attrs={"data-testid": f"{asking}-dialog"},
        ),
        open=KillSwitchState.asking == asking,
        on_open_change=KillSwitchState.set_open,
    )


def _reason(placeholder: str) -> rx.Component:
    return rx.box(
        rx.el.label("Reason", html_for="switch-reason", style=_LABEL),
        rx.input(
            id="switch-reason",
            value=KillSwitchState.reason,
            on_change=KillSwitchState.write_reason,
            placeholder=placeholder,
            size="2",
            auto_focus=True,
            max_length=500,
            custom_attrs={"data-testid": "switch-reason-field"},
        ),
    )


def _picks() -> rx.Component:
    return rx.box(
        *(
            rx.button(
                reason,
                type="button",
                size="1",
                variant="soft",
                color_scheme="gray",
                on_click=KillSwitchState.write_reason(reason),
                custom_attrs={"data-testid": f"switch-pick-{number}"},
            )
            for number, reason in enumerate(QUICK_REASONS, 1)
        ),
        display="flex",
        gap=theme.SPACE_1,
        margin_top=theme.SPACE_2,
    )


def _problem() -> rx.Component:
    return rx.cond(
        KillSwitchState.problem != "",
        rx.el.div(
            icon("triangle-alert"),
            rx.el.span(KillSwitchState.problem),
            class_name="as-problem",
            role="alert",
            style={"margin_top": theme.SPACE_3},
            custom_attrs={"data-testid": "switch-problem"},
        ),
    )


def _buttons(form: str, verb: str, symbol: rx.Component, *, harm: bool) -> rx.Component:
    return rx.box(
        rx.button(
            rx.cond(_OVER, "Close", "Cancel"),
            type="button",
            size="2",
            variant="soft",
            color_scheme="gray",
            on_click=KillSwitchState.close,
            custom_attrs={"data-testid": "switch-cancel"},
        ),
        rx.cond(
            _OVER,
            rx.fragment(),
            rx.button(
                rx.cond(KillSwitchState.sending, icon("loader-circle", class_name="as-spin"), symbol),
                verb,
                type="submit",
                size="2",
                color_scheme="red" if harm else "indigo",
                variant="solid",
                disabled=unless(KillSwitchState.ready),
                custom_attrs={"data-testid": "switch-confirm", "form": form},
            ),
        ),
        display="flex",
        justify_content="flex-end",
        gap=theme.SPACE_2,
        margin_top=theme.SPACE_4,
    )
