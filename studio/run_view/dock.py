"""The dock under the canvas, also on the run page: timeline, problems, output and log of the followed run."""

import reflex as rx

from studio.charts.style import SHEET as CHART_SHEET
from studio.charts.views import preview_view
from studio.components.icon import icon
from studio.run_view.elapsed import elapsed
from studio.run_view.inspect_view import inspect_panel
from studio.run_view.screen import LogRow
from studio.run_view.state import RunState
from studio.run_view.style import SHEET
from studio.run_view.timeline_view import timeline_view


def run_sheet() -> rx.Component:
    """Return the style sheets of everything that shows a run; once per page."""
    return rx.el.style(SHEET + CHART_SHEET)


def dock(
    *,
    problems: rx.Component | None = None,
    problem_count: rx.Var[int] | None = None,
    height: str | rx.Var[str] = "248px",
    foldable: bool = True,
) -> rx.Component:
    """Return the dock; `problems` fills a tab of its own, `height` is that of the open dock."""
    tabs = [_tab("timeline", "Timeline")]
    if problems is not None:
        tabs.append(_tab("problems", "Problems", problem_count))
    tabs += [_tab("output", "Output"), _tab("log", "Log")]
    body = rx.el.div(
        rx.el.div(
            rx.match(
                RunState.tab,
                ("problems", problems or rx.fragment()),
                ("output", rx.el.div(report_view(), style={"padding": "12px"})),
                ("log", log_view()),
                timeline_view(),
            ),
            class_name="as-dock-main",
        ),
        inspect_panel(),
        class_name="as-dock-body",
    )
    return rx.el.section(
        run_sheet(),
        rx.el.div(
            rx.el.div(*tabs, role="tablist", aria_label="Run", style={"display": "flex", "gap": "2px"}),
            rx.el.div(
                freshness(), _clock(), _fold() if foldable else rx.fragment(), class_name="as-tabs-end"
            ),
            class_name="as-tabs",
        ),
        rx.cond(RunState.dock_open, body) if foldable else body,
        class_name="as-dock",
        style={
            "height": rx.cond(RunState.dock_open, height, "33px") if foldable else height,
            "max_height": "70vh",
        },
        aria_label="Timeline",
        custom_attrs={"data-testid": "dock"},
    )


def report_view() -> rx.Component:
    """Return the reports of the run, whole; what would be here while there is none."""
    return rx.cond(
        RunState.reports,
        rx.el.div(
            rx.foreach(
                RunState.reports,
                lambda report: rx.el.section(
                    rx.cond(
                        report.title != "",
                        rx.el.h3(
                            report.title,
                            style={
                                "font_weight": "600",
                                "font_size": "15px",
                                "line_height": "20px",
                                "margin": "0 0 10px",
                            },
                        ),
                    ),
                    preview_view(report, test_id="report"),
                ),
            ),
            style={"display": "grid", "gap": "24px", "grid_template_columns": "minmax(0, 1fr)"},
        ),
        rx.el.div(
            rx.match(
                RunState.head.status,
                ("", "Run the workflow to see its report here."),
                ("completed", "This run made no report. Add a report node to its workflow to see one here."),
                ("halted", "This run was halted before it made a report."),
                ("error", "This run ended before it made a report."),
                "The report shows here as soon as a report node has finished.",
            ),
            class_name="as-blank",
            custom_attrs={"data-testid": "report-empty"},
        ),
    )


def log_view() -> rx.Component:
    """Return the log: one line per frame, times from the start of the run."""
    return rx.cond(
        RunState.log,
        rx.el.div(
            rx.foreach(RunState.log, _log_row), class_name="as-log", custom_attrs={"data-testid": "log"}
        ),
        rx.el.div("Every message of the run shows here as it happens.", class_name="as-blank"),
    )


def freshness() -> rx.Component:
    """Return how fresh the picture is: live, catching up, or stale and for how long. Nothing once the run is over."""
    return rx.cond(
        RunState.head.settled | (RunState.freshness == ""),
        rx.fragment(),
        rx.el.span(
            rx.el.span(
                class_name="as-fresh-dot",
                style={
                    "--as-dot": rx.match(
                        RunState.freshness,
                        ("live", "var(--green-9)"),
                        ("catching up", "var(--blue-9)"),
                        "var(--amber-9)",
                    )
                },
            ),
            rx.match(
                RunState.freshness,
                ("live", rx.fragment("Live")),
                ("catching up", rx.fragment("Catching up")),
                rx.fragment("Stale ", RunState.stale_seconds, " s"),
            ),
            class_name="as-fresh",
            role="status",
            custom_attrs={"data-testid": "freshness"},
        ),
    )


def _clock() -> rx.Component:
    return rx.cond(
        RunState.head.duration != "",
        rx.el.span(RunState.head.duration, class_name="as-time", custom_attrs={"data-testid": "elapsed"}),
        rx.cond(
            RunState.head.started_at != "",
            elapsed(
                RunState.head.elapsed_ms,  # pyright: ignore[reportArgumentType]  a field of a var is a var
                ticking=RunState.head.ticking,
                class_name="as-time",
                custom_attrs={"data-testid": "elapsed"},
            ),
        ),
    )


def _tab(name: str, label: str, count: rx.Var[int] | None = None) -> rx.Component:
    return rx.el.button(
        label,
        rx.el.span(count, class_name="as-time") if count is not None else rx.fragment(),
        type="button",
        role="tab",
        class_name="as-tab",
        on_click=RunState.choose_tab(name),
        custom_attrs={
            "data-testid": f"tab-{name}",
            "aria-selected": rx.cond(RunState.tab == name, "true", "false"),
        },
    )


def _fold() -> rx.Component:
    return rx.el.button(
        rx.cond(RunState.dock_open, icon("chevron-down"), icon("chevron-up")),
        type="button",
        class_name="as-fold",
        aria_label=rx.cond(RunState.dock_open, "Fold the dock", "Open the dock"),
        on_click=RunState.toggle_dock,
        custom_attrs={"data-testid": "dock-fold"},
    )


def _log_row(row: LogRow) -> rx.Component:
    return rx.el.div(
        rx.el.span(row.offset),
        rx.el.span(row.stage),
        rx.el.span(row.message),
        class_name="as-log-row",
        key=row.key,
    )
