"""The kill switch: who may move it, what moves with it, and that what cannot be read is never called released."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import redis

from persistence.controls import AuditEntry, AuditFilter, ControlRepository
from persistence.errors import DatabaseUnavailable
from runtime.errors import AccessDenied, InvalidValue, Unavailable
from runtime.ids import UserId
from tasks.access import PROOF_LIFE, Actor, Reauthentication, Role
from tasks.control.context import Control
from tasks.control.halts import halt_status
from tasks.control.reaper import reap, restore_mirrors
from tasks.control.runs import get_run, start_run
from tasks.control.settings import SystemActor
from tasks.control.specs import create_empty, create_workflow
from tasks.control.switch import (
    engage,
    refuse_while_engaged,
    release,
    switch_engaged,
    switch_status,
)
from tasks.halt.keys import HALT_CHANNEL, halt_all_key
from tests.integration.installation import waiting_workflow
from tests.tasks.broken_database import BrokenDatabase
from tests.tasks.runs import claimed, pending

ADMIN = Actor(id=UserId("admin"), name="ada", role=Role.ADMIN)
OPERATOR = Actor(id=UserId("op"), name="oli", role=Role.OPERATOR)
ANALYST = Actor(id=UserId("ann"), name="ann", role=Role.ANALYST)
VIEWER = Actor(id=UserId("vic"), name="vic", role=Role.VIEWER)


@pytest.fixture
def heard(control: Control) -> Iterator[Any]:
    """A function that returns what was published about halts and the switch so far, as (channel, text)."""
    listener = control.redis.pubsub(ignore_subscribe_messages=True)
    listener.psubscribe(f"{control.settings.risk_kill_switch_key}:*", HALT_CHANNEL)
    for _ in range(2):
        listener.get_message(timeout=0.2)

    def messages() -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        while (message := listener.get_message(timeout=0.1)) is not None:
            found.append((str(message["channel"]), str(message["data"])))
        return found

    yield messages
    listener.close()


def proof_of(actor: Actor, control: Control) -> Reauthentication:
    return Reauthentication(user_id=actor.id, at=control.clock.now())


def audited(control: Control, action: str) -> list[AuditEntry]:
    with control.database.read() as session:
        return ControlRepository(session).audit(AuditFilter(action=action))


def cut_off(control: Control) -> Control:
    return replace(control, database=BrokenDatabase(control.database))  # pyright: ignore[reportArgumentType]


def without_redis(control: Control) -> Control:
    gone = redis.Redis.from_url("redis://127.0.0.1:1/0", decode_responses=True, socket_connect_timeout=0.1)
    return replace(control, redis=gone)


def test_engaging_writes_row_key_and_messages_and_stops_what_runs(control: Control, heard: Any) -> None:
    running = claimed(control.database, control.clock.now()).run_id
    queued = pending(control.database, control.clock.now())

    engaged = engage(control, OPERATOR, "  Fat finger ")

    status = engaged.status
    assert (status.state, status.reason, status.by) == ("engaged", "Fat finger", "oli")
    assert (status.row, status.key, status.at) == (True, True, engaged.halt.requested_at)
    key = control.settings.risk_kill_switch_key
    assert (control.redis.get(key), control.redis.ttl(key)) == ("Fat finger", -1)
    channels = [channel for channel, _ in heard()]
    assert channels == [f"{key}:engaged", HALT_CHANNEL]
    assert {(item.run_id, item.state) for item in engaged.halt.items} == {
        (running, "requested"),
        (queued, "proved"),
    }
    assert get_run(control, ADMIN, running).shown == "halting"
    assert get_run(control, ADMIN, queued).record.summary.error == "Fat finger"
    (entry,) = audited(control, "kill_switch.engage")
    assert (entry.actor_name, entry.reason, entry.target) == ("oli", "Fat finger", "everything")
    assert set((entry.detail or {})["runs"]) == {running, queued}


def test_the_message_tells_every_worker_to_stop_whatever_it_has(control: Control, heard: Any) -> None:
    engage(control, ADMIN, "Drill")

    assert '"run_ids": null' in heard()[1][1]
    # It is the switch that bars what comes; that key is only for halts whose rows are still to be written.
    assert not control.redis.exists(halt_all_key("workflows"))


@pytest.mark.parametrize("actor", [ANALYST, VIEWER])
def test_who_may_not_halt_everything_neither_engages_nor_releases(control: Control, actor: Actor) -> None:
    with pytest.raises(AccessDenied, match="engage the kill switch"):
        engage(control, actor, "Drill")
    engage(control, ADMIN, "Drill")

    with pytest.raises(AccessDenied, match="release the kill switch"):
        release(control, actor, "Over", proof_of(actor, control))

    assert switch_engaged(control)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_the_switch_needs_a_reason(control: Control, reason: str) -> None:
    with pytest.raises(InvalidValue, match="reason"):
        engage(control, ADMIN, reason)

    assert switch_status(control).state == "released"
    assert not control.redis.exists(control.settings.risk_kill_switch_key)


def test_engaging_twice_keeps_who_was_first_and_stops_what_runs_now(control: Control) -> None:
    engage(control, ADMIN, "First")
    late = pending(control.database, control.clock.now())

    again = engage(control, OPERATOR, "Second")

    assert (again.status.reason, again.status.by) == ("First", "ada")
    assert control.redis.get(control.settings.risk_kill_switch_key) == "First"
    assert [item.run_id for item in again.halt.items] == [late]
    assert [entry.reason for entry in audited(control, "kill_switch.engage")] == ["Second", "First"]


def test_nothing_starts_while_it_is_engaged(control: Control, analyst: Actor) -> None:
    create_workflow(control, analyst, waiting_workflow("quick", seconds=0.1))
    engage(control, ADMIN, "Drill")

    with pytest.raises(Unavailable, match="kill switch is engaged"):
        start_run(control, analyst, "quick", {})

    release(control, ADMIN, "Over", proof_of(ADMIN, control))

    started = start_run(control, analyst, "quick", {})
    (entry,) = audited(control, "run.start")
    assert (entry.actor_name, entry.target, entry.reason) == ("ann", started.run_id, "asked for")
    assert (entry.detail or {})["workflow"] == "quick"


def test_the_key_alone_is_engaged_even_when_it_is_empty(control: Control, analyst: Actor) -> None:
    create_empty(control, analyst, "idea")
    control.redis.set(control.settings.risk_kill_switch_key, "")

    status = switch_status(control)

    assert (status.state, status.reason, status.by, status.row) == ("engaged", "engaged", "", False)
    with pytest.raises(Unavailable, match="kill switch is engaged"):
        start_run(control, analyst, "idea", {})


def test_a_run_that_is_being_accepted_while_it_is_engaged_is_refused(
    control: Control, analyst: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_workflow(control, analyst, waiting_workflow("quick", seconds=0.1))
    engage(control, ADMIN, "Drill")
    # As if it had been engaged right after the first look.
    monkeypatch.setattr("tasks.control.runs.refuse_while_engaged", lambda _control: None)

    with pytest.raises(Unavailable, match="kill switch is engaged"):
        start_run(control, analyst, "quick", {})


def test_releasing_needs_a_fresh_proof_of_the_same_person(control: Control) -> None:
    engage(control, ADMIN, "Drill")
    now = control.clock.now()
    somebody = Reauthentication(user_id=UserId("else"), at=now)
    stale = Reauthentication(user_id=OPERATOR.id, at=now - PROOF_LIFE - timedelta(seconds=1))

    for proof in (somebody, stale):
        with pytest.raises(AccessDenied, match="password again") as refused:
            release(control, OPERATOR, "Over", proof)
        assert refused.value.field == "password"

    assert switch_engaged(control)


def test_releasing_removes_row_and_key_and_says_so(control: Control, heard: Any) -> None:
    engage(control, ADMIN, "Drill")
    heard()

    status = release(control, OPERATOR, "Checked", proof_of(OPERATOR, control))

    assert (status.state, status.row, status.key) == ("released", False, False)
    assert (status.reason, status.by) == ("Checked", "oli")
    assert heard() == [(f"{control.settings.risk_kill_switch_key}:released", "Checked")]
    (entry,) = audited(control, "kill_switch.release")
    assert (entry.actor_name, entry.reason) == ("oli", "Checked")
    assert (entry.detail or {})["engaged_because"] == "Drill"


def test_a_key_without_a_row_is_released_too(control: Control) -> None:
    control.redis.set(control.settings.risk_kill_switch_key, "by hand")

    assert release(control, ADMIN, "Over", proof_of(ADMIN, control)).state == "released"

    assert not control.redis.exists(control.settings.risk_kill_switch_key)


def test_while_the_database_is_away_the_key_halts_and_the_row_follows(control: Control, heard: Any) -> None:
    running = claimed(control.database, control.clock.now()).run_id

    engaged = engage(cut_off(control), ADMIN, "Storm")

    assert (engaged.halt.row_written, engaged.halt.published) == (False, True)
    assert (engaged.status.state, engaged.status.reason, engaged.status.row) == ("engaged", "Storm", None)
    assert len(heard()) == 2
    reap(control)
    status = switch_status(control)
    assert (status.row, status.by, status.reason) == (True, "ada", "Storm")
    assert [item.run_id for item in halt_status(control, engaged.halt.id).items] == [running]
    assert len(audited(control, "kill_switch.engage")) == 1


def test_a_release_leaves_nothing_behind_that_engages_it_again(control: Control) -> None:
    engage(cut_off(control), ADMIN, "Storm")

    release(control, ADMIN, "Over", proof_of(ADMIN, control))
    reap(control)

    assert switch_status(control).state == "released"
    assert len(audited(control, "kill_switch.engage")) == 1


def test_what_neither_database_nor_redis_takes_is_not_called_engaged(control: Control) -> None:
    with pytest.raises(Unavailable, match="may not be engaged"):
        engage(without_redis(cut_off(control)), ADMIN, "Storm")


def test_without_redis_it_is_engaged_by_its_row_and_the_key_follows(control: Control) -> None:
    engaged = engage(without_redis(control), ADMIN, "Storm")

    assert (engaged.status.state, engaged.status.row, engaged.status.key) == ("engaged", True, None)
    reap(control)
    assert control.redis.get(control.settings.risk_kill_switch_key) == "Storm"


def test_without_redis_it_is_not_released(control: Control) -> None:
    engage(control, ADMIN, "Storm")

    with pytest.raises(Unavailable, match="not released"):
        release(without_redis(control), ADMIN, "Over", proof_of(ADMIN, control))

    assert switch_status(control).state == "engaged"


def test_what_cannot_be_read_is_unknown_and_bars_the_start(control: Control) -> None:
    away = cut_off(control)

    assert switch_status(away).state == "unknown"
    assert switch_status(without_redis(away)).state == "unknown"
    assert switch_status(without_redis(control)).state == "released"
    with pytest.raises(DatabaseUnavailable):
        refuse_while_engaged(away)


def test_an_emptied_redis_is_told_again_of_an_engaged_switch(control: Control) -> None:
    restore_mirrors(control)
    with control.database.write() as session:
        ControlRepository(session).set_kill_switch(
            engaged=True, actor=SystemActor(name="test"), reason="Storm", now=control.clock.now()
        )

    reap(control)

    assert control.redis.get(control.settings.risk_kill_switch_key) == "Storm"
