"""One setting: its switch or number, where its value comes from, what it activates, and who changed it last."""

import reflex as rx

from studio import theme
from studio.components.icon import icon
from studio.components.relative_time import relative_time
from studio.components.unless import unless
from studio.pages.settings.state import SettingsState
from studio.pages.settings.views import SettingCard
from studio.session_state import SessionState


def setting_card(card: SettingCard) -> rx.Component:
    """Return the card of one setting."""
    return rx.box(
        rx.box(
            rx.box(
                rx.text(card.title, font_weight="600", as_="span"),
                _source(card),
                display="flex",
                gap=theme.SPACE_2,
                align_items="center",
                flex_wrap="wrap",
            ),
            rx.text(card.activates, color=theme.MUTED, margin_top=theme.SPACE_1),
            rx.cond(card.needs != "", rx.text(card.needs, color=theme.MUTED)),
            rx.box(
                rx.el.code(card.variable, style={"font_family": theme.MONO, "overflow_wrap": "anywhere"}),
                rx.el.span("default ", card.default),
                _changed(card),
                display="flex",
                flex_wrap="wrap",
                gap=theme.SPACE_3,
                margin_top=theme.SPACE_2,
                font_size=theme.TEXT_SMALL,
                color=theme.MUTED,
            ),
            min_width="0",
        ),
        rx.cond(card.is_flag, _switch(card), _number(card)),
        display="grid",
        grid_template_columns="minmax(0, 1fr) auto",
        gap=theme.SPACE_4,
        align_items="center",
        padding=theme.SPACE_4,
        border=f"{theme.LINE} solid {theme.BORDER}",
        border_radius=theme.RADIUS,
        background=theme.PANEL,
        custom_attrs={"data-testid": f"setting-{card.name}"},
    )


def _source(card: SettingCard) -> rx.Component:
    return rx.el.span(
        rx.cond(card.locked, icon("lock", size=theme.ICON_SMALL), rx.fragment()),
        card.source_word,
        style={
            "display": "inline-flex",
            "align_items": "center",
            "gap": theme.SPACE_1,
            "padding": "0 7px",
            "height": "20px",
            "border_radius": "10px",
            "font_size": theme.TEXT_SMALL,
            "background": rx.cond(card.source == "override", theme.ACCENT_SOFT, theme.SUNKEN),
            "color": rx.cond(card.source == "override", theme.ACCENT_INK, theme.MUTED),
        },
        custom_attrs={"data-testid": f"source-{card.name}"},
    )


def _changed(card: SettingCard) -> rx.Component:
    return rx.cond(
        card.changed_at != "",
        rx.el.span(
            "changed ",
            relative_time(card.changed_at),
            " by ",
            card.changed_by,
            rx.cond(card.changed_why != "", f": {card.changed_why}", ""),
        ),
        rx.el.span("never changed"),
    )


def _switch(card: SettingCard) -> rx.Component:
    return rx.box(
        rx.text(
            rx.cond(card.wanted == "true", "On", "Off"),
            as_="span",
            font_weight="500",
            color=rx.cond(card.wanted == "true", theme.STATES["completed"].ink, theme.MUTED),
            custom_attrs={"data-testid": f"value-{card.name}"},
        ),
        rx.switch(
            checked=card.wanted == "true",
            on_change=lambda on: SettingsState.want(card.name, rx.cond(on, "true", "false")),
            disabled=_untouchable(card),
            title=_why_not(card),
            aria_label=card.title,
            custom_attrs={"data-testid": f"switch-{card.name}"},
        ),
        display="flex",
        gap=theme.SPACE_2,
        align_items="center",
    )


def _number(card: SettingCard) -> rx.Component:
    return rx.box(
        rx.input(
            default_value=card.wanted,
            key=f"{card.name}-{card.value}",
            on_blur=lambda text: SettingsState.want(card.name, text),
            type="number",
            width="96px",
            size="2",
            disabled=_untouchable(card),
            title=_why_not(card),
            aria_label=card.title,
            custom_attrs={"data-testid": f"number-{card.name}"},
        ),
        rx.text(card.unit, as_="span", color=theme.MUTED),
        display="flex",
        gap=theme.SPACE_2,
        align_items="center",
    )


def _untouchable(card: SettingCard) -> rx.Var[bool]:
    return card.locked | unless(SessionState.can_settings)  # pyright: ignore[reportOperatorIssue]  a var inside foreach


def _why_not(card: SettingCard) -> rx.Var[str]:
    return rx.cond(
        card.locked,
        f"{card.variable} is set in the environment and wins. Unset it there first.",
        rx.cond(
            SessionState.can_settings,
            "",
            f"Your role {SessionState.role} may not change settings. Roles that may: admin.",
        ),
    )
