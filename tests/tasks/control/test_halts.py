"""A halt goes out whatever is down, needs a reason, and never claims more than it knows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from persistence.controls import ControlRepository
from runtime.errors import AccessDenied, InvalidValue, NotFound
from runtime.ids import RunId, UserId
from tasks.access import Actor, Role
from tasks.control.context import Control
from tasks.control.halts import halt_run, halt_status, halt_workflows
from tasks.control.reaper import reap
from tasks.control.runs import get_run
from tasks.halt.keys import HALT_CHANNEL, halt_all_key, run_halt_key
from tests.tasks.broken_database import BrokenDatabase
from tests.tasks.runs import claimed, pending

ADMIN = Actor(id=UserId("admin"), name="ada", role=Role.ADMIN)
OPERATOR = Actor(id=UserId("op"), name="oli", role=Role.OPERATOR)
ANALYST = Actor(id=UserId("ann"), name="ann", role=Role.ANALYST)


@pytest.fixture
def published(control: Control) -> Iterator[Any]:
    """A function that returns the halt messages so far."""
    listener = control.redis.pubsub(ignore_subscribe_messages=True)
    listener.subscribe(HALT_CHANNEL)
    listener.get_message(timeout=0.2)

    def messages() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while (message := listener.get_message(timeout=0.1)) is not None:
            found.append(json.loads(message["data"]))
        return found

    yield messages
    listener.close()


def test_a_halt_writes_row_key_message_and_audit(control: Control, published: Any) -> None:
    claim = claimed(control.database, control.clock.now())

    record = halt_run(control, OPERATOR, claim.run_id, "  Drill ")

    assert [item.state for item in record.items] == ["requested"]
    assert (record.reason, record.proved) == ("Drill", False)
    assert get_run(control, ADMIN, claim.run_id).shown == "halting"
    assert control.redis.get(run_halt_key(claim.run_id)) == "Drill"
    assert [message["run_ids"] for message in published()] == [[claim.run_id]]
    with control.database.read() as session:
        entry = next(e for e in ControlRepository(session).audit() if e.action == "halt.run")
    assert (entry.actor_name, entry.reason, entry.target) == ("oli", "Drill", claim.run_id)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_a_halt_needs_a_reason_of_up_to_500_characters(control: Control, reason: str) -> None:
    run_id = pending(control.database, control.clock.now())

    with pytest.raises(InvalidValue, match="reason"):
        halt_run(control, ADMIN, run_id, reason)

    assert get_run(control, ADMIN, run_id).shown == "pending"


def test_an_analyst_halts_own_runs_only_and_nobody_all(control: Control) -> None:
    own = pending(control.database, control.clock.now(), created_by=ANALYST.id)
    other = pending(control.database, control.clock.now(), created_by="somebody")

    assert halt_run(control, ANALYST, own, "Mine").proved
    with pytest.raises(AccessDenied):
        halt_run(control, ANALYST, other, "Not mine")
    with pytest.raises(AccessDenied):
        halt_workflows(control, ANALYST, "All", "HALT")
    assert get_run(control, ADMIN, other).shown == "pending"


def test_a_halt_takes_the_runs_that_a_run_has_started_with_it(control: Control) -> None:
    parent = pending(control.database, control.clock.now())
    child = pending(control.database, control.clock.now(), parent=parent)
    grandchild = pending(control.database, control.clock.now(), parent=child)

    record = halt_run(control, ADMIN, parent, "Drill")

    assert {item.run_id for item in record.items} == {parent, child, grandchild}
    assert record.proved


def test_what_does_not_exist_is_not_halted(control: Control) -> None:
    with pytest.raises(NotFound):
        halt_run(control, ADMIN, "nobody", "Drill")
    with pytest.raises(NotFound):
        halt_status(control, "nothing")


@pytest.mark.parametrize("everything", [True, False])
def test_while_the_database_is_away_key_and_message_go_out_and_the_row_follows(
    control: Control, published: Any, *, everything: bool
) -> None:
    from dataclasses import replace

    run_id = pending(control.database, control.clock.now())
    away = BrokenDatabase(control.database)
    cut_off: Control = replace(control, database=away)  # pyright: ignore[reportArgumentType]

    if everything:
        record = halt_workflows(cut_off, ADMIN, "Drill", "HALT")
    else:
        record = halt_run(cut_off, ADMIN, run_id, "Drill")

    assert (record.row_written, record.published, record.proved) == (False, True, False)
    assert [message["run_ids"] for message in published()] == [None if everything else [run_id]]
    key = halt_all_key("workflows") if everything else run_halt_key(run_id)
    assert control.redis.get(key) == "Drill"

    assert not halt_status(control, record.id).row_written
    reap(control)

    written = halt_status(control, record.id)
    assert (written.row_written, written.proved) == (True, True)
    assert [item.run_id for item in written.items] == [run_id]
    assert get_run(control, ADMIN, run_id).record.summary.error == "Drill"
    assert not control.redis.exists(halt_all_key("workflows"))


def test_while_the_database_is_away_an_analyst_cannot_show_that_a_run_is_theirs(control: Control) -> None:
    from dataclasses import replace

    run_id = pending(control.database, control.clock.now(), created_by=ANALYST.id)
    cut_off: Control = replace(control, database=BrokenDatabase(control.database))  # pyright: ignore[reportArgumentType]

    with pytest.raises(AccessDenied):
        halt_run(cut_off, ANALYST, RunId(run_id), "Drill")
