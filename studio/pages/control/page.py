"""The control room: every desk side by side, what runs there, and the ways to stop it."""

import reflex as rx

from studio import routes, theme
from studio.charts.style import SHEET as CHART_SHEET
from studio.components.beat import Beat
from studio.components.icon import icon
from studio.components.notice import error_state, skeleton_rows
from studio.components.relative_time import relative_time
from studio.desk_titles import desk_icons, desk_titles
from studio.everything.state import EverythingState
from studio.layout import frame
from studio.pages.control.lanes import lane
from studio.pages.control.state import BEAT_SECONDS, ControlState
from studio.pages.control.style import SHEET
from studio.pages.control.tabs import tabs
from studio.run_view.state import RunState
from studio.run_view.style import SHEET as RUN_SHEET
from studio.session_state import SessionState
from studio.start_run.dialog import SHEET as START_SHEET
from studio.start_run.dialog import start_button, start_dialog
from tasks.desks.registry import desks

ON_LOAD = [RunState.leave]
_WORKFLOWS_SUMMARY = "Runs of drawn workflows. Start one from its page."
_LAST = ControlState.last


def page() -> rx.Component:
    """Return the control room in its frame."""
    return frame(
        rx.el.style(CHART_SHEET + RUN_SHEET + SHEET + START_SHEET),
        start_dialog(),
        Beat.create(seconds=BEAT_SECONDS, on_beat=ControlState.watch),
        rx.el.div(
            _everything(),
            rx.cond(ControlState.problem != "", _stale()),
            rx.cond(
                ControlState.loaded,
                _lanes(),
                rx.cond(ControlState.problem != "", _unknown(), skeleton_rows(6, height="64px")),
            ),
            rx.cond(ControlState.loaded, tabs()),
            class_name="as-room",
            custom_attrs={"data-testid": "control-room"},
        ),
        section="control",
        status=rx.el.span(ControlState.words, role="status", custom_attrs={"data-testid": "room-words"}),
    )


def _everything() -> rx.Component:
    return rx.el.header(
        rx.el.h1("Everything"),
        rx.cond(
            SessionState.can_halt_all,
            rx.button(
                icon("octagon"),
                "Halt everything…",
                size="2",
                color_scheme="red",
                variant="solid",
                on_click=EverythingState.ask,
                custom_attrs={"data-testid": "halt-everything"},
            ),
            rx.el.span(
                icon("lock", size=12),
                f" Your role {SessionState.role} may not halt everything. Roles that may: operator, admin.",
                class_name="as-lane-why",
                custom_attrs={"data-testid": "halt-everything-why"},
            ),
        ),
        rx.el.div(
            rx.cond(_LAST.id != "", _last(), "Everything was never halted here."),
            class_name="as-all-last",
            custom_attrs={"data-testid": "last-halt"},
        ),
        class_name="as-all",
    )


def _last() -> rx.Component:
    return rx.fragment(
        rx.cond(
            _LAST.proved,
            icon("check", color=theme.STATES["completed"].ink),
            icon("triangle-alert", color=theme.STATES["waiting"].ink),
        ),
        " Last halt of everything ",
        relative_time(_LAST.requested_at),
        " by ",
        rx.el.b(_LAST.who),
        " “",
        _LAST.reason,
        "”: ",
        rx.el.b(_LAST.short, custom_attrs={"data-testid": "last-halt-short"}),
        ". ",
        rx.el.button("Details", type="button", on_click=EverythingState.show(_LAST.id)),
    )


def _stale() -> rx.Component:
    return rx.el.div(
        icon("unplug"),
        rx.el.span(
            ControlState.problem,
            rx.cond(
                ControlState.seen_at != "",
                rx.fragment(
                    " What is shown was last seen ",
                    relative_time(ControlState.seen_at),
                    ". This page keeps asking.",
                ),
            ),
        ),
        role="alert",
        class_name="as-stale",
        custom_attrs={"data-testid": "room-stale"},
    )


def _unknown() -> rx.Component:
    return error_state(
        title="What runs is not known",
        text="It shows as soon as the database answers. Runs that are under way go on meanwhile.",
    )


def _lanes() -> rx.Component:
    titles, icons, known = desk_titles(), desk_icons(), desks()
    return rx.el.div(
        *(
            lane(
                desk,
                title,
                icons[desk],
                known[desk].summary if desk in known else _WORKFLOWS_SUMMARY,
                start_button(desk, title) if desk in known else _to_workflows(),
            )
            for desk, title in titles.items()
        ),
        class_name="as-lanes",
        style={"--as-lanes": str(len(titles))},
        custom_attrs={
            "data-testid": "lanes",
            "data-stale": rx.cond(ControlState.problem != "", "true", "false"),
        },
    )


def _to_workflows() -> rx.Component:
    return rx.link("To the workflows", href=routes.GALLERY, size="1", color=theme.MUTED)
