"""What stands in the place of a page that failed to draw, instead of Reflex's own with its stack trace."""

import reflex as rx
from reflex.vars.base import Var
from reflex_components_core.base.error_boundary import ErrorBoundary

from studio import theme
from studio.components.icon import icon


def error_boundary() -> rx.Component:
    """Return the boundary around every page; the failure itself goes to the server's log."""
    return ErrorBoundary.create(fallback_render=Var.create(_broken()))


def _broken() -> rx.Component:
    return rx.el.main(
        icon("triangle-alert", size=24, color=theme.DANGER_INK),
        rx.el.h1(
            "This page failed to draw",
            style={"font_size": theme.HEADING, "font_weight": "600", "margin_top": "8px"},
        ),
        rx.el.p(
            "What was saved is safe. Reload the page; the server's log has the cause.",
            style={"color": theme.MUTED, "margin_top": "4px"},
        ),
        rx.el.button(
            "Reload",
            type="button",
            style={
                "margin_top": theme.SPACE_3,
                "height": theme.CONTROL,
                "padding": "0 10px",
                "border_radius": theme.RADIUS,
                "background": theme.ACCENT_SOFT,
                "color": theme.ACCENT_INK,
                "font_weight": "500",
                "cursor": "pointer",
            },
            custom_attrs={"data-testid": "reload", "onClick": Var("() => window.location.reload()")},
        ),
        role="alert",
        style={
            "min_height": "100vh",
            "display": "flex",
            "flex_direction": "column",
            "align_items": "center",
            "justify_content": "center",
            "background": theme.PAGE,
            "color": theme.INK,
            "font_family": theme.FONT,
            "font_size": theme.TEXT,
        },
        # It stands outside of the theme, which would say what the accent is.
        custom_attrs={"data-testid": "broken", "data-accent-color": theme.RADIX_THEME["accent_color"]},
    )
