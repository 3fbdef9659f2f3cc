"""The schedules page: which workflows start by themselves, when next, and what became of the last time."""

import reflex as rx

from studio import routes, theme
from studio.charts.style import SHEET
from studio.components.beat import Beat
from studio.components.confirm import confirm_dialog
from studio.components.icon import icon
from studio.components.notice import done_line, empty_state, problem_line, skeleton_rows
from studio.components.relative_time import relative_time
from studio.components.section import page_header
from studio.components.unless import unless
from studio.layout import column, frame
from studio.pages.schedules import calendar
from studio.pages.schedules.form import schedule_dialog
from studio.pages.schedules.form_state import ScheduleFormState
from studio.pages.schedules.state import SchedulesState
from studio.pages.schedules.views import ScheduleLine
from studio.run_view.state import RunState
from studio.session_state import SessionState

ON_LOAD = [RunState.leave, SchedulesState.open]
SECONDS = 5
_TITLES = ("Workflow", "When", "Next", "Last run", "")


def page() -> rx.Component:
    """Return the list in its frame."""
    return frame(
        rx.el.style(SHEET + calendar.SHEET),
        Beat.create(seconds=SECONDS, on_beat=SchedulesState.look),
        column(
            page_header("Schedules", _new(), text="Which workflows start by themselves, and when."),
            rx.cond(
                SchedulesState.phase == "ready",
                _ready(),
                rx.cond(SchedulesState.phase == "off", _off(), skeleton_rows(4, height="44px")),
            ),
        ),
        section="schedules",
    )


def _new() -> rx.Component:
    return rx.button(
        icon("plus"),
        "New schedule…",
        size="2",
        disabled=unless(SessionState.can_run) | (SchedulesState.phase != "ready"),
        title=rx.cond(SessionState.can_run, "", f"Your role {SessionState.role} may not start runs."),
        on_click=ScheduleFormState.ask_new,
        custom_attrs={"data-testid": "new-schedule"},
    )


def _off() -> rx.Component:
    return empty_state(
        symbol="power-off",
        title="The workflow studio is off",
        text="No schedule starts anything until an admin switches it on. What has been set is kept.",
    )


def _ready() -> rx.Component:
    return rx.el.div(
        rx.cond(SchedulesState.running, rx.fragment(), _stopped()),
        rx.box(
            done_line(SchedulesState.done, test_id="schedules-done"),
            problem_line(SchedulesState.problem, test_id="schedules-problem"),
            margin_bottom=theme.SPACE_3,
        ),
        rx.cond(SchedulesState.lines, _list(), _none()),
        schedule_dialog(),
    )


def _stopped() -> rx.Component:
    look = theme.STATES["waiting"]
    return rx.box(
        icon("pause", color=look.ink),
        rx.el.span(
            "Schedules are off for everybody: nothing below starts until ",
            rx.el.code("orchestration_schedule_enabled", style={"font_family": theme.MONO}),
            " is switched on.",
        ),
        rx.link("Settings", href=routes.SETTINGS),
        display="flex",
        gap=theme.SPACE_2,
        align_items="center",
        padding=f"{theme.SPACE_2} {theme.SPACE_3}",
        margin_bottom=theme.SPACE_3,
        border_radius=theme.RADIUS,
        background=look.soft,
        color=look.ink,
        role="status",
        custom_attrs={"data-testid": "schedules-stopped"},
    )


def _none() -> rx.Component:
    return empty_state(
        symbol="calendar-clock",
        title="No schedules yet",
        text="Give a workflow a schedule, and it starts by the clock or at an interval, with the rights of whoever set it.",
    )


def _list() -> rx.Component:
    return rx.el.div(
        rx.el.table(
            rx.el.thead(rx.el.tr(*(rx.el.th(title, scope="col") for title in _TITLES))),
            rx.foreach(SchedulesState.lines, _line),
            class_name="as-table as-schedules",
        ),
        class_name="as-table-box",
        style={"max_height": "none"},
        custom_attrs={"data-testid": "schedules"},
    )


def _line(line: ScheduleLine) -> rx.Component:
    is_open = SchedulesState.shown == line.workflow
    return rx.el.tbody(
        rx.el.tr(
            rx.el.td(rx.link(line.workflow, href=line.editor, title=line.workflow)),
            rx.el.td(
                _two(line.words, rx.el.span(rx.cond(line.cron != "", f"{line.cron} · ", ""), line.timezone))
            ),
            rx.el.td(_next(line)),
            rx.el.td(_last(line)),
            rx.el.td(_acts(line, is_open=is_open)),
        ),
        rx.cond(
            is_open,
            rx.el.tr(
                rx.el.td(
                    calendar.coming(
                        SchedulesState.times, SchedulesState.months, test_id=f"times-{line.workflow}"
                    ),
                    rx.el.p(
                        f"By the clock of {line.timezone}; {line.misfire}. Set by {line.set_by}, with whose rights it runs.",
                        style={"color": theme.MUTED, "margin": f"{theme.SPACE_3} 0 0"},
                    ),
                    col_span=len(_TITLES),
                    style={"max_width": "none", "padding": theme.SPACE_4, "background": theme.PANEL},
                )
            ),
        ),
        custom_attrs={"data-testid": f"row-{line.workflow}"},
    )


def _two(first: rx.Component | str, second: rx.Component | str) -> rx.Component:
    """Return two lines of one cell, the second one muted."""
    return rx.el.div(
        rx.el.div(first, class_name="as-cut"),
        rx.el.div(second, style={"color": theme.MUTED}, class_name="as-cut"),
    )


def _next(line: ScheduleLine) -> rx.Component:
    return rx.cond(
        line.idle != "",
        rx.el.span(
            icon("pause", color=theme.MUTED),
            line.idle,
            title=line.idle,
            style={"display": "inline-flex", "gap": "6px", "align_items": "center", "color": theme.MUTED},
        ),
        _two(line.next_local, relative_time(line.next_at, ahead=True, distance=True)),
    )


def _last(line: ScheduleLine) -> rx.Component:
    run = rx.cond(
        line.last_run != "",
        rx.link(relative_time(line.last_at), href=line.last_run),
        rx.el.span("none yet", style={"color": theme.MUTED}),
    )
    return rx.cond(
        line.last_error != "",
        _two(
            run,
            rx.el.span(line.last_error, title=line.last_error, style={"color": theme.STATES["error"].ink}),
        ),
        run,
    )


def _acts(line: ScheduleLine, *, is_open: bool) -> rx.Component:
    return rx.box(
        rx.cond(
            line.paused,
            rx.cond(
                SessionState.can_run, _act("Resume", "resume", line, SchedulesState.resume(line.workflow))
            ),
            rx.cond(
                SessionState.can_run | SessionState.can_halt_all,
                _act("Pause", "pause", line, SchedulesState.pause(line.workflow)),
            ),
        ),
        rx.cond(
            SessionState.can_run,
            rx.fragment(
                _act("Edit…", "edit", line, ScheduleFormState.ask_change(line.workflow)),
                confirm_dialog(
                    trigger=_act("Delete…", "delete", line, None),
                    title=f"Delete the schedule of {line.workflow}",
                    text="It starts nothing by itself any more. The workflow and its runs stay.",
                    verb="Delete",
                    on_confirm=SchedulesState.delete(line.workflow),
                    test_id="delete-schedule",
                    harm=True,
                ),
            ),
        ),
        rx.button(
            icon("calendar-days"),
            "Times",
            size="1",
            variant="soft",
            color_scheme="gray",
            on_click=SchedulesState.toggle(line.workflow),
            custom_attrs={"data-testid": f"times-of-{line.workflow}", "aria-expanded": is_open},
        ),
        display="flex",
        justify_content="flex-end",
        gap=theme.SPACE_1,
    )


def _act(label: str, what: str, line: ScheduleLine, on_click: rx.event.EventType[()] | None) -> rx.Component:
    return rx.button(
        label,
        size="1",
        variant="soft",
        color_scheme="gray",
        on_click=on_click,
        custom_attrs={"data-testid": f"{what}-{line.workflow}", "aria-label": f"{label} {line.workflow}"},
    )
