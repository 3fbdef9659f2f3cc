"""What stands below the lanes: workers and queues, the watchdog, the last halts."""

import reflex as rx

from studio import theme
from studio.components.icon import icon
from studio.components.notice import skeleton_rows
from studio.components.relative_time import relative_time
from studio.everything.state import EverythingState
from studio.pages.control.state import ControlState
from studio.pages.control.tab_views import HaltEntry, ProcessLine, QueueLine, SilentRun
from studio.run_view.halts import HaltLine

_TABS = (
    ("workers", "Workers and queues", "cpu"),
    ("watchdog", "Watchdog", "activity"),
    ("halts", "Halts", "octagon"),
)
_WATCHDOG = ControlState.watchdog


def tabs() -> rx.Component:
    """Return the tabs with the open one's content."""
    return rx.el.section(
        rx.el.div(
            *(_tab(key, label, symbol) for key, label, symbol in _TABS),
            class_name="as-tabs",
            role="tablist",
            aria_label="Below the lanes",
        ),
        rx.match(
            ControlState.tab,
            ("watchdog", _watchdog()),
            ("halts", _halts()),
            _workers(),
        ),
        class_name="as-tabs-box",
    )


def _tab(key: str, label: str, symbol: str) -> rx.Component:
    return rx.el.button(
        icon(symbol),
        label,
        type="button",
        role="tab",
        class_name="as-tab",
        on_click=ControlState.choose_tab(key),
        custom_attrs={
            "data-testid": f"room-tab-{key}",
            "aria-selected": rx.cond(ControlState.tab == key, "true", "false"),
        },
    )


def _workers() -> rx.Component:
    shown = ControlState.workers
    return rx.el.div(
        rx.cond(
            shown.unknown != "",
            rx.el.div(icon("circle-help"), shown.unknown, class_name="as-remark"),
            rx.cond(
                shown.processes,
                _table("Process", "Executes", rows=rx.foreach(shown.processes, _process)),
                rx.el.div(
                    "No worker process is there: what is started waits. Start a worker, or the whole studio with make run.",
                    class_name="as-blank",
                    custom_attrs={"data-testid": "no-workers"},
                ),
            ),
        ),
        rx.cond(
            shown.queues, _table("Queue", "Waiting", rows=rx.foreach(shown.queues, _queue), numeric=True)
        ),
        class_name="as-tab-body as-two",
        custom_attrs={"data-testid": "room-workers"},
    )


def _process(line: ProcessLine) -> rx.Component:
    return rx.el.tr(
        rx.el.td(rx.el.span(line.name, style={"font_family": theme.MONO})),
        rx.el.td(
            rx.cond(
                line.run_id == "",
                rx.el.span("idle", style={"color": theme.MUTED}),
                rx.cond(line.address != "", rx.link(line.what, href=line.address), line.what),
            )
        ),
    )


def _queue(line: QueueLine) -> rx.Component:
    return rx.el.tr(
        rx.el.td(line.name),
        rx.el.td(
            line.waiting,
            custom_attrs={"data-numeric": "true", "data-testid": f"queue-{line.name}"},
        ),
    )


def _table(*titles: str, rows: rx.Component, numeric: bool = False) -> rx.Component:
    last = len(titles) - 1
    return rx.el.div(
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    *(
                        rx.el.th(
                            title,
                            scope="col",
                            custom_attrs={"data-numeric": "true" if numeric and number == last else "false"},
                        )
                        for number, title in enumerate(titles)
                    )
                )
            ),
            rx.el.tbody(rows),
            class_name="as-table",
        ),
        class_name="as-table-box",
        style={"max_height": "none"},
    )


def _watchdog() -> rx.Component:
    return rx.el.div(
        rx.cond(
            _WATCHDOG.loaded,
            rx.fragment(
                rx.cond(
                    _WATCHDOG.off != "",
                    rx.el.div(icon("power-off"), _WATCHDOG.off, class_name="as-remark"),
                ),
                rx.cond(
                    _WATCHDOG.threshold != "",
                    rx.fragment(
                        rx.el.div(
                            _figure("Workflow runs running", _WATCHDOG.running),
                            _figure("Waiting for a worker", _WATCHDOG.pending),
                            _figure("Halted in 24 hours", _WATCHDOG.halted),
                            _figure("Silent for longer is halted", _WATCHDOG.threshold),
                            _figure(
                                "Last look",
                                rx.cond(
                                    _WATCHDOG.last_look != "", relative_time(_WATCHDOG.last_look), "none yet"
                                ),
                            ),
                            class_name="as-figures",
                        ),
                        rx.cond(
                            _WATCHDOG.silent,
                            _table(
                                "Run",
                                "Workflow",
                                "State",
                                "Silent for",
                                rows=rx.foreach(_WATCHDOG.silent, _silent),
                                numeric=True,
                            ),
                            rx.el.div("No workflow run is under way.", class_name="as-blank"),
                        ),
                    ),
                ),
            ),
            skeleton_rows(3),
        ),
        class_name="as-tab-body",
        custom_attrs={"data-testid": "room-watchdog"},
    )


def _figure(label: str, value: int | str | rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.div(label, class_name="as-figure-label"),
        rx.el.div(value, class_name="as-figure-value"),
        class_name="as-figure",
    )


def _silent(run: SilentRun) -> rx.Component:
    return rx.el.tr(
        rx.el.td(rx.link(run.short_id, href=run.address, style={"font_family": theme.MONO})),
        rx.el.td(run.workflow),
        rx.el.td(run.status),
        rx.el.td(run.silent, custom_attrs={"data-numeric": "true"}),
    )


def _halts() -> rx.Component:
    return rx.el.div(
        rx.cond(
            ControlState.halts_loaded,
            rx.cond(
                ControlState.halts,
                rx.el.ul(rx.foreach(ControlState.halts, _halt), class_name="as-halt-list"),
                rx.el.div(
                    "Nothing was halted yet. Each halt is kept here with who, why and its times.",
                    class_name="as-blank",
                ),
            ),
            skeleton_rows(3),
        ),
        class_name="as-tab-body",
        custom_attrs={"data-testid": "room-halts"},
    )


def _halt(entry: HaltEntry) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.cond(
                entry.proved,
                icon("check", color=theme.STATES["completed"].ink),
                icon("triangle-alert", color=theme.STATES["waiting"].ink),
            ),
            rx.cond(
                entry.everything,
                rx.el.button(
                    entry.what,
                    type="button",
                    class_name="as-plain",
                    style={"text_align": "left", "font_weight": "600"},
                    on_click=EverythingState.show(entry.id),
                ),
                rx.el.b(entry.what, style={"font_weight": "600"}),
            ),
            rx.el.span(entry.who),
            rx.el.div(
                rx.el.span("“", entry.reason, "” ", entry.sentence),
                rx.cond(entry.lines, _lines(entry)),
            ),
            relative_time(entry.at),
            class_name="as-halt-entry",
        ),
        key=entry.id,
        custom_attrs={
            "data-testid": f"halt-entry-{entry.id}",
            "data-proved": rx.cond(entry.proved, "true", "false"),
        },
    )


def _lines(entry: HaltEntry) -> rx.Component:
    return rx.el.details(
        rx.el.summary(entry.hit),
        rx.foreach(entry.lines, _line),
    )


def _line(line: HaltLine) -> rx.Component:
    return rx.el.div(
        rx.el.span(line.short_id, style={"font_family": theme.MONO}),
        ": acknowledged ",
        line.acknowledged,
        ", last side effect ",
        line.last_effect,
        ". ",
        line.words,
        class_name="as-lane-why",
    )
