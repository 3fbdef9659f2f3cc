from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from persistence.controls import AuditEntry, AuditFilter, ControlRepository, KillSwitch
from persistence.database import Database
from runtime.errors import InvalidValue
from tests.persistence.conftest import NOW

MINUTE = timedelta(minutes=1)
FLAG = "orchestration_studio_enabled"
ROUNDS = "orchestration_max_debate_rounds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    id: str | None
    name: str


ADA = Somebody(id="u1", name="Ada")
BOB = Somebody(id="u2", name="Bob")


def test_an_override_is_set_changed_and_removed_and_each_change_is_written_down(database: Database) -> None:
    with database.write() as session:
        controls = ControlRepository(session)
        assert controls.set_override(FLAG, True, actor=ADA, reason="phase 5", now=NOW)
        assert not controls.set_override(FLAG, True, actor=BOB, reason="again", now=NOW)
        assert controls.set_override(ROUNDS, 3, actor=BOB, reason=None, now=NOW + MINUTE)
        assert controls.set_override(FLAG, False, actor=BOB, reason="rollback", now=NOW + MINUTE)
        assert controls.overrides() == {FLAG: False, ROUNDS: 3}

        assert controls.set_override(FLAG, None, actor=ADA, reason="default", now=NOW + 2 * MINUTE)
        assert not controls.set_override(FLAG, None, actor=ADA, reason="default", now=NOW + 2 * MINUTE)
        assert controls.overrides() == {ROUNDS: 3}

        history = [(c.old, c.new, c.actor_name, c.reason, c.at) for c in controls.changes(FLAG)]
        assert history == [
            (False, None, "Ada", "default", NOW + 2 * MINUTE),
            (True, False, "Bob", "rollback", NOW + MINUTE),
            (None, True, "Ada", "phase 5", NOW),
        ]
        assert [c.name for c in controls.changes(limit=3)] == [FLAG, FLAG, ROUNDS]


def test_one_and_true_are_different_values(database: Database) -> None:
    with database.write() as session:
        controls = ControlRepository(session)
        controls.set_override(FLAG, True, actor=ADA, reason=None, now=NOW)

        assert controls.set_override(FLAG, 1, actor=ADA, reason=None, now=NOW)
        assert controls.overrides()[FLAG] is not True


def test_the_kill_switch_keeps_who_engaged_it_first_until_it_is_released(database: Database) -> None:
    with database.write() as session:
        controls = ControlRepository(session)
        assert controls.kill_switch() == KillSwitch(
            engaged=False, reason=None, by_id=None, by_name=None, at=None
        )

        controls.set_kill_switch(engaged=True, actor=ADA, reason="limit breach", now=NOW)
        again = controls.set_kill_switch(engaged=True, actor=BOB, reason="me too", now=NOW + MINUTE)
        assert again == KillSwitch(engaged=True, reason="limit breach", by_id="u1", by_name="Ada", at=NOW)

        controls.set_kill_switch(engaged=False, actor=BOB, reason="checked", now=NOW + MINUTE)
    with database.read() as session:
        assert ControlRepository(session).kill_switch() == KillSwitch(
            engaged=False, reason="checked", by_id="u2", by_name="Bob", at=NOW + MINUTE
        )


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_engaging_the_kill_switch_takes_a_reason(database: Database, reason: str | None) -> None:
    with pytest.raises(InvalidValue), database.write() as session:
        ControlRepository(session).set_kill_switch(engaged=True, actor=ADA, reason=reason, now=NOW)

    with database.read() as session:
        assert not ControlRepository(session).kill_switch().engaged


def test_the_audit_log_is_read_newest_first_and_by_every_filter(database: Database) -> None:
    first = AuditEntry(
        at=NOW,
        actor_id="u1",
        actor_name="Ada",
        action="run.halt",
        target="run:1",
        reason="too \x00 long",
        detail={"hit": 3, "ratio": float("nan")},
    )
    second = AuditEntry(
        at=NOW + MINUTE, actor_id=None, actor_name="watchdog", action="run.lose", target="run:2"
    )
    with database.write() as session:
        controls = ControlRepository(session)
        controls.append_audit(first)
        controls.append_audit(second)

    with database.read() as session:
        controls = ControlRepository(session)
        newest, oldest = controls.audit()
        assert replace(newest, id=None) == second
        assert (oldest.reason, oldest.detail) == ("too \ufffd long", {"hit": 3, "ratio": None})
        for which, expected in (
            (AuditFilter(action="run.halt"), [oldest]),
            (AuditFilter(actor_id="u1"), [oldest]),
            (AuditFilter(target="run:2"), [newest]),
            (AuditFilter(since=NOW + MINUTE), [newest]),
            (AuditFilter(until=NOW + MINUTE), [oldest]),
            (AuditFilter(before_id=newest.id), [oldest]),
            (AuditFilter(action="run.start"), []),
        ):
            assert controls.audit(which) == expected
        assert controls.audit(limit=1) == [newest]
