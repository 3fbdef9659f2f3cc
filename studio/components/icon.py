"""Icons at the two sizes of the product, hidden from screen readers: the word beside them speaks."""

import reflex as rx

from studio import theme


def icon(
    name: str,
    *,
    size: int = theme.ICON_SMALL,
    color: str | rx.Var[str] = "currentColor",
    class_name: str = "",
) -> rx.Component:
    """Return a Lucide icon, by default in the colour of its text."""
    return rx.icon(
        name,
        size=size,
        color=color,
        stroke_width=1.75,
        flex_shrink="0",
        class_name=class_name,
        custom_attrs={"aria-hidden": "true"},
    )
