"""The form that flips: what will change, why, and in writing if a check failed; and the full revert."""

import reflex as rx

from studio import theme
from studio.components.icon import icon
from studio.components.notice import problem_line
from studio.components.unless import unless
from studio.pages.settings.state import SettingsState
from studio.session_state import SessionState

_LABEL = {"display": "block", "font_weight": "500", "margin_bottom": theme.SPACE_1}


def flip_form() -> rx.Component:
    """Return the form, once something is staged; before that, who may not flip is told so."""
    return rx.fragment(
        rx.cond(SessionState.can_settings, rx.fragment(), _not_yours()),
        rx.cond(
            SettingsState.staged_count > 0,
            _form(),
            problem_line(SettingsState.problem, test_id="settings-problem"),
        ),
    )


def _not_yours() -> rx.Component:
    return rx.box(
        icon("info", color=theme.MUTED),
        rx.text(
            "You can see the rollout here. Your role ",
            SessionState.role,
            " may not change settings; admins may.",
            color=theme.MUTED,
        ),
        display="flex",
        gap=theme.SPACE_2,
        align_items="center",
        custom_attrs={"data-testid": "settings-read-only"},
    )


def _form() -> rx.Component:
    return rx.el.form(
        rx.heading("What will change", as_="h3", font_size=theme.TEXT, font_weight="600"),
        rx.el.ul(
            rx.foreach(SettingsState.effects, _sentence),
            style={
                "margin": f"{theme.SPACE_1} 0 {theme.SPACE_3}",
                "padding_left": "18px",
                "list_style": "disc",
                "color": theme.INK,
            },
            custom_attrs={"data-testid": "effects"},
        ),
        rx.el.label("Reason", html_for="flip-reason", style=_LABEL),
        rx.input(
            id="flip-reason",
            value=SettingsState.reason,
            on_change=SettingsState.write_reason,
            placeholder="Why now; goes into the history and the audit log",
            size="2",
            max_length=500,
            custom_attrs={"data-testid": "flip-reason"},
        ),
        rx.cond(SettingsState.blocked & SettingsState.staged_on, _override()),
        problem_line(SettingsState.problem, test_id="settings-problem"),
        rx.box(
            rx.button(
                rx.cond(SettingsState.flipping, icon("loader-circle", class_name="as-spin"), rx.fragment()),
                rx.cond(SettingsState.staged_on, "Check and flip", "Switch off"),
                type="submit",
                size="2",
                disabled=SettingsState.flipping | (SettingsState.reason.strip() == ""),
                custom_attrs={"data-testid": "flip"},
            ),
            rx.button(
                "Cancel",
                type="button",
                size="2",
                variant="soft",
                color_scheme="gray",
                on_click=SettingsState.choose_phase(SettingsState.text.number),
                custom_attrs={"data-testid": "flip-cancel"},
            ),
            display="flex",
            gap=theme.SPACE_2,
            margin_top=theme.SPACE_3,
        ),
        on_submit=SettingsState.flip,
        style={
            "padding": theme.SPACE_4,
            "border": f"{theme.LINE} solid {theme.BORDER_STRONG}",
            "border_radius": theme.RADIUS,
            "background": theme.RAISED,
        },
        custom_attrs={"data-testid": "flip-form"},
    )


def _sentence(text: rx.Var[str]) -> rx.Component:
    return rx.el.li(text)


def _override() -> rx.Component:
    return rx.box(
        rx.el.label(
            "A check failed. Why may it be flipped all the same?", html_for="flip-override", style=_LABEL
        ),
        rx.text_area(
            id="flip-override",
            value=SettingsState.override,
            on_change=SettingsState.write_override,
            placeholder="Leave empty to keep the block; what you write here is kept with the checks",
            size="2",
            max_length=500,
            custom_attrs={"data-testid": "flip-override"},
        ),
        margin_top=theme.SPACE_3,
    )


def revert_dialog() -> rx.Component:
    """Return the button of the full revert, and its question."""
    return rx.cond(
        SessionState.can_settings,
        rx.alert_dialog.root(
            rx.alert_dialog.trigger(
                rx.button(
                    icon("undo-2"),
                    "Full revert…",
                    size="2",
                    variant="soft",
                    color_scheme="gray",
                    custom_attrs={"data-testid": "full-revert"},
                )
            ),
            rx.alert_dialog.content(
                rx.alert_dialog.title(
                    "Give every setting back to its default",
                    font_size=theme.HEADING,
                    line_height="20px",
                    margin_bottom=theme.SPACE_1,
                ),
                rx.alert_dialog.description(
                    "All six flags go off and both limits go back. Nothing is deleted; runs under way finish. What the "
                    "environment pins stays.",
                    color=theme.MUTED,
                ),
                rx.el.label(
                    "Reason", html_for="revert-reason", style={**_LABEL, "margin_top": theme.SPACE_4}
                ),
                rx.input(
                    id="revert-reason",
                    value=SettingsState.revert_reason,
                    on_change=SettingsState.write_revert_reason,
                    size="2",
                    max_length=500,
                    custom_attrs={"data-testid": "revert-reason"},
                ),
                _revert_buttons(),
                max_width="460px",
                custom_attrs={"data-testid": "revert-dialog"},
            ),
        ),
    )


def _revert_buttons() -> rx.Component:
    return rx.box(
        rx.alert_dialog.cancel(rx.button("Cancel", size="2", variant="soft", color_scheme="gray")),
        rx.alert_dialog.action(
            rx.button(
                "Revert everything",
                size="2",
                variant="soft",
                color_scheme="red",
                disabled=unless(SettingsState.revert_reason.strip() != ""),
                on_click=SettingsState.revert,
                custom_attrs={"data-testid": "revert-confirm"},
            )
        ),
        display="flex",
        justify_content="flex-end",
        gap=theme.SPACE_2,
        margin_top=theme.SPACE_4,
    )
