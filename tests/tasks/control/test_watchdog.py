"""The watchdog of workflow runs on real rows: what it halts, how that is recorded, and when it does not look."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from persistence.controls import AuditFilter, ControlRepository
from persistence.database import Database, open_database
from persistence.events import EventRepository
from persistence.halts import HaltRepository
from persistence.runs import Claim, RunRepository
from runtime.frames import frame
from runtime.ids import RunId, UserId
from runtime.settings import Settings
from tasks.access import Actor, Role
from tasks.agent_watchdog_tasks import summary
from tasks.control.context import Control, build_control
from tasks.control.follow import stored_frames
from tasks.control.runs import get_run
from tasks.control.settings import open_local_rollout, set_setting
from tasks.control.switch import engage
from tasks.control.watch_turns import take_turn
from tasks.control.watchdog import scan_workflow_runs, workflow_health
from tests.conftest import Backend, NewDatabase
from tests.fakes import FakeClock
from tests.tasks.runs import claimed, pending

ADMIN = Actor(id=UserId("admin"), name="ada", role=Role.ADMIN)
FLAG = "orchestration_kill_propagation_enabled"


@pytest.fixture
def clock() -> FakeClock:
    """Time that moves when told."""
    return FakeClock()


@pytest.fixture
def control(database: Database, clean_redis_url: str, tmp_path: Path, clock: FakeClock) -> Iterator[Control]:
    """A control whose clock is ours."""
    yield from controls(database, clean_redis_url, tmp_path, clock)


def controls(
    database: Database, redis_url: str, home: Path, clock: FakeClock, **settings: Any
) -> Iterator[Control]:
    # On a busy machine a halt may take longer to write than its default budget; then a thread would outlive the test.
    patient = {"orchestration_halt_check_timeout_seconds": 30.0, **settings}
    built = build_control(Settings(home=home, redis_url=redis_url, **patient), database=database, clock=clock)
    open_local_rollout(built)
    yield built
    built.close()


def crumb(control: Control, claim: Claim) -> None:
    with control.database.write() as session:
        at = control.clock.now().isoformat()
        RunRepository(session).append_progress(claim.run_id, claim.token, crumbs=[{"node": "a", "at": at}])


def progress(control: Control, run_id: RunId) -> None:
    now = control.clock.now()
    told = frame("progress", "x", now, node="n", fraction=0.1)
    with control.database.write() as session:
        EventRepository(session).append_next(run_id, now, told)


def test_a_silent_run_is_halted_with_a_record_an_audit_entry_and_one_end(
    control: Control, clock: FakeClock
) -> None:
    silent = claimed(control.database, clock.now()).run_id
    clock.advance(301)
    fresh = claimed(control.database, clock.now()).run_id

    scan = scan_workflow_runs(control)

    task_id = get_run(control, ADMIN, silent).record.summary.task_id
    assert summary(scan, name="workflow_spec_name") == {
        "ok": True,
        "halted_count": 1,
        "halted": [
            {
                "run_id": silent,
                "workflow_spec_name": "test",
                "task_id": task_id,
                "revoked": True,
                "reason": "watchdog:workflow_stalled",
            }
        ],
        "at": clock.now().isoformat(),
    }
    view = get_run(control, ADMIN, silent)
    assert (view.shown, view.record.summary.error) == ("halting", "watchdog:workflow_stalled")
    assert view.record.summary.completed_at == clock.now()
    assert get_run(control, ADMIN, fresh).shown == "running"
    with control.database.read() as session:
        (item,) = HaltRepository(session).for_run(silent)
        (entry,) = ControlRepository(session).audit(AuditFilter(action="halt.run"))
    assert item.requested_at == clock.now()
    assert (entry.actor_name, entry.target, entry.reason) == ("watchdog", silent, "watchdog:workflow_stalled")
    assert scan_workflow_runs(control).halted == ()


def test_a_run_that_waits_too_long_for_a_worker_is_halted_and_ended_at_once(
    control: Control, clock: FakeClock
) -> None:
    run_id = pending(control.database, clock.now())
    clock.advance(599)
    assert scan_workflow_runs(control).halted == ()
    clock.advance(2)

    (halted,) = scan_workflow_runs(control).halted

    assert halted.reason == "watchdog:workflow_pending_stalled"
    (end,) = stored_frames(control, run_id)
    assert end["result"] == end["result"] | {
        "halted": True,
        "stage": "watchdog",
        "reason": "watchdog:workflow_pending_stalled",
        "run_id": run_id,
        "workflow": "test",
    }


@pytest.mark.parametrize("sign", ["crumb", "progress"])
def test_a_run_of_twenty_minutes_that_shows_progress_is_left_alone(
    control: Control, clock: FakeClock, sign: str
) -> None:
    claim = claimed(control.database, clock.now(), lease=timedelta(hours=1))
    for _ in range(5):
        clock.advance(240)
        if sign == "crumb":
            crumb(control, claim)
        else:
            progress(control, claim.run_id)
        assert scan_workflow_runs(control).halted == ()

    clock.advance(301)

    assert [run.run_id for run in scan_workflow_runs(control).halted] == [claim.run_id]


def test_a_lease_that_is_renewed_by_a_worker_whose_node_hangs_is_no_sign_of_life(
    control: Control, clock: FakeClock
) -> None:
    claim = claimed(control.database, clock.now(), lease=timedelta(hours=1))
    clock.advance(301)
    with control.database.write() as session:
        assert RunRepository(session).renew(claim.run_id, claim.token, clock.now() + timedelta(hours=1))

    assert [run.run_id for run in scan_workflow_runs(control).halted] == [claim.run_id]


def test_with_the_kill_switch_engaged_everything_that_has_not_ended_is_halted(
    control: Control, clock: FakeClock
) -> None:
    engage(control, ADMIN, "Storm")
    late = [claimed(control.database, clock.now()).run_id, pending(control.database, clock.now())]

    halted = scan_workflow_runs(control).halted

    assert {(run.run_id, run.reason) for run in halted} == {(run_id, "Storm") for run_id in late}


def test_a_key_set_by_hand_is_the_same_switch(control: Control, clock: FakeClock) -> None:
    control.redis.set(control.settings.risk_kill_switch_key, "by hand")
    run_id = pending(control.database, clock.now())

    assert [(run.run_id, run.reason) for run in scan_workflow_runs(control).halted] == [(run_id, "by hand")]


def test_with_kill_propagation_off_it_does_not_look(control: Control, clock: FakeClock) -> None:
    run_id = claimed(control.database, clock.now()).run_id
    set_setting(control, ADMIN, FLAG, False, "test")
    clock.advance(301)

    scan = scan_workflow_runs(control)

    assert (scan.halted, scan.skipped) == ((), "kill propagation is off")
    assert get_run(control, ADMIN, run_id).shown == "running"
    assert workflow_health(control, ADMIN).last_watchdog_at is None


def test_a_watchdog_that_is_switched_off_does_not_look(
    database: Database, clean_redis_url: str, tmp_path: Path, clock: FakeClock
) -> None:
    for control in controls(database, clean_redis_url, tmp_path, clock, agent_watchdog_enabled=False):
        claimed(control.database, clock.now())
        clock.advance(301)

        assert "AGENT_WATCHDOG_ENABLED" in scan_workflow_runs(control).skipped


def test_one_process_looks_per_turn(control: Control) -> None:
    assert [scan.skipped for scan in take_turn(control)] == ["", ""]
    assert take_turn(control) == ()


def test_its_health_names_counts_and_the_oldest_first(control: Control, clock: FakeClock) -> None:
    scan_workflow_runs(control)
    looked = clock.now()
    old = pending(control.database, clock.now())
    clock.advance(601)
    scan_workflow_runs(control)
    running = claimed(control.database, clock.now()).run_id
    clock.advance(20)
    waiting = pending(control.database, clock.now())
    clock.advance(5)

    health = workflow_health(control, ADMIN)

    assert (health.running, health.pending, health.halted_last_24h) == (1, 1, 1)
    assert [(one.run_id, one.status, one.stalled_seconds) for one in health.stalled_candidates] == [
        (running, "running", 25.0),
        (waiting, "pending", 5.0),
    ]
    assert old not in {one.run_id for one in health.stalled_candidates}
    assert health.last_watchdog_at == looked + timedelta(seconds=601)
    assert (health.stall_threshold_seconds, health.table_present) == (300.0, True)
    clock.advance(24 * 3600 + 1)
    assert workflow_health(control, ADMIN).halted_last_24h == 0


@pytest.mark.parametrize("backend", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_before_the_migration_there_is_nothing_and_it_says_so(
    backend: Backend, new_database: NewDatabase, clean_redis_url: str
) -> None:
    from persistence import migrate

    url = new_database(backend)
    migrate.upgrade(url, "0045_pgvector_foundation")
    settings = Settings(redis_url=clean_redis_url, orchestration_kill_propagation_enabled=True)
    control = build_control(settings, database=open_database(url))

    assert scan_workflow_runs(control).halted == ()
    health = workflow_health(control, ADMIN)
    assert (health.running, health.pending, health.table_present) == (0, 0, False)
    control.close()
