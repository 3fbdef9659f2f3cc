"""What no worker will end is ended truthfully, once, and only when nobody can be working on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from persistence.controls import ControlRepository
from persistence.database import Database
from persistence.events import EventRepository
from persistence.runs import LostRun, RunRepository
from persistence.types import dump_json
from runtime.frames import frame
from runtime.ids import RunId, SpecName, TaskId
from runtime.settings import Settings
from tasks.access import Actor, Role
from tasks.control.context import Control, build_control
from tasks.control.follow import frames_after, stored_frames
from tasks.control.halts import halt_run, halt_status
from tasks.control.reaper import Verdict, judge_pending, reap, restore_mirrors
from tasks.control.runs import get_run
from tasks.control.settings import SystemActor
from tasks.control.workers import Workers, presence
from tasks.halt.keys import EPOCH_KEY, events_key, run_halt_key, worker_key
from tests.fakes import EPOCH, FakeClock
from tests.tasks.runs import LEASE, UNDRAWN, claimed, pending, waiting

GRACE = timedelta(seconds=15)
ADMIN = Actor(id="admin", name="ann", role=Role.ADMIN)


@pytest.fixture
def clock() -> FakeClock:
    """Time that moves when told."""
    return FakeClock()


@pytest.fixture
def control(database: Database, clean_redis_url: str, tmp_path: Path, clock: FakeClock) -> Iterator[Control]:
    """A control whose clock is ours."""
    built = build_control(Settings(home=tmp_path, redis_url=clean_redis_url), database=database, clock=clock)
    yield built
    built.close()


@pytest.mark.parametrize(
    ("dispatched", "waiting", "verdict"),
    [
        (None, Workers(live=None, idle=None, queued=None), "dispatch"),
        (0, Workers(live=None, idle=None, queued=None), "wait"),
        (0, Workers(live=2, idle=2, queued=3), "wait"),
        (0, Workers(live=2, idle=1, queued=0), "dispatch"),
        (20, Workers(live=2, idle=1, queued=0), "give up"),
        (20, Workers(live=2, idle=0, queued=0), "dispatch"),
        (20, Workers(live=0, idle=0, queued=0), "dispatch"),
        (20, Workers(live=0, idle=0, queued=1), "wait"),
    ],
)
def test_a_run_is_given_up_only_when_nothing_explains_the_wait(
    dispatched: int | None, waiting: Workers, verdict: Verdict
) -> None:
    run = LostRun(
        run_id=RunId("r"),
        spec_name=SpecName("s"),
        status="pending",
        task_id=TaskId("t"),
        token=0,
        attempts=0,
        worker=None,
        lease_until=None,
        created_at=EPOCH,
        dispatched_at=None if dispatched is None else EPOCH + timedelta(seconds=dispatched),
    )

    assert judge_pending(run, grace=GRACE, waiting=waiting) == verdict


def test_a_run_with_a_living_lease_is_left_alone(control: Control, clock: FakeClock) -> None:
    claim = claimed(control.database, clock.now())
    clock.advance(LEASE.total_seconds() - 1)

    assert reap(control).lost == ()
    assert get_run(control, ADMIN, claim.run_id).shown == "running"


def test_a_lapsed_run_ends_as_lost_with_one_terminal_frame_behind_what_redis_had(
    control: Control, clock: FakeClock
) -> None:
    claim = claimed(control.database, clock.now(), spec=UNDRAWN)
    told = [{"seq": seq, **frame("progress", "x", clock.now(), node="n", fraction=0.1)} for seq in (1, 2)]
    with control.database.write() as session:
        EventRepository(session).append(claim.run_id, [(1, clock.now(), told[0])])
    for one in told:
        control.redis.xadd(events_key(claim.run_id), {"frame": dump_json(one)}, id=f"{one['seq']}-0")
    clock.advance(LEASE.total_seconds() + 1)

    first, second = reap(control), reap(control)

    assert (first.lost, second.lost) == ((claim.run_id,), ())
    view = get_run(control, ADMIN, claim.run_id)
    assert (view.shown, view.record.summary.error) == ("error", "Worker lost: w1 stopped renewing its lease.")
    frames = stored_frames(control, claim.run_id)
    assert [(one["seq"], one["stage"]) for one in frames] == [(1, "progress"), (2, "progress"), (3, "error")]
    assert frames_after(control, claim.run_id) == frames


def test_a_stream_that_went_further_than_the_rows_does_not_hide_the_end(
    control: Control, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = claimed(control.database, clock.now(), spec=UNDRAWN)
    ahead = {"seq": 9, **frame("progress", "x", clock.now(), node="n", fraction=0.1)}
    control.redis.xadd(events_key(claim.run_id), {"frame": dump_json(ahead)}, id="9-0")
    monkeypatch.setattr("tasks.control.reaper.salvage", lambda *_: [])
    clock.advance(LEASE.total_seconds() + 1)

    reap(control)

    assert [one["stage"] for one in frames_after(control, claim.run_id)] == ["error"]


def test_the_drawing_of_a_lost_worker_goes_to_another_worker(control: Control, clock: FakeClock) -> None:
    claim = claimed(control.database, clock.now())
    clock.advance(LEASE.total_seconds() + 1)

    first, second = reap(control), reap(control)

    assert (first.resumed, first.lost, second.resumed) == ((claim.run_id,), (), ())
    assert control.redis.llen("agents") == 1
    with control.database.write() as session:
        runs = RunRepository(session)
        assert not runs.renew(claim.run_id, claim.token, clock.now() + LEASE)
        again = runs.claim(claim.run_id, worker="w2", now=clock.now(), lease=LEASE)
    assert again is not None
    assert (again.attempt, again.goes_on, again.started_at) == (2, True, EPOCH)
    assert again.active_ms == LEASE.total_seconds() * 1000
    assert again.last_effect_at == claim.lease_until


def test_what_kills_its_workers_again_and_again_ends(control: Control, clock: FakeClock) -> None:
    claim = claimed(control.database, clock.now())
    for worker in ("w2", "w3"):
        clock.advance(LEASE.total_seconds() + 1)
        assert reap(control).resumed == (claim.run_id,)
        with control.database.write() as session:
            RunRepository(session).claim(claim.run_id, worker=worker, now=clock.now(), lease=LEASE)
    clock.advance(LEASE.total_seconds() + 1)

    reaped = reap(control)

    assert (reaped.resumed, reaped.lost) == ((), (claim.run_id,))
    assert get_run(control, ADMIN, claim.run_id).record.summary.error == (
        "Worker lost: w3 stopped renewing its lease. It was tried 3 times."
    )


def test_a_halted_run_does_not_go_to_another_worker(control: Control, clock: FakeClock) -> None:
    claim = claimed(control.database, clock.now())
    halt_run(control, ADMIN, claim.run_id, "Drill")
    clock.advance(LEASE.total_seconds() + 1)

    assert reap(control).resumed == ()
    assert get_run(control, ADMIN, claim.run_id).shown == "halted"


def test_the_halt_of_a_run_on_its_way_to_another_worker_is_proved_when_the_lost_one_is_gone(
    control: Control, clock: FakeClock
) -> None:
    claim = claimed(control.database, clock.now())
    control.redis.set(worker_key("w1"), presence([claim.run_id]))
    clock.advance(LEASE.total_seconds() + 1)
    reap(control)

    halt_run(control, ADMIN, claim.run_id, "Drill")
    reap(control)
    assert get_run(control, ADMIN, claim.run_id).shown == "halting"
    control.redis.delete(worker_key("w1"))
    reap(control)

    assert get_run(control, ADMIN, claim.run_id).shown == "halted"


def test_a_run_that_waits_for_a_person_is_not_lost(control: Control, clock: FakeClock) -> None:
    run_id = waiting(control.database, clock.now())
    clock.advance(30 * 86_400)

    reaped = reap(control)

    assert (reaped.lost, reaped.resumed, reaped.given_up, reaped.expired) == ((), (), (), ())
    assert get_run(control, ADMIN, run_id).shown == "waiting"


def test_a_halting_run_is_proved_only_when_its_worker_shows_no_life(
    control: Control, clock: FakeClock
) -> None:
    claim = claimed(control.database, clock.now())
    control.redis.set(worker_key("w1"), presence([claim.run_id]))
    halted = halt_run(control, ADMIN, claim.run_id, "Drill")
    clock.advance(LEASE.total_seconds() + 1)

    assert reap(control).proved == ()
    assert get_run(control, ADMIN, claim.run_id).shown == "halting"

    control.redis.delete(worker_key("w1"))

    assert reap(control).proved == (claim.run_id,)
    (item,) = halt_status(control, halted.id).items
    # When it was seen to be gone: a worker may act on for a while after its lease.
    assert item.last_effect_at == item.proved_at == clock.now()
    view = get_run(control, ADMIN, claim.run_id)
    assert (view.shown, view.record.summary.error) == ("halted", "Drill")
    assert [one["stage"] for one in stored_frames(control, claim.run_id)] == ["done"]


def test_a_forgotten_run_is_dispatched_and_a_queued_one_is_not_sent_twice(
    control: Control, clock: FakeClock
) -> None:
    run_id = pending(control.database, clock.now())
    clock.advance(GRACE.total_seconds() + 1)

    first = reap(control)
    clock.advance(GRACE.total_seconds() + 1)
    second = reap(control)

    assert (first.dispatched, second.dispatched) == ((run_id,), ())
    assert control.redis.llen("agents") == 1


def test_a_run_that_an_idle_worker_never_takes_is_given_up(control: Control, clock: FakeClock) -> None:
    run_id = pending(control.database, clock.now())
    control.redis.set(worker_key("w1"), presence([]))
    clock.advance(GRACE.total_seconds() + 1)
    reap(control)
    control.redis.delete("agents")
    clock.advance(GRACE.total_seconds() + 1)

    assert reap(control).given_up == (run_id,)
    view = get_run(control, ADMIN, run_id)
    assert view.shown == "error"
    assert [one["stage"] for one in stored_frames(control, run_id)] == ["error"]


def test_an_emptied_redis_gets_its_mirrors_back_before_it_is_trusted(
    control: Control, clock: FakeClock
) -> None:
    claim = claimed(control.database, clock.now())
    halt_run(control, ADMIN, claim.run_id, "Drill")
    with control.database.write() as session:
        ControlRepository(session).set_kill_switch(
            engaged=True, actor=SystemActor(name="test"), reason="Storm", now=clock.now()
        )
    control.redis.flushall()

    restore_mirrors(control)

    keys: list[Any] = [control.settings.risk_kill_switch_key, run_halt_key(claim.run_id), EPOCH_KEY]
    assert control.redis.exists(*keys) == 3
    assert control.redis.get(control.settings.risk_kill_switch_key) == "Storm"
