"""Run, and what is said of the run while it goes."""

import reflex as rx

from studio import routes
from studio.components.halt_dialog import halt_run_button
from studio.components.icon import icon
from studio.components.state_badge import state_badge
from studio.pages.editor.shown import EDITOR, RUN, SESSION

UNDER_WAY = ("pending", "running", "waiting", "halting")


def is_under_way() -> rx.Var[bool]:
    """Return whether the followed run has not ended."""
    return rx.Var.create(list(UNDER_WAY)).contains(RUN.head.status)


def run_button() -> rx.Component:
    """Return the button that starts a run; while one goes, another one may not be started from here."""
    return rx.button(
        rx.cond(EDITOR.starting, icon("loader-circle", class_name="as-spin"), icon("play")),
        "Run",
        size="2",
        disabled=~SESSION.can_run | EDITOR.starting | is_under_way() | (EDITOR.node_count == 0),
        title=rx.cond(
            SESSION.can_run,
            "Run the workflow as it is saved (Ctrl+Enter)",
            f"Your role {SESSION.role} may not start runs.",
        ),
        on_click=EDITOR.run,
        margin_left="4px",
        custom_attrs={"data-testid": "run"},
    )


def halt_button() -> rx.Component:
    """Return the red button, while a run is under way."""
    return rx.cond(is_under_way(), halt_run_button(RUN.head.run_id, owner=RUN.head.owner))


def run_status() -> rx.Component:
    """Return the line of the status bar about the followed run."""
    head = RUN.head
    return rx.cond(
        head.status != "",
        rx.link(
            "Run ",
            head.short_id,
            state_badge(head.status, test_id="run-status"),
            href=f"{routes.RUNS}/{head.run_id}",
            underline="none",
            class_name="as-row as-crumb",
            font_size="inherit",
            custom_attrs={"data-testid": "run-link"},
        ),
    )
