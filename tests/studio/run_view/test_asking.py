"""What the screen says of questions: to whom, and how they were answered."""

from datetime import timedelta
from typing import Any

import pytest

from persistence.approvals import ApprovalRecord
from runtime.ids import RunId, SpecName, UserId
from studio.run_view.asking import asked, waiting_for
from studio.run_view.asking_view import answers, waiting_panel
from studio.run_view.follower import Reading
from studio.run_view.projection import advance
from studio.run_view.view import RunView
from tasks.access import Actor, Role
from tests.studio.run_view.frames import START, ended, numbered, started
from tests.studio.run_view.test_follower import row

OPERATOR = Actor(id=UserId("o"), name="olga", role=Role.OPERATOR)
ANALYST = Actor(id=UserId("a"), name="ann", role=Role.ANALYST)


def question(**fields: Any) -> ApprovalRecord:
    known: dict[str, Any] = {
        "run_id": RunId("r1"),
        "spec_name": SpecName("demo"),
        "started_by": "ann",
        "subject": "ask",
        "title": "Human approval",
        "question": "Go?",
        "who": "operator",
        "detail": {},
        "state": "pending",
        "asked_at": START,
        "expires_at": None,
        "answered_at": None,
        "answered_by_name": "",
        "comment": "",
        "amount_usd": None,
    }
    return ApprovalRecord(**{**known, **fields})


def reading(*questions: ApprovalRecord, over: bool = False) -> Reading:
    frames = (started("ask"), ended(5, "halted")) if over else (started("ask"),)
    view = advance(RunView(run_id=RunId("r1")), numbered(*frames))
    status = "halted" if over else "waiting"
    return Reading(view=view, record=row(status), halt=None, freshness="live", at=START, approvals=questions)


def test_who_may_answer_is_told_to_who_may_not() -> None:
    (for_operator,) = asked(reading(question()), OPERATOR)
    (for_analyst,) = asked(reading(question(who="admin")), ANALYST)

    assert (for_operator.may, for_operator.state) == (True, "waiting")
    assert (for_analyst.may, for_analyst.who) == (False, "an admin")


@pytest.mark.parametrize(
    ("fields", "words", "state"),
    [
        ({"state": "approved"}, "Approved by olga", "completed"),
        ({"state": "approved", "amount_usd": 2.5}, "Approved by olga: 2.5 USD more", "completed"),
        ({"state": "rejected"}, "Rejected by olga", "halted"),
        ({"state": "expired"}, "Rejected, since nobody answered in time", "halted"),
    ],
)
def test_an_answer_is_told_in_words(fields: dict[str, Any], words: str, state: str) -> None:
    (told,) = asked(reading(question(answered_by_name="olga", **fields)), ANALYST)

    assert (told.answer, told.state) == (words, state)


def test_a_deadline_is_told_and_what_is_answered_does_not_wait() -> None:
    late = START + timedelta(hours=1)
    told = asked(reading(question(expires_at=late), question(subject="b", state="approved")), OPERATOR)

    assert told[0].deadline == "Rejected if nobody answers by 2024-01-02 16:00 UTC"
    assert [each.subject for each in waiting_for(told)] == ["ask"]


def test_a_run_that_has_ended_waits_for_nobody() -> None:
    assert asked(reading(question(), over=True), OPERATOR) == []


@pytest.mark.parametrize(
    "test_id",
    [
        "approvals",
        "approval-question",
        "approval-comment",
        "approval-amount",
        "approve",
        "reject",
        "approval-who",
    ],
)
def test_the_panel_has_it(test_id: str) -> None:
    assert f'"{test_id}"' in str(waiting_panel())


def test_answers_stay_to_be_read() -> None:
    assert '"approval-answer"' in str(answers())
