"""A worker that does not answer a halt is told again, and then killed; one that has answered never is."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from persistence.database import Database
from persistence.runs import RunRepository
from runtime.ids import RunId
from runtime.settings import Settings
from tasks.access import Actor, Role
from tasks.control import processes
from tasks.control.context import Control, build_control
from tasks.control.halts import halt_run, halt_status
from tasks.control.last_rung import urge
from tasks.control.reaper import reap
from tasks.halt.keys import HALT_CHANNEL, halt_ack_key, run_halt_key
from tests.fakes import FakeClock
from tests.tasks.runs import LEASE, claimed, pending

PATIENCE = timedelta(seconds=1)
ADMIN = Actor(id="admin", name="ann", role=Role.ADMIN)


@pytest.fixture
def clock() -> FakeClock:
    """Time that moves when told."""
    return FakeClock()


@pytest.fixture
def control(
    database: Database,
    clean_redis_url: str,
    tmp_path: Path,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Control]:
    """A control whose clock is ours, and where nobody climbs but the test."""
    monkeypatch.setattr("tasks.control.halts.watch_halt", lambda *_: None)
    built = build_control(Settings(home=tmp_path, redis_url=clean_redis_url), database=database, clock=clock)
    yield built
    built.close()


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process that stands for a stuck worker."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process
    process.kill()
    process.wait()


def name_of(process: subprocess.Popen[bytes]) -> str:
    own = processes.process_name().rsplit(":", 2)[0]
    return f"{own}:{process.pid}:{processes._started(process.pid)}-abcd"


def claimed_by(control: Control, clock: FakeClock, worker: str) -> RunId:
    run_id = pending(control.database, clock.now())
    with control.database.write() as session:
        RunRepository(session).claim(run_id, worker=worker, now=clock.now(), lease=LEASE)
    return run_id


def test_a_stuck_worker_of_this_machine_is_killed_by_its_own_id_and_the_halt_is_proved(
    control: Control, clock: FakeClock, sleeper: subprocess.Popen[bytes]
) -> None:
    run_id = claimed_by(control, clock, name_of(sleeper))
    halted = halt_run(control, ADMIN, run_id, "Drill")
    assert urge(control, patience=PATIENCE) == ()
    clock.advance(1.1)

    assert urge(control, patience=PATIENCE) == (run_id,)
    sleeper.wait(timeout=10)
    assert urge(control, patience=PATIENCE) == ()

    assert reap(control).proved == (run_id,)
    (item,) = halt_status(control, halted.id).items
    assert (item.state, item.acknowledged_at, item.killed_at) == ("proved", None, clock.now())
    assert item.last_effect_at == item.proved_at


def test_a_worker_that_has_answered_is_left_alone_also_while_the_database_does_not_take_the_answer(
    control: Control, clock: FakeClock, sleeper: subprocess.Popen[bytes]
) -> None:
    run_id = claimed_by(control, clock, name_of(sleeper))
    halt_run(control, ADMIN, run_id, "Drill")
    control.redis.set(halt_ack_key(run_id), "now")
    clock.advance(60)

    assert urge(control, patience=PATIENCE) == ()
    assert sleeper.poll() is None


def test_an_unanswered_halt_is_told_again(control: Control, clock: FakeClock) -> None:
    claim = claimed(control.database, clock.now())
    halt_run(control, ADMIN, claim.run_id, "Drill")
    control.redis.delete(run_halt_key(claim.run_id))
    with control.redis.pubsub() as heard:
        heard.subscribe(HALT_CHANNEL)
        heard.get_message(timeout=5)

        urge(control, patience=PATIENCE)

        message = heard.get_message(timeout=5)
    assert message is not None
    told = json.loads(message["data"])
    assert (told["run_ids"], told["reason"]) == ([claim.run_id], "Drill")
    assert control.redis.get(run_halt_key(claim.run_id)) == "Drill"


def test_a_run_that_no_worker_had_needs_no_rung(control: Control, clock: FakeClock) -> None:
    halt_run(control, ADMIN, pending(control.database, clock.now()), "Drill")
    clock.advance(60)

    assert urge(control, patience=PATIENCE) == ()


def test_a_process_is_known_by_its_start_and_its_machine(sleeper: subprocess.Popen[bytes]) -> None:
    name = name_of(sleeper)
    machine, pid, mark = name.rsplit(":", 2)

    assert processes.has_ended(name) is False
    assert processes.has_ended(f"{machine}:{pid}:1{mark}") is True
    assert processes.has_ended(f"elsewhere/1:{pid}:{mark}") is None
    assert processes.has_ended("w1") is None
    assert not processes.kill(f"{machine}:{pid}:1{mark}")
    assert sleeper.poll() is None
    assert processes.kill(name)
    sleeper.wait(timeout=10)
    assert processes.has_ended(name) is True
