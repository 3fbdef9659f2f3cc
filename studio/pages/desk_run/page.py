"""One run of a desk: how it goes, what it holds, what came out, and how it was halted if it was."""

import reflex as rx

from studio import routes, theme
from studio.charts.model import Metric
from studio.charts.style import SHEET as CHART_SHEET
from studio.charts.views import preview_view
from studio.components.beat import Beat
from studio.components.icon import icon
from studio.components.notice import error_state, skeleton_rows
from studio.components.relative_time import relative_time
from studio.components.section import section_header
from studio.layout import column, frame
from studio.pages.desk_run.state import BEAT_SECONDS, DeskRunState
from studio.pages.desk_run.views import EventRow
from studio.run_view.elapsed import elapsed
from studio.run_view.halt_state import HaltState
from studio.run_view.halt_view import halt_result
from studio.run_view.run_badge import run_badge
from studio.run_view.state import RunState
from studio.run_view.style import SHEET
from studio.session_state import SessionState

ON_LOAD = [RunState.leave, DeskRunState.open]
_HEAD = DeskRunState.head
_GRID = {"display": "grid", "gap": theme.SPACE_4, "grid_template_columns": "minmax(0, 1fr)"}


def page() -> rx.Component:
    """Return the page of a desk's run in its frame."""
    return frame(
        rx.el.style(CHART_SHEET + SHEET + _SHEET),
        Beat.create(seconds=BEAT_SECONDS, on_beat=DeskRunState.follow),
        column(
            rx.cond(
                DeskRunState.missing != "",
                _missing(),
                rx.cond(
                    _HEAD.run_id != "",
                    _run(),
                    rx.cond(DeskRunState.problem != "", _unreadable(), skeleton_rows(6, height="48px")),
                ),
            )
        ),
        section="control",
        status=rx.cond(
            _HEAD.run_id != "", rx.el.span(DeskRunState.desk_title, " ", _HEAD.short_id, " ", _HEAD.status)
        ),
    )


def _run() -> rx.Component:
    return rx.el.div(
        _header(),
        rx.cond(
            DeskRunState.problem != "",
            rx.el.div(
                icon("unplug"),
                rx.el.span(DeskRunState.problem, " What is shown is the last that was known."),
                class_name="as-remark",
                role="alert",
                custom_attrs={"data-testid": "desk-run-stale"},
            ),
        ),
        rx.cond(
            _HEAD.error != "",
            rx.el.div(
                icon("triangle-alert"),
                rx.el.span(_HEAD.error),
                class_name="as-problem",
                custom_attrs={"data-testid": "desk-run-error"},
            ),
        ),
        rx.cond(DeskRunState.halt.id != "", _halt()),
        rx.el.div(
            rx.el.section(
                section_header("Result"),
                rx.cond(
                    DeskRunState.has_result,
                    preview_view(DeskRunState.result, test_id="desk-run-result"),
                    _blank(
                        rx.cond(
                            _HEAD.active,
                            "What the run has got so far shows here as soon as it keeps something.",
                            "This run kept no result.",
                        )
                    ),
                ),
            ),
            rx.el.section(section_header("Config"), _config()),
            style={
                "display": "grid",
                "gap": theme.SPACE_4,
                "grid_template_columns": "minmax(0, 1fr) 320px",
                "align_items": "start",
            },
        ),
        rx.el.section(
            section_header(
                "Log",
                rx.cond(
                    DeskRunState.dropped > 0,
                    rx.el.span(DeskRunState.dropped, " older lines not shown", style={"color": theme.MUTED}),
                ),
            ),
            _log(),
        ),
        style=_GRID,
        custom_attrs={"data-testid": "desk-run"},
    )


def _header() -> rx.Component:
    return rx.el.header(
        rx.el.div(
            rx.el.div(
                rx.heading(
                    _HEAD.name, as_="h1", font_size=theme.TITLE, line_height="28px", font_weight="600"
                ),
                run_badge(_HEAD.status, test_id="desk-run-status"),
                style={"display": "flex", "align_items": "center", "gap": theme.SPACE_3},
            ),
            rx.el.div(
                _fact("Desk", rx.link(DeskRunState.desk_title, href=routes.CONTROL)),
                _fact("Kind", rx.el.span(_HEAD.kind)),
                _fact("Run", rx.el.span(_HEAD.short_id, title=_HEAD.run_id, class_name="as-time")),
                _fact("Asked for", relative_time(_HEAD.asked_at)),
                rx.cond(_HEAD.started_at != "", _fact("Took", _took())),
                rx.cond(_HEAD.percent != "", _fact("Progress", rx.el.span(_HEAD.percent))),
                _fact("Cost", rx.el.span(_HEAD.cost)),
                rx.cond(_HEAD.calls > 0, _fact("Calls", rx.el.span(_HEAD.calls))),
                _fact("By", rx.el.span(_HEAD.who)),
                rx.cond(_HEAD.holds != "", _fact("Holds", rx.el.b(_HEAD.holds))),
                style={
                    "display": "flex",
                    "flex_wrap": "wrap",
                    "gap": "2px 20px",
                    "margin_top": theme.SPACE_1,
                },
            ),
            rx.cond(
                _HEAD.note != "",
                rx.el.div(
                    _HEAD.note,
                    style={"color": theme.MUTED, "margin_top": theme.SPACE_1},
                    custom_attrs={"data-testid": "desk-run-note"},
                ),
            ),
        ),
        rx.cond(_HEAD.active, _halt_button()),
        style={
            "display": "flex",
            "justify_content": "space-between",
            "gap": theme.SPACE_4,
            "align_items": "flex-start",
        },
    )


def _fact(label: str, value: rx.Component) -> rx.Component:
    return rx.el.span(rx.el.span(label, " ", style={"color": theme.MUTED}), value)


def _took() -> rx.Component:
    return rx.cond(_HEAD.ticking, elapsed(_HEAD.elapsed_ms, ticking=_HEAD.ticking), rx.el.span(_HEAD.took))


def _halt_button() -> rx.Component:
    allowed = SessionState.can_halt_all | (SessionState.can_halt & (SessionState.user_id == _HEAD.owner))
    return rx.cond(
        allowed,
        rx.button(
            icon("octagon"),
            "Halt",
            size="2",
            color_scheme="red",
            variant="solid",
            on_click=HaltState.ask_desk_run(_HEAD.desk, _HEAD.run_id),
            custom_attrs={"data-testid": "desk-run-halt"},
        ),
        rx.el.span(
            f"Your role {SessionState.role} may halt only runs you started.",
            style={"color": theme.MUTED, "font_size": theme.TEXT_SMALL, "max_width": "180px"},
            custom_attrs={"data-testid": "desk-run-why"},
        ),
    )


def _halt() -> rx.Component:
    halt = DeskRunState.halt
    return rx.el.section(
        section_header(
            "Halt",
            rx.el.span(
                "by ",
                halt.who,
                ", ",
                relative_time(halt.requested_at),
                ": “",
                halt.reason,
                "”",
                style={"color": theme.MUTED},
            ),
        ),
        halt_result(halt),
        custom_attrs={"data-testid": "halt-record"},
    )


def _config() -> rx.Component:
    return rx.el.div(
        rx.cond(
            DeskRunState.config,
            rx.el.dl(rx.foreach(DeskRunState.config, _setting), class_name="as-facts"),
            rx.el.span("No settings.", style={"color": theme.MUTED}),
        ),
        style=_PANEL | {"padding": theme.SPACE_3},
        custom_attrs={"data-testid": "desk-run-config"},
    )


def _setting(setting: Metric) -> rx.Component:
    return rx.fragment(rx.el.dt(setting.label), rx.el.dd(setting.value))


def _log() -> rx.Component:
    return rx.el.div(
        rx.cond(
            DeskRunState.log,
            rx.el.div(rx.foreach(DeskRunState.log, _line), class_name="as-log as-desk-log"),
            _blank("Each step is told here as it happens."),
        ),
        tab_index=0,
        role="log",
        aria_label="Log of the run",
        style=_PANEL | {"max_height": "420px", "overflow": "auto"},
        custom_attrs={"data-testid": "desk-run-log"},
    )


def _line(row: EventRow) -> rx.Component:
    return rx.el.div(
        rx.el.span(row.at),
        rx.el.span(row.stage),
        rx.el.span(row.message),
        key=row.key,
        class_name="as-log-row",
    )


def _blank(text: str | rx.Var[str]) -> rx.Component:
    return rx.el.div(text, class_name="as-blank", style=_PANEL)


def _missing() -> rx.Component:
    return error_state(
        title="There is nothing to show",
        text=DeskRunState.missing,
        action=rx.link(
            "To the control room", href=routes.CONTROL, custom_attrs={"data-testid": "to-control"}
        ),
    )


def _unreadable() -> rx.Component:
    return error_state(title="The run cannot be read", text=DeskRunState.problem)


# Desks name their frames with more than one word: `order.cancelled`.
_SHEET = ".as-desk-log .as-log-row { grid-template-columns: 76px 148px minmax(0, 1fr); }"
_PANEL = {
    "border": f"{theme.LINE} solid {theme.BORDER}",
    "border_radius": theme.RADIUS,
    "background": theme.PANEL,
}
