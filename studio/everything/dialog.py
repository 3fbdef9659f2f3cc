"""The dialog that halts everything, and its result lane by lane; mounted once per page, by the frame."""

from typing import cast

import reflex as rx

from studio import theme
from studio.charts.style import SHEET as CHART_SHEET
from studio.components.halt_dialog import QUICK_REASONS
from studio.components.icon import icon
from studio.components.unless import unless
from studio.everything.state import Count, EverythingState
from studio.everything.style import SHEET
from studio.everything.views import LaneLine
from studio.run_view.halt_state import TYPED
from studio.run_view.halts import HaltLine
from studio.run_view.style import SHEET as RUN_SHEET

_RESULT = EverythingState.result


def everything_dialog() -> rx.Component:
    """Return the dialog."""
    return rx.dialog.root(
        rx.dialog.content(
            rx.el.style(RUN_SHEET + CHART_SHEET + SHEET),
            rx.dialog.title(
                "Halt everything",
                font_size=theme.HEADING,
                line_height="20px",
                margin_bottom=theme.SPACE_1,
            ),
            rx.dialog.description(
                "Stops whatever runs on every desk at once, and engages the kill switch: nothing starts until somebody "
                "releases it. What was stopped cannot be continued.",
                size="2",
                color=theme.MUTED,
            ),
            rx.cond(_RESULT.id != "", everything_result(), _form()),
            _buttons(),
            max_width="620px",
            outline="none",
            custom_attrs={"data-testid": "everything-dialog"},
        ),
        open=EverythingState.open,
        on_open_change=EverythingState.set_open,
    )


def everything_result() -> rx.Component:
    """Return how far it has come: green only where everything is proved to have stopped."""
    return rx.el.div(
        rx.el.div(
            rx.cond(
                _RESULT.proved,
                icon("check"),
                rx.cond(_RESULT.settled, icon("triangle-alert"), icon("loader-circle", class_name="as-spin")),
            ),
            rx.el.span(_RESULT.sentence),
            class_name="as-halt-sentence",
            role="status",
            custom_attrs={
                "data-testid": "everything-sentence",
                "data-proved": rx.cond(_RESULT.proved, "true", "false"),
            },
        ),
        rx.el.ul(rx.foreach(_RESULT.lanes, _lane), class_name="as-everything"),
        class_name="as-halt",
        style={"margin_top": theme.SPACE_4},
        custom_attrs={"data-testid": "everything-result"},
    )


def _lane(lane: LaneLine) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            _mark(lane.tone),
            rx.el.b(lane.title),
            rx.el.span(lane.words, class_name="as-everything-words"),
            class_name="as-everything-head",
        ),
        rx.foreach(lane.lines, _run),
        custom_attrs={"data-testid": f"everything-{lane.desk}", "data-tone": lane.tone},
    )


def _run(line: HaltLine) -> rx.Component:
    return rx.el.div(
        rx.el.span(line.short_id, class_name="as-time"),
        rx.el.span("acknowledged ", rx.el.b(line.acknowledged)),
        rx.el.span("last side effect ", rx.el.b(line.last_effect)),
        rx.el.span(rx.cond(line.proved, "proved", "not proved yet")),
        title=line.words,
        class_name="as-everything-run",
        custom_attrs={
            "data-testid": f"everything-run-{line.run_id}",
            "data-proved": rx.cond(line.proved, "true", "false"),
        },
    )


def _mark(tone: str) -> rx.Component:
    return cast(
        rx.Component,
        rx.match(
            tone,
            ("ok", icon("check", color=theme.STATES["completed"].ink)),
            ("busy", icon("loader-circle", class_name="as-spin", color=theme.STATES["waiting"].ink)),
            ("bad", icon("triangle-alert", color=theme.STATES["error"].ink)),
            icon("triangle-alert", color=theme.STATES["waiting"].ink),
        ),
    )


def _form() -> rx.Component:
    return rx.el.form(
        rx.el.dl(
            rx.foreach(EverythingState.counts, _count),
            class_name="as-everything-counts",
            custom_attrs={"data-testid": "everything-counts"},
        ),
        rx.cond(
            EverythingState.uncounted,
            _remark(EverythingState.uncounted, test_id="everything-uncounted"),
        ),
        rx.cond(EverythingState.propagation_off, _propagation_off()),
        rx.el.label("Reason", html_for="everything-reason", style=_LABEL),
        rx.input(
            id="everything-reason",
            value=EverythingState.reason,
            on_change=EverythingState.write_reason,
            placeholder="Why it must stop; goes into the audit log",
            size="2",
            auto_focus=True,
            max_length=500,
            custom_attrs={"data-testid": "everything-reason"},
        ),
        rx.box(
            *(_pick(reason, number) for number, reason in enumerate(QUICK_REASONS, 1)),
            display="flex",
            gap=theme.SPACE_1,
            margin_top=theme.SPACE_2,
        ),
        rx.box(
            rx.el.label("Type ", rx.el.b(TYPED), " to confirm", html_for="everything-typed", style=_LABEL),
            rx.input(
                id="everything-typed",
                value=EverythingState.typed,
                on_change=EverythingState.write_typed,
                placeholder=TYPED,
                size="2",
                width="140px",
                auto_complete="off",
                custom_attrs={"data-testid": "everything-typed"},
            ),
            margin_top=theme.SPACE_3,
        ),
        rx.cond(EverythingState.problem != "", _problem()),
        on_submit=EverythingState.confirm,
        id="everything-form",
        style={"margin_top": theme.SPACE_4},
    )


def _count(count: Count) -> rx.Component:
    return rx.el.div(
        rx.el.dt(count.title),
        rx.el.dd(count.count),
        custom_attrs={"data-empty": rx.cond(count.count == 0, "true", "false")},
    )


def _propagation_off() -> rx.Component:
    return _remark(
        "Kill propagation is off: the lane of the workflows sends no halt of its own. The kill switch, which this "
        "engages, stops workflow runs all the same.",
        test_id="everything-propagation-off",
    )


def _remark(text: str | rx.Var[str], *, test_id: str) -> rx.Component:
    return rx.el.div(
        icon("info"),
        rx.el.span(text),
        class_name="as-remark",
        style={"margin_bottom": theme.SPACE_3},
        custom_attrs={"data-testid": test_id},
    )


def _problem() -> rx.Component:
    return rx.el.div(
        icon("triangle-alert"),
        rx.el.span(EverythingState.problem),
        class_name="as-problem",
        role="alert",
        style={"margin_top": theme.SPACE_3},
        custom_attrs={"data-testid": "everything-problem"},
    )


def _pick(reason: str, number: int) -> rx.Component:
    return rx.button(
        reason,
        type="button",
        size="1",
        variant="soft",
        color_scheme="gray",
        on_click=EverythingState.write_reason(reason),
        custom_attrs={"data-testid": f"everything-pick-{number}"},
    )


def _buttons() -> rx.Component:
    over = _RESULT.id != ""
    return rx.box(
        rx.button(
            rx.cond(over, "Close", "Cancel"),
            type="button",
            size="2",
            variant="soft",
            color_scheme="gray",
            on_click=EverythingState.set_open(False),
            custom_attrs={"data-testid": "everything-close"},
        ),
        rx.cond(
            over,
            rx.fragment(),
            rx.button(
                rx.cond(
                    EverythingState.sending, icon("loader-circle", class_name="as-spin"), icon("octagon")
                ),
                "Halt everything",
                type="submit",
                size="2",
                color_scheme="red",
                variant="solid",
                disabled=unless(EverythingState.ready),
                custom_attrs={"data-testid": "everything-confirm", "form": "everything-form"},
            ),
        ),
        display="flex",
        justify_content="flex-end",
        gap=theme.SPACE_2,
        margin_top=theme.SPACE_4,
    )


_LABEL = {"display": "block", "font_weight": "500", "margin_bottom": theme.SPACE_1}
