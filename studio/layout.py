"""The frame of every page: top bar, content, status bar. Pages fill it; they do not draw their own."""

from typing import Literal

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from studio import routes, theme
from studio.components.beat import Beat
from studio.components.halt_dialog import halt_dialog, halt_workflows_button
from studio.components.icon import icon
from studio.components.notice import skeleton_rows
from studio.everything.dialog import everything_dialog
from studio.frame_state import FrameState
from studio.kill_switch.banner import more_ways_to_halt, switch_banner, switch_word
from studio.kill_switch.dialogs import switch_dialogs
from studio.session_state import SessionState

BEAT_SECONDS = 15
Section = Literal["workflows", "runs", "schedules", "control", "audit", "settings", ""]


def frame(
    *content: rx.Component,
    section: Section = "",
    status: rx.Component | None = None,
    scroll: bool = True,
) -> rx.Component:
    """Return a page in its frame.

    `section` marks the entry of the navigation, `status` fills the status bar; without `scroll` the page gets the whole
    room between the bars and manages it itself (the editor). Content shows once the session is known.
    """
    room = (
        {"overflow": "auto"}
        if scroll
        else {"overflow": "hidden", "display": "flex", "flex_direction": "column"}
    )
    return rx.box(
        rx.el.a("Skip to content", href="#content", class_name="as-skip"),
        _top_bar(section),
        switch_banner(),
        rx.el.main(
            rx.cond(SessionState.signed_in, rx.fragment(*content), _waiting()),
            id="content",
            tab_index=-1,
            style={"min_height": "0", "outline": "none", "background": theme.PAGE, **room},
        ),
        _status_bar(status),
        rx.cond(SessionState.signed_in, rx.fragment(halt_dialog(), everything_dialog(), switch_dialogs())),
        display="grid",
        # Without it a long line anywhere would make every row as wide as itself.
        grid_template_columns="minmax(0, 1fr)",
        grid_template_rows=f"{theme.TOP_BAR} auto minmax(0, 1fr) {theme.STATUS_BAR}",
        height="100vh",
        min_width=theme.MIN_WIDTH,
    )


def column(*content: rx.Component) -> rx.Component:
    """Return the centred column of a page that is read from top to bottom."""
    return rx.box(
        *content,
        max_width=theme.CONTENT_WIDTH,
        margin_x="auto",
        padding=f"{theme.SPACE_6} {theme.SPACE_6} {theme.SPACE_8}",
    )


def _waiting() -> rx.Component:
    return column(skeleton_rows(6, height="44px"))


def _top_bar(section: Section) -> rx.Component:
    return rx.el.header(
        _brand(),
        rx.el.nav(
            _nav_link("Workflows", routes.GALLERY, current=section == "workflows"),
            _nav_link("Runs", routes.RUNS, current=section == "runs"),
            _nav_link("Schedules", routes.SCHEDULES, current=section == "schedules"),
            _nav_link("Control", routes.CONTROL, current=section == "control"),
            rx.cond(SessionState.can_audit, _nav_link("Audit", routes.AUDIT, current=section == "audit")),
            _nav_link("Settings", routes.SETTINGS, current=section == "settings"),
            aria_label="Main",
            style={"display": "flex", "gap": theme.SPACE_1},
        ),
        rx.box(flex="1"),
        _connection(),
        rx.box(halt_workflows_button(), more_ways_to_halt(), display="flex", gap="1px"),
        _theme_toggle(),
        _account_menu(),
        style={
            "display": "flex",
            "align_items": "center",
            "gap": theme.SPACE_3,
            "padding": f"0 {theme.SPACE_3}",
            "background": theme.PANEL,
            "border_bottom": f"{theme.LINE} solid {theme.BORDER}",
        },
    )


def _brand() -> rx.Component:
    return rx.link(
        rx.image(src="/logo.svg", alt="", width="20px", height="20px"),
        rx.text("AlphaSwarm", font_weight="600", color=theme.INK, letter_spacing="-0.01em"),
        href=routes.GALLERY,
        underline="none",
        display="flex",
        align_items="center",
        gap=theme.SPACE_2,
        padding_right=theme.SPACE_2,
        aria_label="AlphaSwarm, to the workflows",
        custom_attrs={"data-testid": "brand"},
    )


def _nav_link(label: str, href: str, *, current: bool) -> rx.Component:
    attrs = {"data-testid": f"nav-{label.lower()}", **({"aria-current": "page"} if current else {})}
    return rx.link(label, href=href, underline="none", class_name="as-nav", custom_attrs=attrs)


def _connection() -> rx.Component:
    """Tell whether this page still hears from the server, and whether anybody is there to work."""
    return rx.box(
        Beat.create(seconds=BEAT_SECONDS, on_beat=FrameState.look),
        rx.cond(
            has_connection_errors,
            _signal(theme.STATES["waiting"].ink, "unplug", "Reconnecting"),
            rx.match(
                FrameState.force,
                ("none", _signal(theme.STATES["waiting"].ink, "triangle-alert", FrameState.words)),
                ("unknown", _signal(theme.STATES["waiting"].ink, "circle-help", FrameState.words)),
                ("some", _signal(theme.STATES["completed"].solid, "", "Live", FrameState.words)),
                _signal(theme.STATES["completed"].solid, "", "Live"),
            ),
        ),
        role="status",
        display="flex",
        custom_attrs={"data-testid": "connection"},
    )


def _signal(color: str, symbol: str, *words: str | rx.Var[str]) -> rx.Component:
    mark = (
        icon(symbol, color=color)
        if symbol
        else rx.box(width="7px", height="7px", border_radius="50%", background=color, flex_shrink="0")
    )
    return rx.box(
        mark,
        *(rx.text(word, as_="span", color=theme.MUTED) for word in words),
        display="flex",
        align_items="center",
        gap="6px",
        white_space="nowrap",
    )


def _theme_toggle() -> rx.Component:
    return rx.icon_button(
        rx.color_mode_cond(light=icon("moon", size=theme.ICON), dark=icon("sun", size=theme.ICON)),
        variant="ghost",
        color_scheme="gray",
        size="2",
        on_click=rx.toggle_color_mode,
        aria_label="Switch between light and dark",
        custom_attrs={"data-testid": "theme-toggle"},
    )


def _account_menu() -> rx.Component:
    return rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(
            rx.el.button(
                rx.box(
                    SessionState.initials,
                    width="24px",
                    height="24px",
                    border_radius="50%",
                    background=theme.ACCENT_SOFT,
                    color=theme.ACCENT_INK,
                    font_size=theme.TEXT_SMALL,
                    font_weight="600",
                    line_height="24px",
                    text_align="center",
                ),
                icon("chevron-down", color=theme.MUTED),
                type="button",
                aria_label="Account",
                style={
                    "display": "flex",
                    "align_items": "center",
                    "gap": theme.SPACE_1,
                    "height": theme.CONTROL,
                    "padding": "0 4px",
                    "border_radius": theme.RADIUS,
                    "background": "transparent",
                    "cursor": "pointer",
                    "_hover": {"background": theme.HOVER},
                },
                custom_attrs={"data-testid": "account-menu"},
            )
        ),
        rx.dropdown_menu.content(
            rx.box(
                rx.text(SessionState.name, font_weight="600", custom_attrs={"data-testid": "account-name"}),
                rx.text(
                    SessionState.role,
                    color=theme.MUTED,
                    font_size=theme.TEXT_SMALL,
                    text_transform="capitalize",
                ),
                padding=f"{theme.SPACE_1} {theme.SPACE_3} {theme.SPACE_2}",
            ),
            rx.dropdown_menu.separator(),
            _menu_link("user", "Your account", routes.ACCOUNT, "to-account"),
            rx.cond(
                SessionState.can_accounts, _menu_link("users", "Accounts", routes.ACCOUNTS, "to-accounts")
            ),
            rx.dropdown_menu.separator(),
            rx.dropdown_menu.item(
                icon("log-out"),
                "Sign out",
                on_select=SessionState.sign_out,
                custom_attrs={"data-testid": "sign-out"},
            ),
            align="end",
            min_width="180px",
        ),
    )


def _menu_link(symbol: str, label: str, address: str, test_id: str) -> rx.Component:
    return rx.dropdown_menu.item(
        icon(symbol), label, on_select=rx.redirect(address), custom_attrs={"data-testid": test_id}
    )


def _status_bar(status: rx.Component | None) -> rx.Component:
    return rx.el.footer(
        status or rx.fragment(),
        switch_word(),
        aria_label="Status",
        style={
            "display": "flex",
            "align_items": "center",
            "gap": theme.SPACE_4,
            "padding": f"0 {theme.SPACE_3}",
            "background": theme.PANEL,
            "border_top": f"{theme.LINE} solid {theme.BORDER}",
            "color": theme.MUTED,
            "font_size": theme.TEXT_SMALL,
            "white_space": "nowrap",
            "overflow": "hidden",
        },
        custom_attrs={"data-testid": "status-bar"},
    )
