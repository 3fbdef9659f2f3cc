"""A question has one answer, from somebody who may give it, written down; then the run goes on."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from persistence.approvals import ApprovalRepository
from persistence.controls import AuditFilter, ControlRepository
from persistence.database import Database
from persistence.runs import RunRepository
from runtime.errors import AccessDenied, AlreadyAnswered, InvalidValue, NotFound, TooLarge, Unavailable
from runtime.ids import RunId
from runtime.settings import Settings
from tasks.access import Actor, Role
from tasks.control.approvals import answer_approval, list_approvals, may_answer
from tasks.control.context import Control, build_control
from tasks.control.follow import frames_after
from tasks.control.halts import halt_run, halt_status
from tasks.control.reaper import reap
from tasks.control.runs import get_run
from tasks.control.settings import SystemActor, open_local_rollout
from tests.fakes import FakeClock
from tests.tasks.runs import LEASE, budget_question, question, waiting

ADMIN = Actor(id="admin", name="ada", role=Role.ADMIN)
OPERATOR = Actor(id="operator", name="olga", role=Role.OPERATOR)
ANALYST = Actor(id="analyst", name="ann", role=Role.ANALYST)


@pytest.fixture
def clock() -> FakeClock:
    """Time that moves when told."""
    return FakeClock()


@pytest.fixture
def control(database: Database, clean_redis_url: str, tmp_path: Path, clock: FakeClock) -> Iterator[Control]:
    """A control whose clock is ours, with the rollout on."""
    built = build_control(Settings(home=tmp_path, redis_url=clean_redis_url), database=database, clock=clock)
    open_local_rollout(built)
    yield built
    built.close()


def status(control: Control, run_id: RunId) -> str:
    return get_run(control, ADMIN, run_id).shown


def test_an_approved_run_is_on_its_way_to_a_worker(control: Control, clock: FakeClock) -> None:
    run_id = waiting(control.database, clock.now())

    answered = answer_approval(control, OPERATOR, run_id, "ask", approve=True, comment=" fine ")

    assert (answered.state, answered.comment, answered.answered_by_name) == ("approved", "fine", "olga")
    assert status(control, run_id) == "pending"
    assert control.redis.llen("agents") == 1
    (told,) = frames_after(control, run_id)
    assert (told["stage"], told["message"], told["by"]) == ("answered", "Ask: approved by olga", "olga")
    with control.database.write() as session:
        claim = RunRepository(session).claim(run_id, worker="w2", now=clock.now(), lease=LEASE)
    assert claim is not None
    assert (claim.attempt, claim.goes_on, claim.active_ms) == (1, True, 1_500.0)
    assert claim.kept_state == {"outputs": {"a": {}}}


def test_an_answer_is_in_the_audit_log(control: Control, clock: FakeClock) -> None:
    run_id = waiting(control.database, clock.now())

    answer_approval(control, OPERATOR, run_id, "ask", approve=False, comment="too much")

    with control.database.read() as session:
        (entry,) = ControlRepository(session).audit(AuditFilter(target=run_id))
    assert (entry.action, entry.actor_name, entry.reason) == ("approval.reject", "olga", "too much")
    assert entry.detail == {"subject": "ask", "question": "Go?", "workflow": "test", "amount_usd": None}


def test_of_several_answers_at_once_one_wins_and_the_others_are_told(
    control: Control, clock: FakeClock
) -> None:
    run_id = waiting(control.database, clock.now())

    def answer(number: int) -> str:
        try:
            answer_approval(control, OPERATOR, run_id, "ask", approve=number % 2 == 0)
        except AlreadyAnswered as error:
            return error.message
        return "won"

    with ThreadPoolExecutor(max_workers=4) as threads:
        answers = list(threads.map(answer, range(8)))

    assert answers.count("won") == 1
    assert all("already, by olga" in answer for answer in answers if answer != "won")
    assert control.redis.llen("agents") == 1


def test_who_may_not_answer_is_told_so(control: Control, clock: FakeClock) -> None:
    run_id = waiting(control.database, clock.now(), question(who="admin"))

    with pytest.raises(AccessDenied, match="may not answer approvals"):
        answer_approval(control, ANALYST, run_id, "ask", approve=True)
    with pytest.raises(AccessDenied, match="ask for an admin"):
        answer_approval(control, OPERATOR, run_id, "ask", approve=True)
    assert (may_answer(OPERATOR, "operator"), may_answer(OPERATOR, "admin")) == (True, False)

    assert answer_approval(control, ADMIN, run_id, "ask", approve=True).state == "approved"


def test_what_is_not_asked_cannot_be_answered(control: Control, clock: FakeClock) -> None:
    run_id = waiting(control.database, clock.now())

    with pytest.raises(NotFound, match="Did you mean 'ask'"):
        answer_approval(control, OPERATOR, run_id, "aks", approve=True)
    with pytest.raises(NotFound, match="no run"):
        answer_approval(control, OPERATOR, "nowhere", "ask", approve=True)
    with pytest.raises(TooLarge):
        answer_approval(control, OPERATOR, run_id, "ask", approve=True, comment="x" * 2_001)
    with pytest.raises(InvalidValue, match="budget only"):
        answer_approval(control, OPERATOR, run_id, "ask", approve=True, amount_usd=1.0)


def test_a_second_question_is_answered_while_the_run_is_already_on_its_way(
    control: Control, clock: FakeClock
) -> None:
    run_id = waiting(control.database, clock.now(), question("one"), question("two"))

    answer_approval(control, OPERATOR, run_id, "one", approve=True)
    answer_approval(control, OPERATOR, run_id, "two", approve=True)

    assert status(control, run_id) == "pending"
    assert control.redis.llen("agents") == 1


def test_with_the_kill_switch_engaged_nothing_is_answered(control: Control, clock: FakeClock) -> None:
    run_id = waiting(control.database, clock.now(), question(expires_at=clock.now()))
    with control.database.write() as session:
        ControlRepository(session).set_kill_switch(
            engaged=True, actor=SystemActor(name="test"), reason="Storm", now=clock.now()
        )

    with pytest.raises(Unavailable, match="kill switch is engaged"):
        answer_approval(control, OPERATOR, run_id, "ask", approve=True)
    assert reap(control).expired == ()
    assert status(control, run_id) == "waiting"


def test_the_halt_of_a_run_that_waits_is_proved_at_once(control: Control, clock: FakeClock) -> None:
    before = clock.now() - timedelta(seconds=5)
    run_id = waiting(control.database, clock.now(), last_effect_at=before)

    halted = halt_run(control, OPERATOR, run_id, "Drill")

    assert halted.proved
    (item,) = halt_status(control, halted.id).items
    assert item.last_effect_at == before
    assert status(control, run_id) == "halted"
    (end,) = frames_after(control, run_id)
    assert (end["stage"], end["result"]["cost_usd"], end["result"]["duration_ms"]) == ("done", 0.5, 1_500.0)
    with pytest.raises(AlreadyAnswered, match="the run is halted"):
        answer_approval(control, OPERATOR, run_id, "ask", approve=True)


def test_what_waits_is_listed_oldest_first_until_it_is_answered_or_its_run_ends(
    control: Control, clock: FakeClock
) -> None:
    first = waiting(control.database, clock.now())
    clock.advance(1)
    second = waiting(control.database, clock.now())
    clock.advance(1)
    third = waiting(control.database, clock.now())
    assert [record.run_id for record in list_approvals(control, ANALYST)] == [first, second, third]

    answer_approval(control, OPERATOR, first, "ask", approve=True)
    halt_run(control, OPERATOR, second, "Drill")

    assert [record.run_id for record in list_approvals(control, ANALYST)] == [third]
    assert [record.state for record in get_run(control, ANALYST, first).approvals] == ["approved"]


def test_silence_counts_as_a_rejection_after_the_timeout(control: Control, clock: FakeClock) -> None:
    late = clock.now() + timedelta(seconds=60)
    run_id = waiting(control.database, clock.now(), question(expires_at=late))
    clock.advance(59)
    assert reap(control).expired == ()
    clock.advance(2)

    first, second = reap(control), reap(control)

    assert (first.expired, second.expired) == ((run_id,), ())
    with control.database.read() as session:
        record = ApprovalRepository(session).get(run_id, "ask")
    assert record is not None
    assert (record.state, record.comment) == ("expired", "Nobody answered within 60 s.")
    assert status(control, run_id) == "pending"


def test_a_budget_is_raised_by_the_amount_or_by_itself(control: Control, clock: FakeClock) -> None:
    run_id = waiting(control.database, clock.now(), budget_question(1), budget_question(2))

    with pytest.raises(InvalidValue, match="above 0"):
        answer_approval(control, OPERATOR, run_id, "guardrail:cost:1", approve=True, amount_usd=-1.0)
    first = answer_approval(control, OPERATOR, run_id, "guardrail:cost:1", approve=True, amount_usd=2.5)
    second = answer_approval(control, OPERATOR, run_id, "guardrail:cost:2", approve=True)

    assert (first.amount_usd, second.amount_usd) == (2.5, 5.0)
