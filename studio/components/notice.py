"""What stands where content would be: nothing yet, something failed, still loading; and what became of a form."""

from typing import Literal

import reflex as rx

from studio import theme
from studio.components.icon import icon


def empty_state(
    *,
    title: str | rx.Var[str],
    text: str | rx.Var[str],
    action: rx.Component | None = None,
    symbol: str = "inbox",
) -> rx.Component:
    """Say what would be here and how to get it."""
    return _notice(title, text, action, symbol, color=theme.MUTED, role="status", test_id="empty-state")


def error_state(
    *, title: str | rx.Var[str], text: str | rx.Var[str], action: rx.Component | None = None
) -> rx.Component:
    """Say what happened, where, and what to do."""
    return _notice(
        title, text, action, "triangle-alert", color=theme.DANGER_INK, role="alert", test_id="error-state"
    )


def skeleton(*, height: str = "16px", width: str = "100%") -> rx.Component:
    """Return one bar in the place of content that is on its way."""
    return rx.box(class_name="as-shimmer", height=height, width=width, aria_hidden="true")


def skeleton_rows(count: int, *, height: str = "28px", label: str = "Loading") -> rx.Component:
    """Return rows in the place of a list that is on its way; screen readers hear the label once."""
    return rx.box(
        rx.text(label, class_name="as-hidden"),
        *(skeleton(height=height) for _ in range(count)),
        display="flex",
        flex_direction="column",
        gap=theme.SPACE_2,
        role="status",
        custom_attrs={"data-testid": "loading"},
    )


def problem_line(text: str | rx.Var[str], *, test_id: str) -> rx.Component:
    """Return what is wrong with what was sent; nothing while the text is empty."""
    return rx.cond(
        text != "",
        rx.box(
            icon("triangle-alert", color=theme.DANGER_INK),
            rx.text(text, color=theme.DANGER_INK),
            display="flex",
            gap=theme.SPACE_2,
            align_items="flex-start",
            margin_top=theme.SPACE_3,
            role="alert",
            custom_attrs={"data-testid": test_id},
        ),
    )


def done_line(text: str | rx.Var[str], *, test_id: str) -> rx.Component:
    """Return what was done; nothing while the text is empty."""
    look = theme.STATES["completed"]
    return rx.cond(
        text != "",
        rx.box(
            icon("check", color=look.ink),
            rx.text(text),
            display="flex",
            gap=theme.SPACE_2,
            align_items="center",
            padding=f"{theme.SPACE_2} {theme.SPACE_3}",
            border_radius=theme.RADIUS,
            background=look.soft,
            color=look.ink,
            role="status",
            custom_attrs={"data-testid": test_id},
        ),
    )


def _notice(
    title: str | rx.Var[str],
    text: str | rx.Var[str],
    action: rx.Component | None,
    symbol: str,
    *,
    color: str,
    role: Literal["status", "alert"],
    test_id: str,
) -> rx.Component:
    return rx.box(
        icon(symbol, size=24, color=color),
        rx.heading(
            title,
            as_="h2",
            font_size=theme.HEADING,
            font_weight="600",
            margin_top=theme.SPACE_2,
            line_height="20px",
        ),
        rx.text(text, color=theme.MUTED, max_width="52ch", text_align="center"),
        rx.box(action, margin_top=theme.SPACE_3) if action is not None else rx.fragment(),
        display="flex",
        flex_direction="column",
        align_items="center",
        justify_content="center",
        gap=theme.SPACE_1,
        padding=theme.SPACE_8,
        role=role,
        custom_attrs={"data-testid": test_id},
    )
