"""The eight states, drawn the same in nodes, bars, badges and lists: colour, icon and word together."""

from typing import cast

import reflex as rx

from studio import theme
from studio.components.icon import icon


def state_icon(status: str | rx.Var[str], *, size: int = theme.ICON_SMALL) -> rx.Component:
    """Return the icon of a state in its colour; an unknown state shows as pending."""
    return cast(
        rx.Component,
        rx.match(
            status,
            *((state, _icon_of(look, size)) for state, look in theme.STATES.items()),
            _icon_of(theme.STATES["pending"], size),
        ),
    )


def state_word(status: str | rx.Var[str]) -> rx.Var[str]:
    """Return the word of a state."""
    return cast(
        rx.Var[str], rx.match(status, *((s, look.word) for s, look in theme.STATES.items()), "Pending")
    )


def state_color(status: str | rx.Var[str]) -> rx.Var[str]:
    """Return the strong colour of a state, for bars and dots that stand beside an icon and a word."""
    pairs = ((state, look.solid) for state, look in theme.STATES.items())
    return cast(rx.Var[str], rx.match(status, *pairs, theme.STATES["pending"].solid))


def state_badge(status: str | rx.Var[str], *, test_id: str = "state-badge") -> rx.Component:
    """Return the badge of a state."""
    return rx.box(
        state_icon(status),
        rx.text(state_word(status), as_="span"),
        display="inline-flex",
        align_items="center",
        gap=theme.SPACE_1,
        height="20px",
        padding_x="7px",
        border_radius="10px",
        font_size=theme.TEXT_SMALL,
        line_height="16px",
        font_weight="500",
        white_space="nowrap",
        background=_look(status, "soft"),
        color=_look(status, "ink"),
        custom_attrs={"data-testid": test_id, "data-state": status},
    )


def _look(status: str | rx.Var[str], part: str) -> rx.Var[str]:
    pairs = ((state, str(getattr(look, part))) for state, look in theme.STATES.items())
    return cast(rx.Var[str], rx.match(status, *pairs, str(getattr(theme.STATES["pending"], part))))


def _icon_of(look: theme.StateLook, size: int) -> rx.Component:
    return icon(look.icon, size=size, color=look.ink, class_name="as-spin" if look.word == "Running" else "")
