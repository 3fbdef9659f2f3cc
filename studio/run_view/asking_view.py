"""The panel of a run that waits for a person: the question, and two buttons for who may answer it."""

from typing import Any

import reflex as rx

from studio import theme
from studio.components.icon import icon
from studio.components.relative_time import relative_time
from studio.components.state_badge import state_icon
from studio.run_view.asking_state import AskingState
from studio.run_view.state import RunState

_ASKING: Any = AskingState
_RUN: Any = RunState


def waiting_panel() -> rx.Component:
    """Return the questions that wait for an answer; nothing while there is none."""
    return rx.cond(
        _RUN.waiting_for,
        rx.el.section(
            rx.foreach(_RUN.waiting_for, _question),
            class_name="as-asks",
            aria_label="Waits for a person",
            custom_attrs={"data-testid": "approvals"},
        ),
    )


def answers() -> rx.Component:
    """Return what people have answered; nothing while nobody has."""
    return rx.foreach(_RUN.asked, lambda each: rx.cond(each.answer != "", _answered(each)))


def _question(asked: Any) -> rx.Component:  # noqa: ANN401  a Var of `Asked`
    return rx.el.div(
        rx.el.div(
            icon("hand"),
            rx.el.strong(asked.title),
            rx.el.span("asked ", relative_time(asked.asked_at), style={"color": theme.MUTED}),
            rx.cond(asked.deadline != "", rx.el.span(asked.deadline, style={"color": theme.MUTED})),
            class_name="as-ask-head",
        ),
        rx.el.p(asked.question, class_name="as-ask-text", custom_attrs={"data-testid": "approval-question"}),
        rx.cond(asked.may, _form(asked), _who_can(asked)),
        rx.cond(
            (_ASKING.problem != "") & (_ASKING.problem_of == asked.subject),
            rx.el.p(
                icon("triangle-alert"),
                _ASKING.problem,
                class_name="as-problem",
                role="alert",
                custom_attrs={"data-testid": "approval-problem"},
            ),
        ),
        class_name="as-ask",
        key=asked.subject,
        custom_attrs={"data-testid": f"approval-{asked.subject}"},
    )


def _form(asked: Any) -> rx.Component:  # noqa: ANN401
    busy = _ASKING.sending == asked.subject
    return rx.el.div(
        rx.input(
            on_change=lambda text: _ASKING.write_comment(asked.subject, text),
            placeholder="Comment (kept in the audit log)",
            aria_label="Comment",
            size="2",
            class_name="as-grow",
            custom_attrs={"data-testid": "approval-comment"},
        ),
        rx.cond(
            asked.budget,
            rx.input(
                on_change=lambda text: _ASKING.write_amount(asked.subject, text),
                placeholder="USD more",
                title="What is added to the budget of this run; empty: the workflow's own budget once more",
                aria_label="Amount to add in USD",
                input_mode="decimal",
                size="2",
                width="110px",
                custom_attrs={"data-testid": "approval-amount"},
            ),
        ),
        rx.button(
            icon("check"),
            "Approve",
            size="2",
            disabled=busy,
            on_click=_ASKING.answer(asked.subject, True),  # noqa: FBT003
            custom_attrs={"data-testid": "approve"},
        ),
        rx.button(
            icon("x"),
            "Reject",
            size="2",
            variant="soft",
            color_scheme="gray",
            disabled=busy,
            on_click=_ASKING.answer(asked.subject, False),  # noqa: FBT003
            custom_attrs={"data-testid": "reject"},
        ),
        class_name="as-ask-form",
    )


def _who_can(asked: Any) -> rx.Component:  # noqa: ANN401
    return rx.el.p(
        "It waits for ",
        asked.who,
        ".",
        style={"color": theme.MUTED, "margin": "0"},
        custom_attrs={"data-testid": "approval-who"},
    )


def _answered(asked: Any) -> rx.Component:  # noqa: ANN401
    return rx.el.div(
        state_icon(asked.state),
        rx.el.strong(asked.title),
        rx.el.span(asked.answer),
        rx.cond(asked.comment != "", rx.el.span("“", asked.comment, "”", style={"color": theme.MUTED})),
        class_name="as-ask-head",
        custom_attrs={"data-testid": "approval-answer"},
    )
