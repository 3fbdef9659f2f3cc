"""One run, live or past: what ran, how it went, what came out, and how it was halted if it was."""

import reflex as rx

from studio import routes, theme
from studio.components.halt_dialog import halt_run_button
from studio.components.icon import icon
from studio.components.notice import error_state, skeleton_rows
from studio.components.relative_time import relative_time
from studio.components.section import section_header
from studio.components.unless import unless
from studio.layout import column, frame
from studio.pages.run.state import RunPageState
from studio.run_view.asking_view import answers, waiting_panel
from studio.run_view.dock import dock, report_view
from studio.run_view.elapsed import elapsed
from studio.run_view.halt_view import halt_result
from studio.run_view.picture_view import run_picture
from studio.run_view.run_badge import run_badge
from studio.run_view.state import RunState
from studio.session_state import SessionState

ON_LOAD = [RunPageState.open]


def page() -> rx.Component:
    """Return the run page in its frame."""
    return frame(
        column(
            rx.cond(
                RunState.missing != "", _missing(), rx.cond(RunState.head.run_id != "", _run(), _loading())
            )
        ),
        section="runs",
        status=_status(),
    )


def _run() -> rx.Component:
    return rx.el.div(
        _head(),
        _note(),
        waiting_panel(),
        answers(),
        rx.cond(RunState.halt.id != "", _halt()),
        rx.cond(RunState.picture.boxes, _graph()),
        _panel(dock(height=rx.cond(RunState.selected != "", "480px", "auto"), foldable=False)),
        rx.el.section(
            section_header("Report"),
            report_view(),
            style={"display": "grid", "gap": theme.SPACE_2, "grid_template_columns": "minmax(0, 1fr)"},
        ),
        style={"display": "grid", "gap": theme.SPACE_4, "grid_template_columns": "minmax(0, 1fr)"},
        custom_attrs={"data-testid": "run-page"},
    )


def _head() -> rx.Component:
    head = RunState.head
    return rx.el.header(
        rx.el.div(
            rx.el.div(
                rx.heading(
                    head.workflow, as_="h1", font_size=theme.TITLE, line_height="28px", font_weight="600"
                ),
                run_badge(head.status),
                style={"display": "flex", "align_items": "center", "gap": theme.SPACE_3},
            ),
            rx.el.div(
                _fact("Run", rx.el.span(head.short_id, title=head.run_id, class_name="as-time"), "run-id"),
                _fact("Started", relative_time(head.started_at), "run-started"),
                _fact("Took", _duration(), "run-duration"),
                _fact("Nodes", rx.el.span(head.fraction), "run-nodes"),
                _fact("Cost", rx.el.span(head.cost), "run-cost"),
                _fact("By", rx.el.span(head.who), "run-who"),
                style={
                    "display": "flex",
                    "flex_wrap": "wrap",
                    "gap": "2px 20px",
                    "margin_top": theme.SPACE_1,
                },
            ),
        ),
        rx.el.div(_actions(), style={"display": "flex", "gap": theme.SPACE_2, "flex": "none"}),
        style={
            "display": "flex",
            "justify_content": "space-between",
            "gap": theme.SPACE_4,
            "align_items": "flex-start",
        },
    )


def _actions() -> rx.Component:
    head = RunState.head
    return rx.fragment(
        rx.link(
            rx.button(
                icon("workflow"), "Open workflow", size="2", variant="soft", color_scheme="gray", tab_index=-1
            ),
            href=f"/studio/{head.workflow}",
            underline="none",
            custom_attrs={"data-testid": "open-workflow"},
        ),
        rx.button(
            icon("rotate-cw"),
            "Run again",
            size="2",
            variant="soft",
            disabled=unless(SessionState.can_run),
            title=rx.cond(
                SessionState.can_run,
                "Run the workflow as it is saved now, with the inputs of this run",
                f"Your role {SessionState.role} may not start runs.",
            ),
            on_click=RunState.run_again,
            custom_attrs={"data-testid": "run-again"},
        ),
        rx.cond(
            head.active,
            halt_run_button(RunState.run_id, owner=head.owner),
        ),
    )


def _duration() -> rx.Component:
    head = RunState.head
    return rx.cond(
        head.duration != "",
        rx.el.span(head.duration),
        rx.cond(head.started_at != "", elapsed(head.elapsed_ms, ticking=head.ticking), rx.el.span("–")),
    )


def _fact(label: str, value: rx.Component, test_id: str) -> rx.Component:
    return rx.el.span(
        rx.el.span(label, " ", style={"color": theme.MUTED}),
        value,
        class_name="as-time",
        custom_attrs={"data-testid": test_id},
    )


def _note() -> rx.Component:
    head = RunState.head
    return rx.cond(
        head.note != "",
        rx.el.div(
            icon("triangle-alert"),
            rx.el.span(head.note),
            class_name=rx.cond(head.status == "error", "as-problem", "as-remark"),
            role="status",
            custom_attrs={"data-testid": "run-note"},
        ),
    )


def _halt() -> rx.Component:
    halt = RunState.halt
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


def _graph() -> rx.Component:
    return _panel(
        rx.el.div(
            run_picture(RunState.picture),
            style={
                "padding": theme.SPACE_4,
                "display": "grid",
                "justify_items": "center",
                "background": theme.PANEL,
            },
        )
    )


def _panel(content: rx.Component) -> rx.Component:
    return rx.el.div(
        content,
        style={
            "border": f"{theme.LINE} solid {theme.BORDER}",
            "border_radius": theme.RADIUS,
            "overflow": "hidden",
        },
    )


def _missing() -> rx.Component:
    return error_state(
        title="There is nothing to show",
        text=RunState.missing,
        action=rx.link("To the runs", href=routes.RUNS, custom_attrs={"data-testid": "to-runs"}),
    )


def _loading() -> rx.Component:
    return skeleton_rows(6, height="48px", label="Loading the run")


def _status() -> rx.Component:
    return rx.cond(
        RunState.head.run_id != "",
        rx.fragment(
            rx.el.span("Run ", RunState.head.short_id, " ", RunState.head.status),
            rx.el.span(RunState.head.fraction, " nodes"),
        ),
    )
