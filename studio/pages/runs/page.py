"""All runs, newest first, with filters; keeps itself current while somebody looks."""

import reflex as rx

from studio import theme
from studio.charts.style import SHEET
from studio.components.beat import Beat
from studio.components.icon import icon
from studio.components.notice import empty_state, skeleton_rows
from studio.components.relative_time import relative_time
from studio.components.section import page_header
from studio.components.unless import unless
from studio.layout import column, frame
from studio.pages.runs.state import ALL, RunsState
from studio.pages.runs.views import RunLine
from studio.run_view.run_badge import run_badge
from studio.run_view.state import RunState

ON_LOAD = [RunState.leave, RunsState.open]
SECONDS = 3
_STATES = ("pending", "running", "waiting", "completed", "halted", "error")


def page() -> rx.Component:
    """Return the list of runs in its frame."""
    return frame(
        rx.el.style(SHEET),
        Beat.create(seconds=SECONDS, on_beat=RunsState.look),
        column(
            page_header("Runs", *_filters()),
            rx.cond(
                RunsState.loaded, rx.cond(RunsState.lines, _list(), _none()), skeleton_rows(8, height="36px")
            ),
        ),
        section="runs",
        status=rx.el.span(RunsState.span),
    )


def _filters() -> tuple[rx.Component, ...]:
    return (
        _select(
            "runs-workflow",
            "Workflow",
            RunsState.workflow,
            rx.fragment(
                rx.select.item("All workflows", value=ALL),
                rx.foreach(RunsState.workflows, lambda name: rx.select.item(name, value=name)),
            ),
            RunsState.choose_workflow,
        ),
        _select(
            "runs-status",
            "State",
            RunsState.status,
            rx.fragment(
                rx.select.item("All states", value=ALL),
                *(rx.select.item(theme.STATES[state].word, value=state) for state in _STATES),
            ),
            RunsState.choose_status,
        ),
    )


def _select(
    test_id: str, label: str, value: str, items: rx.Component, on_change: rx.event.EventType[str]
) -> rx.Component:
    return rx.select.root(
        rx.select.trigger(aria_label=label, min_width="150px", custom_attrs={"data-testid": test_id}),
        rx.select.content(items, position="popper"),
        value=value,
        on_change=on_change,
        size="2",
    )


def _list() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.table(
                rx.el.thead(
                    rx.el.tr(
                        *(rx.el.th(title, scope="col") for title in ("State", "Workflow", "Run", "Started")),
                        *(
                            rx.el.th(title, scope="col", custom_attrs={"data-numeric": "true"})
                            for title in ("Took", "Cost")
                        ),
                        rx.el.th("By", scope="col"),
                        rx.el.th("Reason or error", scope="col"),
                    )
                ),
                rx.el.tbody(rx.foreach(RunsState.lines, _line)),
                class_name="as-table",
            ),
            class_name="as-table-box",
            style={"max_height": "none"},
        ),
        _paging(),
        custom_attrs={"data-testid": "runs-list"},
    )


def _line(line: RunLine) -> rx.Component:
    return rx.el.tr(
        rx.el.td(run_badge(line.status, test_id=f"run-status-{line.run_id}")),
        rx.el.td(
            rx.link(
                line.workflow,
                href=line.address,
                underline="hover",
                color=theme.INK,
                font_weight="500",
                custom_attrs={"data-testid": f"run-{line.run_id}"},
            )
        ),
        rx.el.td(rx.el.span(line.short_id, style={"font_family": theme.MONO, "color": theme.MUTED})),
        rx.el.td(relative_time(line.started_at)),
        rx.el.td(rx.cond(line.duration != "", line.duration, "–"), custom_attrs={"data-numeric": "true"}),
        rx.el.td(line.cost, custom_attrs={"data-numeric": "true"}),
        rx.el.td(line.who),
        rx.el.td(rx.el.span(line.error, title=line.error, style={"color": theme.MUTED})),
        style={"height": "36px"},
    )


def _paging() -> rx.Component:
    return rx.box(
        rx.text(RunsState.span, color=theme.MUTED, custom_attrs={"data-testid": "runs-span"}),
        rx.cond(
            RunsState.has_newer | RunsState.has_older,
            rx.box(
                _turn("Newer", "chevron-left", RunsState.newer, unless(RunsState.has_newer)),
                _turn("Older", "chevron-right", RunsState.older, unless(RunsState.has_older)),
                display="flex",
                gap=theme.SPACE_1,
            ),
        ),
        display="flex",
        justify_content="space-between",
        align_items="center",
        min_height=theme.CONTROL,
        margin_top=theme.SPACE_3,
    )


def _turn(label: str, symbol: str, event: rx.event.EventType[()], blocked: rx.Var[bool]) -> rx.Component:
    return rx.button(
        icon(symbol),
        label,
        size="2",
        variant="soft",
        color_scheme="gray",
        disabled=blocked,
        on_click=event,
        custom_attrs={"data-testid": f"runs-{label.lower()}"},
    )


def _none() -> rx.Component:
    return rx.cond(
        RunsState.filtered,
        empty_state(
            title="No run fits",
            text="No run has this state and workflow.",
            action=rx.button(
                "Show all",
                size="2",
                variant="soft",
                on_click=RunsState.show_all,
                custom_attrs={"data-testid": "runs-show-all"},
            ),
        ),
        empty_state(
            title="No runs yet",
            text="Every run shows here from the moment it is asked for. Open a workflow and press Run.",
            action=rx.link("To the workflows", href="/", custom_attrs={"data-testid": "runs-to-gallery"}),
            symbol="play",
        ),
    )
