"""The settings page: the rollout's phases at the left, the settings of the one that is open at the right."""

import reflex as rx

from studio import theme
from studio.components.beat import Beat
from studio.components.icon import icon
from studio.components.notice import done_line, skeleton_rows
from studio.components.section import page_header
from studio.layout import column, frame
from studio.pages.settings.cards import setting_card
from studio.pages.settings.flip import flip_form, revert_dialog
from studio.pages.settings.state import SettingsState
from studio.pages.settings.tables import check_list, history_table
from studio.pages.settings.views import PhaseLine

ON_LOAD = [SettingsState.open]
SECONDS = 1
_MARKS = {
    "done": ("check", theme.STATES["completed"].ink, "Done"),
    "next": ("arrow-right", theme.ACCENT_INK, "Next"),
    "optional": ("circle-dashed", theme.MUTED, "Optional"),
    "later": ("circle", theme.MUTED, "Later"),
}


def page() -> rx.Component:
    """Return the page in its frame."""
    return frame(
        Beat.create(seconds=SECONDS, on_beat=SettingsState.look),
        column(
            page_header(
                "Settings",
                revert_dialog(),
                text="Roll capabilities out, one phase at a time, and back. Nothing needs a restart.",
            ),
            rx.cond(SettingsState.loaded, _body(), skeleton_rows(7, height="44px")),
        ),
        section="settings",
        status=rx.el.span("phase ", SettingsState.text.number),
    )


def _body() -> rx.Component:
    return rx.box(
        _rail(),
        rx.box(
            done_line(SettingsState.done, test_id="settings-done"),
            _phase(),
            flip_form(),
            _checks(),
            _rollback(),
            history_table(SettingsState.history),
            display="flex",
            flex_direction="column",
            gap=theme.SPACE_4,
            min_width="0",
        ),
        display="grid",
        grid_template_columns="240px minmax(0, 1fr)",
        gap=theme.SPACE_6,
        align_items="start",
    )


def _rail() -> rx.Component:
    return rx.el.nav(
        rx.el.ol(
            rx.foreach(SettingsState.phases, _step),
            style={"list_style": "none", "padding": "0", "margin": "0", "display": "grid", "gap": "2px"},
        ),
        aria_label="Phases",
        style={"position": "sticky", "top": theme.SPACE_4},
    )


def _step(line: PhaseLine) -> rx.Component:
    chosen = SettingsState.text.number == line.number
    return rx.el.li(
        rx.el.button(
            rx.match(
                line.state,
                *((state, icon(symbol, color=color)) for state, (symbol, color, _) in _MARKS.items()),
                icon("circle", color=theme.MUTED),
            ),
            rx.el.span(line.number, style={"color": theme.MUTED, "width": "10px"}),
            rx.el.span(line.title, style={"flex": "1", "text_align": "left"}),
            rx.el.span(
                rx.match(line.state, *((state, word) for state, (_, _, word) in _MARKS.items()), ""),
                style={"color": theme.MUTED, "font_size": theme.TEXT_SMALL},
            ),
            type="button",
            on_click=SettingsState.choose_phase(line.number),
            style={
                "display": "flex",
                "align_items": "center",
                "gap": theme.SPACE_2,
                "width": "100%",
                "min_height": "36px",
                "padding": f"0 {theme.SPACE_3}",
                "border_radius": theme.RADIUS,
                "background": rx.cond(chosen, theme.ACCENT_SOFT, "transparent"),
                "font_weight": rx.cond(chosen, "600", "400"),
                "color": theme.INK,
                "cursor": "pointer",
                "_hover": {"background": rx.cond(chosen, theme.ACCENT_SOFT, theme.HOVER)},
            },
            custom_attrs={
                "data-testid": f"phase-{line.number}",
                "data-state": line.state,
                "aria-current": rx.cond(chosen, "step", "false"),
            },
        )
    )


def _phase() -> rx.Component:
    text = SettingsState.text
    return rx.box(
        rx.heading(
            "Phase ", text.number, " · ", text.title, as_="h2", font_size=theme.HEADING, line_height="20px"
        ),
        rx.text(text.advice, color=theme.MUTED, margin_top=theme.SPACE_1),
        rx.box(
            rx.foreach(SettingsState.cards, setting_card),
            display="grid",
            gap=theme.SPACE_3,
            margin_top=theme.SPACE_4,
        ),
        rx.cond(
            SettingsState.cards,
            rx.fragment(),
            rx.text("There is nothing to flip in this phase.", margin_top=theme.SPACE_3),
        ),
    )


def _checks() -> rx.Component:
    return rx.cond(
        SettingsState.cards,
        rx.box(
            rx.box(
                rx.heading("Checks", as_="h3", font_size=theme.TEXT, font_weight="600"),
                rx.button(
                    rx.cond(
                        SettingsState.checking,
                        icon("loader-circle", class_name="as-spin"),
                        icon("list-checks"),
                    ),
                    "Run the checks",
                    size="2",
                    variant="soft",
                    color_scheme="gray",
                    disabled=SettingsState.checking,
                    on_click=SettingsState.run_checks,
                    custom_attrs={"data-testid": "run-checks"},
                ),
                display="flex",
                justify_content="space-between",
                align_items="center",
            ),
            check_list(SettingsState.checks, count=SettingsState.text.checks),
        ),
    )


def _rollback() -> rx.Component:
    return rx.box(
        rx.heading("Rolling back", as_="h3", font_size=theme.TEXT, font_weight="600"),
        rx.text(SettingsState.text.rollback, color=theme.MUTED, margin_top=theme.SPACE_1),
        custom_attrs={"data-testid": "rollback"},
    )
