"""What a monitor is told is what the rows and Redis hold; what is away is said to be away, and never shown as zero."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from persistence.database import Database
from persistence.halts import HaltRepository
from runtime.errors import AccessDenied
from runtime.settings import Settings
from tasks.access import Actor, Permission
from tasks.control.context import Control, build_control
from tasks.control.halts import halt_run
from tasks.control.metrics import measure
from tasks.control.settings import set_setting
from tasks.control.switch import engage
from tasks.control.workers import note_beat
from tasks.halt.keys import TRANSITIONS_KEY
from tests.tasks.broken_database import BrokenDatabase
from tests.tasks.control.test_specs import admin  # noqa: F401  # pyright: ignore[reportUnusedImport]  a fixture
from tests.tasks.desk_rows import queued, under_way
from tests.tasks.runs import claimed, pending


def test_runs_leases_and_halts_are_those_of_the_rows(control: Control, analyst: Actor, admin: Actor) -> None:  # noqa: F811
    now = control.clock.now()
    pending(control.database, now)
    held = claimed(control.database, now, lease=timedelta(hours=1))
    claimed(control.database, now - timedelta(hours=1))
    under_way(control, "paper")
    queued(control, "rl")
    halt_run(control, admin, held.run_id, "Drill")
    with control.database.write() as session:
        HaltRepository(session).prove(held.run_id, last_effect_at=now, at=control.clock.now())

    stored = measure(control, analyst).stored

    assert stored is not None
    assert dict(stored.runs.counts) == {
        ("workflows", "pending"): 1,
        ("workflows", "running"): 1,
        ("workflows", "halted"): 1,
        ("paper", "running"): 1,
        ("rl", "pending"): 1,
    }
    assert (stored.leases_held, stored.leases_lapsed) == (1, 1)
    assert (stored.halts_unproved, len(stored.halts_proved)) == (0, 1)
    assert stored.halts_proved[0].last_effect_at == now


def test_queues_beat_and_transitions_are_those_of_redis(control: Control, analyst: Actor) -> None:
    control.redis.lpush("agents", "message")
    control.redis.hset(TRANSITIONS_KEY, "completed", "7")
    note_beat(control)

    living = measure(control, analyst).living

    assert living is not None
    assert (living.work_force.queues["agents"], living.work_force.processes) == (1, ())
    assert living.transitions == {"completed": 7}
    assert living.beat_age_seconds is not None


def test_what_does_not_answer_is_away_and_the_switch_is_unknown(
    control: Control, analyst: Actor, database: Database, tmp_path: Path
) -> None:
    nowhere = build_control(
        Settings(home=tmp_path, redis_url="redis://127.0.0.1:1/0"), database=control.database
    )
    try:
        without_redis = measure(nowhere, analyst)
        cut_off: Control = replace(nowhere, database=BrokenDatabase(database))  # pyright: ignore[reportArgumentType]
        without_both = measure(cut_off, analyst)
    finally:
        nowhere.close()

    assert (without_redis.living, without_redis.stored is not None) == (None, True)
    assert (without_both.living, without_both.stored, without_both.switch) == (None, None, "unknown")


def test_an_engaged_switch_is_told(control: Control, analyst: Actor, admin: Actor) -> None:  # noqa: F811
    assert measure(control, analyst).switch == "released"

    engage(control, admin, "Storm")

    assert measure(control, analyst).switch == "engaged"


def test_with_the_studio_off_the_tables_of_workflows_are_left_alone(
    control: Control,
    analyst: Actor,
    admin: Actor,  # noqa: F811
) -> None:
    set_setting(control, admin, "orchestration_studio_enabled", False, "rollback")
    seen: list[str] = []
    with control.database.read() as session:
        engine = session.get_bind().engine
    listen = lambda *args: seen.append(args[2])  # noqa: E731
    event.listen(engine, "before_cursor_execute", listen)
    try:
        assert measure(control, analyst).stored is not None
    finally:
        event.remove(engine, "before_cursor_execute", listen)

    assert seen
    assert not [statement for statement in seen if "workflow_" in statement]


def test_only_who_may_read_is_told(control: Control, analyst: Actor) -> None:
    with pytest.raises(AccessDenied):
        measure(control, replace(analyst, only=frozenset({Permission.HALT})))
