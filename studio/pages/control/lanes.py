"""One desk as a column: how much runs there, its buttons, and a card per run."""

import reflex as rx

from runtime.desks import DeskName
from studio import theme
from studio.components.icon import icon
from studio.components.relative_time import relative_time
from studio.components.state_badge import state_color
from studio.pages.control.state import ControlState, lane_var
from studio.pages.control.views import Card, LaneView
from studio.run_view.halt_state import HaltState
from studio.run_view.run_badge import run_badge
from studio.session_state import SessionState


def lane(desk: DeskName, title: str, symbol: str, summary: str, start: rx.Component) -> rx.Component:
    """Return the column of a desk; `start` is the button that starts something there."""
    shown: LaneView = getattr(ControlState, lane_var(desk))
    return rx.el.section(
        rx.el.header(
            rx.el.div(
                icon(symbol, size=theme.ICON, color=theme.MUTED),
                rx.el.h2(title, title=summary),
                rx.el.span(
                    shown.active,
                    class_name="as-lane-count",
                    aria_label=rx.Var.create(shown.active).to_string() + " under way",
                    custom_attrs={
                        "data-testid": f"lane-count-{desk}",
                        "data-none": rx.cond(shown.active == 0, "true", "false"),
                    },
                ),
                class_name="as-lane-title",
            ),
            rx.el.div(_halt_lane(desk, title, shown), start, class_name="as-lane-actions"),
            class_name="as-lane-head",
        ),
        rx.el.div(
            rx.cond(shown.off != "", _off(desk, shown)),
            rx.cond(shown.cards, rx.foreach(shown.cards, card), _empty(shown, summary)),
            rx.cond(shown.more > 0, rx.el.div(shown.more, " more under way", class_name="as-lane-empty")),
            class_name="as-lane-body",
        ),
        class_name="as-lane",
        aria_label=title,
        custom_attrs={"data-testid": f"lane-{desk}"},
    )


def card(run: Card) -> rx.Component:
    """Return the card of a run."""
    return rx.el.article(
        rx.el.div(rx.el.span(run.name, title=run.name, class_name="as-run-name"), class_name="as-lane-title"),
        rx.el.div(
            run_badge(run.status, test_id=f"card-status-{run.run_id}"),
            rx.cond(run.active, rx.fragment(rx.cond(run.waits, "asked ", ""), relative_time(run.since))),
            rx.cond(run.cost != "", rx.el.span(run.cost)),
            class_name="as-run-line",
        ),
        rx.cond(run.progress != "", _progress(run)),
        rx.cond(run.note != "", rx.el.div(run.note, title=run.note, class_name="as-run-note")),
        rx.cond(
            run.holds != "",
            rx.el.div(icon("layers", size=12), "holds ", run.holds, class_name="as-run-holds"),
        ),
        rx.cond(run.was_halted, _times(run)),
        rx.cond(
            run.reason != "",
            rx.el.div("“", run.reason, "”", title=run.reason, class_name="as-run-note"),
        ),
        rx.el.div(
            rx.cond(run.active, _halt_run(run)),
            rx.link(
                "Open",
                href=run.address,
                size="1",
                custom_attrs={"data-testid": f"card-open-{run.run_id}"},
            ),
            rx.el.span(run.who, class_name="as-lane-why as-end"),
            class_name="as-run-actions",
        ),
        key=run.run_id,
        class_name="as-run",
        style={"--as-run-color": state_color(rx.cond(run.status == "halting", "waiting", run.status))},
        custom_attrs={"data-testid": f"card-{run.run_id}", "data-state": run.status},
    )


def _halt_lane(desk: DeskName, title: str, shown: LaneView) -> rx.Component:
    ask = HaltState.ask_workflows if desk == "workflows" else HaltState.ask_desk(desk)
    return rx.cond(
        SessionState.can_halt_all,
        rx.button(
            icon("octagon"),
            "Halt",
            size="1",
            color_scheme="red",
            # Where nothing runs it is there, but does not shout.
            variant=rx.cond((shown.active > 0) | (shown.off != ""), "solid", "soft"),
            aria_label=f"Halt everything of {title}",
            on_click=ask,
            custom_attrs={"data-testid": f"halt-lane-{desk}"},
        ),
        _why_not(desk),
    )


def _why_not(desk: DeskName) -> rx.Component:
    return rx.el.span(
        icon("lock", size=12),
        " Halting a desk takes operator or admin.",
        class_name="as-lane-why",
        custom_attrs={"data-testid": f"halt-lane-why-{desk}"},
    )


def _halt_run(run: Card) -> rx.Component:
    allowed = SessionState.can_halt_all | (SessionState.can_halt & (SessionState.user_id == run.owner))
    return rx.cond(
        allowed,
        rx.button(
            icon("octagon"),
            "Halt",
            size="1",
            color_scheme="red",
            variant="solid",
            aria_label="Halt " + run.name,
            on_click=HaltState.ask_desk_run(run.desk, run.run_id),
            custom_attrs={"data-testid": f"card-halt-{run.run_id}"},
        ),
        rx.el.span(
            rx.cond(SessionState.can_halt, "not yours to halt", "read only"),
            title=f"Your role {SessionState.role} may not halt this run.",
            class_name="as-lane-why",
            custom_attrs={"data-testid": f"card-why-{run.run_id}"},
        ),
    )


def _progress(run: Card) -> rx.Component:
    return rx.el.div(
        rx.el.div(class_name="as-run-fill", style={"--as-done": run.progress}),
        class_name="as-run-track",
        role="progressbar",
        aria_label=run.percent,
        title=run.percent,
    )


def _times(run: Card) -> rx.Component:
    return rx.el.dl(
        rx.el.dt("Requested"),
        rx.el.dd(run.times.requested),
        rx.el.dt("Acknowledged"),
        rx.el.dd(run.times.acknowledged, custom_attrs={"data-testid": f"card-ack-{run.run_id}"}),
        rx.el.dt("Last side effect"),
        rx.el.dd(run.times.last_effect, custom_attrs={"data-testid": f"card-effect-{run.run_id}"}),
        title=run.times.words,
        class_name="as-run-times",
        custom_attrs={"data-testid": f"card-times-{run.run_id}"},
    )


def _off(desk: DeskName, shown: LaneView) -> rx.Component:
    return rx.el.div(
        icon("power-off"),
        rx.el.span(shown.off),
        class_name="as-remark",
        style={"font_size": theme.TEXT_SMALL},
        custom_attrs={"data-testid": f"lane-off-{desk}"},
    )


def _empty(shown: LaneView, summary: str) -> rx.Component:
    return rx.cond(
        shown.off == "",
        rx.el.div(
            rx.el.div("Nothing runs."),
            rx.el.div(summary),
            class_name="as-lane-empty",
        ),
    )
