"""Headings of pages and panels, and the hint of a key."""

import reflex as rx

from studio import theme


def page_header(
    title: str | rx.Var[str], *actions: rx.Component, text: str | rx.Var[str] = ""
) -> rx.Component:
    """Return the heading of a page: title, a sentence, and its actions at the right."""
    return rx.box(
        rx.box(
            rx.heading(title, as_="h1", font_size=theme.TITLE, line_height="28px", font_weight="600"),
            rx.text(text, color=theme.MUTED) if not isinstance(text, str) or text else rx.fragment(),
        ),
        rx.box(*actions, display="flex", gap=theme.SPACE_2, align_items="center"),
        display="flex",
        justify_content="space-between",
        align_items="flex-end",
        gap=theme.SPACE_4,
        margin_bottom=theme.SPACE_4,
    )


def section_header(
    title: str | rx.Var[str], *actions: rx.Component, count: rx.Var[int] | None = None
) -> rx.Component:
    """Return the heading of a section or panel."""
    number = (
        rx.text(count, as_="span", color=theme.MUTED, font_weight="400")
        if count is not None
        else rx.fragment()
    )
    return rx.box(
        rx.heading(
            title,
            number,
            as_="h2",
            font_size=theme.TEXT,
            line_height="18px",
            font_weight="600",
            display="flex",
            gap=theme.SPACE_2,
        ),
        rx.box(*actions, display="flex", gap=theme.SPACE_1, align_items="center"),
        display="flex",
        justify_content="space-between",
        align_items="center",
        min_height=theme.CONTROL,
        gap=theme.SPACE_2,
    )


def key_hint(*keys: str) -> rx.Component:
    """Return keys as they are printed on a keyboard."""
    return rx.box(
        *(
            rx.el.kbd(
                key,
                style={
                    "font_family": theme.FONT,
                    "font_size": theme.TEXT_SMALL,
                    "line_height": "16px",
                    "padding": "0 4px",
                    "min_width": "18px",
                    "text_align": "center",
                    "color": theme.MUTED,
                    "background": theme.SUNKEN,
                    "border": f"{theme.LINE} solid {theme.BORDER}",
                    "border_radius": "4px",
                },
            )
            for key in keys
        ),
        display="inline-flex",
        gap="2px",
        aria_hidden="true",
    )
