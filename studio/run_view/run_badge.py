"""The badge of a run: the states of nodes, and `halting`, which only a run has: red words, and no claim yet."""

import reflex as rx

from studio import theme
from studio.components.icon import icon
from studio.components.state_badge import state_badge


def run_badge(status: str, *, test_id: str = "run-status") -> rx.Component:
    """Return the badge of a run's status; nothing while it is not known."""
    return rx.cond(
        status == "halting",
        rx.box(
            icon("loader-circle", class_name="as-spin", color=theme.STATES["waiting"].ink),
            rx.text("Halting…", as_="span"),
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
            background=theme.STATES["waiting"].soft,
            color=theme.STATES["waiting"].ink,
            custom_attrs={"data-testid": test_id, "data-state": "halting"},
        ),
        rx.cond(status != "", state_badge(status, test_id=test_id)),
    )
