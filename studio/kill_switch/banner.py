"""What every page shows of the kill switch: a banner while it is engaged or unknown, its word in the status bar, its menu."""

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from studio import routes, theme
from studio.components.beat import Beat
from studio.components.icon import icon
from studio.components.relative_time import relative_time
from studio.everything.state import EverythingState
from studio.kill_switch.state import KillSwitchState
from studio.session_state import SessionState

SECONDS = 2
_SWITCH = KillSwitchState.switch


def switch_banner() -> rx.Component:
    """Return the row between top bar and page: empty while the switch is released. It keeps itself current."""
    return rx.box(
        Beat.create(seconds=SECONDS, on_beat=KillSwitchState.look),
        rx.match(
            _SWITCH.state,
            ("engaged", _engaged()),
            ("unknown", _unknown()),
            rx.fragment(),
        ),
    )


def switch_word() -> rx.Component:
    """Return the word of the status bar. Without a connection nothing is known."""
    return rx.box(
        rx.cond(
            has_connection_errors,
            _word("circle-help", "Kill switch not known", theme.STATES["waiting"].ink, "unknown"),
            rx.match(
                _SWITCH.state,
                ("engaged", _word("octagon", "Kill switch engaged", theme.DANGER_INK, "engaged")),
                (
                    "unknown",
                    _word("circle-help", "Kill switch not known", theme.STATES["waiting"].ink, "unknown"),
                ),
                ("released", _word("shield-check", "Kill switch released", "inherit", "released")),
                rx.fragment(),
            ),
        ),
        margin_left="auto",
        display="flex",
    )


def more_ways_to_halt() -> rx.Component:
    """Return the menu beside the red button, for who may engage the switch."""
    return rx.cond(
        SessionState.can_engage,
        rx.dropdown_menu.root(
            rx.dropdown_menu.trigger(
                rx.icon_button(
                    icon("chevron-down"),
                    size="2",
                    color_scheme="red",
                    variant="solid",
                    aria_label="More ways to halt",
                    custom_attrs={"data-testid": "halt-menu"},
                )
            ),
            rx.dropdown_menu.content(
                rx.dropdown_menu.item(
                    icon("list-x"),
                    "Halt a run or a desk…",
                    on_select=rx.redirect(routes.CONTROL),
                    custom_attrs={"data-testid": "menu-control"},
                ),
                rx.dropdown_menu.item(
                    icon("octagon"),
                    "Halt everything…",
                    color="red",
                    on_select=EverythingState.ask,
                    custom_attrs={"data-testid": "menu-halt-everything"},
                ),
                rx.dropdown_menu.separator(),
                rx.dropdown_menu.item(
                    icon("octagon"),
                    "Engage kill switch…",
                    color="red",
                    disabled=_SWITCH.state == "engaged",
                    on_select=KillSwitchState.ask_engage,
                    custom_attrs={"data-testid": "engage-switch"},
                ),
                rx.cond(
                    SessionState.can_release & (_SWITCH.state == "engaged"),
                    rx.dropdown_menu.item(
                        icon("shield-check"),
                        "Release kill switch…",
                        on_select=KillSwitchState.ask_release,
                        custom_attrs={"data-testid": "menu-release-switch"},
                    ),
                ),
                align="end",
                min_width="200px",
            ),
        ),
    )


def _engaged() -> rx.Component:
    return rx.el.div(
        icon("octagon", size=theme.ICON),
        rx.el.b("Kill switch engaged", style={"white_space": "nowrap"}),
        rx.el.span(
            "by ",
            rx.cond(_SWITCH.who != "", _SWITCH.who, "somebody"),
            rx.cond(_SWITCH.at != "", rx.fragment(" · ", relative_time(_SWITCH.at)), ""),
            style={"white_space": "nowrap"},
            custom_attrs={"data-testid": "switch-who"},
        ),
        rx.el.span(
            _SWITCH.reason,
            title=_SWITCH.reason,
            style={
                "font_weight": "600",
                "overflow": "hidden",
                "text_overflow": "ellipsis",
                "white_space": "nowrap",
                "min_width": "0",
            },
            custom_attrs={"data-testid": "switch-reason"},
        ),
        rx.el.span("Nothing starts until it is released.", style={"white_space": "nowrap"}),
        _remark(),
        rx.box(flex="1"),
        rx.cond(
            SessionState.can_release,
            rx.button(
                "Release…",
                size="2",
                variant="outline",
                color_scheme="red",
                on_click=KillSwitchState.ask_release,
                custom_attrs={"data-testid": "release-switch"},
            ),
        ),
        role="alert",
        style=_strip("red", theme.DANGER_INK),
        custom_attrs={"data-testid": "switch-banner", "data-state": "engaged"},
    )


def _unknown() -> rx.Component:
    return rx.el.div(
        icon("circle-help", size=theme.ICON),
        rx.el.b("Kill switch not known", style={"white_space": "nowrap"}),
        _remark(),
        rx.el.span("Nothing starts until it can be read."),
        role="alert",
        style=_strip("amber", theme.STATES["waiting"].ink),
        custom_attrs={"data-testid": "switch-banner", "data-state": "unknown"},
    )


def _remark() -> rx.Component:
    return rx.cond(_SWITCH.remark != "", rx.el.span(_SWITCH.remark, style={"white_space": "nowrap"}))


def _strip(palette: str, ink: str) -> dict[str, str]:
    return {
        "display": "flex",
        "align_items": "center",
        "gap": theme.SPACE_2,
        "min_height": "36px",
        "padding": f"{theme.SPACE_1} {theme.SPACE_3}",
        "background": f"var(--{palette}-3)",
        "color": ink,
        "border_bottom": f"{theme.LINE} solid var(--{palette}-7)",
        "box_shadow": f"inset 3px 0 0 var(--{palette}-9)",
    }


def _word(symbol: str, word: str, color: str, state: str) -> rx.Component:
    return rx.el.span(
        icon(symbol),
        word,
        style={"display": "inline-flex", "align_items": "center", "gap": "5px", "color": color},
        custom_attrs={"data-testid": "switch-word", "data-state": state},
    )
