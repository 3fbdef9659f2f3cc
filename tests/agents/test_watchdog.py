"""What the agents' watchdog halts, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from persistence.controls import AuditFilter, ControlRepository
from persistence.database import Database
from persistence.desk_runs import DeskProgress, DeskRunRepository, NewDeskRun
from persistence.halts import HaltRepository
from runtime.desks import DeskName
from runtime.ids import RunId, TaskId, new_id
from runtime.settings import Settings
from runtime.watchdog import Policy, Verdict, Watched, judge, last_sign, silent_for
from tasks.agent_watchdog_tasks import summary
from tasks.control.agent_watchdog import scan_agent_runs
from tasks.control.context import Control, build_control
from tests.fakes import EPOCH, FakeClock

SECOND = timedelta(seconds=1)
THRESHOLD = 300.0
AGENTS = Policy(desk="agent", enabled=True, stall_threshold_seconds=THRESHOLD)


def pending(seconds: float) -> Watched:
    return Watched(run_id="r", status="pending", asked_at=EPOCH - seconds * SECOND)


def running(seconds: float, *, step: float | None = None) -> Watched:
    return Watched(
        run_id="r",
        status="running",
        asked_at=EPOCH - (seconds + 5) * SECOND,
        started_at=EPOCH - seconds * SECOND,
        last_frame_at=None if step is None else EPOCH - step * SECOND,
    )


@pytest.mark.parametrize(
    ("run", "reason"),
    [
        (pending(599), None),
        (pending(601), "watchdog:pending_stalled"),
        (running(299), None),
        (running(301), "watchdog:stalled"),
        (running(4000, step=299), None),
        (running(4000, step=301), "watchdog:stalled"),
    ],
)
def test_a_pending_run_may_wait_twice_the_threshold_and_a_running_one_be_silent_for_it(
    run: Watched, reason: str | None
) -> None:
    expected = [] if reason is None else [Verdict(run_id="r", reason=reason)]

    assert judge([run], EPOCH, AGENTS) == expected


def test_runs_of_workflows_have_reasons_of_their_own() -> None:
    policy = Policy(desk="workflow", enabled=True, stall_threshold_seconds=THRESHOLD)

    reasons = [verdict.reason for verdict in judge([pending(601), running(301)], EPOCH, policy)]

    assert reasons == ["watchdog:workflow_pending_stalled", "watchdog:workflow_stalled"]


def test_a_threshold_below_thirty_seconds_counts_as_thirty() -> None:
    hasty = Policy(desk="agent", enabled=True, stall_threshold_seconds=1)

    assert judge([running(29)], EPOCH, hasty) == []
    assert judge([running(31)], EPOCH, hasty)


@pytest.mark.parametrize(
    "at", ["2024-01-02T14:59:30+00:00", "2024-01-02T09:59:30-05:00", "2024-01-02T14:59:30"]
)
def test_the_time_of_a_crumb_is_an_iso_text_in_any_zone(at: str) -> None:
    run = Watched(
        run_id="r", status="running", asked_at=EPOCH - 4000 * SECOND, crumbs=[{"node": "a", "at": at}]
    )

    assert silent_for(run, EPOCH) == 30 * SECOND


@pytest.mark.parametrize("crumb", [{}, {"at": None}, {"at": "yesterday"}, {"at": 12}])
def test_a_crumb_without_a_readable_time_says_nothing(crumb: dict[str, object]) -> None:
    start = EPOCH - 10 * SECOND
    run = Watched(run_id="r", status="running", asked_at=start - SECOND, started_at=start, crumbs=[crumb])

    assert last_sign(run) == start


def test_the_newest_sign_counts_whatever_the_order() -> None:
    crumbs = [{"at": (EPOCH - seconds * SECOND).isoformat()} for seconds in (50, 20, 90)]
    run = Watched(
        run_id="r",
        status="running",
        asked_at=EPOCH - 200 * SECOND,
        started_at=EPOCH - 100 * SECOND,
        crumbs=crumbs,
        last_frame_at=EPOCH - 40 * SECOND,
    )

    assert last_sign(run) == EPOCH - 20 * SECOND


def test_a_healthy_run_of_twenty_minutes_is_never_halted() -> None:
    start = EPOCH
    for minute in range(20):
        now = start + timedelta(minutes=minute)
        run = Watched(
            run_id="r",
            status="running",
            asked_at=start,
            started_at=start,
            crumbs=[{"at": start.isoformat()}],
            last_frame_at=now - timedelta(minutes=4),
        )
        assert judge([run], now, AGENTS) == []


def test_a_sign_from_a_clock_that_is_ahead_is_no_stall() -> None:
    assert silent_for(running(-30), EPOCH) == timedelta()


@pytest.mark.parametrize("status", ["pending", "running", "waiting"])
def test_with_the_kill_switch_engaged_every_run_is_halted_for_its_reason(status: str) -> None:
    run = Watched(run_id="r", status=status, asked_at=EPOCH)  # pyright: ignore[reportArgumentType]
    engaged = Policy(desk="agent", enabled=True, stall_threshold_seconds=THRESHOLD, switch_reason="Storm")

    assert judge([run], EPOCH, engaged) == [Verdict(run_id="r", reason="Storm")]


def test_a_run_that_waits_for_a_person_is_not_stalled() -> None:
    run = Watched(run_id="r", status="waiting", asked_at=EPOCH - timedelta(days=3))

    assert judge([run], EPOCH, AGENTS) == []


def test_a_watchdog_that_is_switched_off_halts_nothing() -> None:
    off = Policy(desk="agent", enabled=False, stall_threshold_seconds=THRESHOLD, switch_reason="Storm")

    assert judge([running(4000)], EPOCH, off) == []


@pytest.fixture
def clock() -> FakeClock:
    """Time that moves when told."""
    return FakeClock()


def controls(
    database: Database, redis_url: str, home: Path, clock: FakeClock, **settings: Any
) -> Iterator[Control]:
    """Give a control whose clock is ours, with every flag off."""
    # On a busy machine a halt may take longer to write than its default budget; then a thread would outlive the test.
    patient = {"orchestration_halt_check_timeout_seconds": 30.0, **settings}
    built = build_control(Settings(home=home, redis_url=redis_url, **patient), database=database, clock=clock)
    yield built
    built.close()


@pytest.fixture
def control(database: Database, clean_redis_url: str, tmp_path: Path, clock: FakeClock) -> Iterator[Control]:
    """A control with the settings' defaults."""
    yield from controls(database, clean_redis_url, tmp_path, clock)


def asked(control: Control, desk: DeskName = "agents", name: str = "equity_researcher") -> RunId:
    """Ask a desk for a run."""
    run = NewDeskRun(
        run_id=RunId(new_id()),
        task_id=TaskId("task"),
        desk=desk,
        kind="run",
        name=name,
        queue="agents",
        config={},
        created_by=None,
        created_by_name="ann",
    )
    with control.database.write() as session:
        DeskRunRepository(session).insert_pending(run, control.clock.now())
    return run.run_id


def taken(control: Control, desk: DeskName = "agents") -> RunId:
    """Ask a desk for a run, and let a worker take it."""
    run_id = asked(control, desk)
    with control.database.write() as session:
        claim = DeskRunRepository(session).claim(
            run_id, worker="w1", now=control.clock.now(), lease=timedelta(hours=1)
        )
    assert claim is not None
    return run_id


def step(control: Control, run_id: RunId) -> None:
    """Let the worker tell something."""
    with control.database.write() as session:
        assert DeskRunRepository(session).tell(run_id, 1, DeskProgress(heard_at=control.clock.now()))


def test_a_silent_agent_is_halted_with_a_record_and_an_audit_entry(
    control: Control, clock: FakeClock
) -> None:
    run_id = taken(control)
    clock.advance(301)

    scan = scan_agent_runs(control)

    assert summary(scan, name="spec_name") == {
        "ok": True,
        "halted_count": 1,
        "halted": [
            {
                "run_id": run_id,
                "spec_name": "equity_researcher",
                "task_id": "task",
                "revoked": True,
                "reason": "watchdog:stalled",
            }
        ],
        "at": clock.now().isoformat(),
    }
    with control.database.read() as session:
        record = DeskRunRepository(session).get(run_id)
        (item,) = HaltRepository(session).for_run(run_id)
        (entry,) = ControlRepository(session).audit(AuditFilter(action="halt.run"))
    assert record is not None
    run = record.summary
    assert (run.status, run.error, run.completed_at) == ("halted", "watchdog:stalled", clock.now())
    assert item.desk == "agents"
    assert (entry.actor_name, entry.target, entry.reason) == ("watchdog", run_id, "watchdog:stalled")
    assert scan_agent_runs(control).halted == ()


def test_an_agent_that_no_worker_takes_is_halted_after_twice_the_threshold(
    control: Control, clock: FakeClock
) -> None:
    run_id = asked(control)
    clock.advance(599)
    assert scan_agent_runs(control).halted == ()
    clock.advance(2)

    assert [(run.run_id, run.reason) for run in scan_agent_runs(control).halted] == [
        (run_id, "watchdog:pending_stalled")
    ]


def test_an_agent_of_twenty_minutes_that_takes_steps_is_left_alone(
    control: Control, clock: FakeClock
) -> None:
    run_id = taken(control)

    for _ in range(5):
        clock.advance(240)
        step(control, run_id)
        assert scan_agent_runs(control).halted == ()


def test_quant_agents_are_agents_and_the_other_desks_are_not(control: Control, clock: FakeClock) -> None:
    quant, paper = taken(control, "quant-agents"), taken(control, "paper")
    clock.advance(301)

    halted = {run.run_id for run in scan_agent_runs(control).halted}

    assert quant in halted
    assert paper not in halted


def test_with_the_switch_engaged_every_agent_is_halted(control: Control) -> None:
    control.redis.set(control.settings.risk_kill_switch_key, "Storm")
    run_ids = {taken(control), asked(control)}

    halted = scan_agent_runs(control).halted

    assert {(run.run_id, run.reason) for run in halted} == {(run_id, "Storm") for run_id in run_ids}


def test_it_looks_by_default_and_not_when_it_is_switched_off(
    database: Database, clean_redis_url: str, tmp_path: Path, clock: FakeClock
) -> None:
    assert Settings().agent_watchdog_enabled
    assert (Settings().agent_stall_threshold_seconds, Settings().agent_watchdog_period_seconds) == (300, 60)
    for control in controls(database, clean_redis_url, tmp_path, clock, agent_watchdog_enabled=False):
        taken(control)
        clock.advance(301)

        assert "AGENT_WATCHDOG_ENABLED" in scan_agent_runs(control).skipped
