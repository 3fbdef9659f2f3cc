"""Halts on real workers: what the record says is what the machine does."""

from __future__ import annotations

import os
import signal
from datetime import timedelta

import pytest

from persistence.runs import RunRepository
from runtime.errors import InvalidValue
from runtime.ids import RunId, SpecName, TaskId, new_id
from tasks.app import RUN_WORKFLOW
from tasks.control.follow import frames_after
from tasks.control.halts import HaltRecord, halt_run, halt_status, halt_workflows
from tasks.control.runs import new_run, start_run
from tasks.control.settings import set_setting
from tasks.control.specs import runnable_spec
from tasks.halt.keys import EPOCH_KEY
from tests.integration.installation import Installation, check_story, eventually


def test_a_running_run_stops_and_the_record_names_its_last_effect(served: Installation) -> None:
    run_id = start_long(served)

    halted = halt_run(served.control, served.admin, run_id, "Drill")
    record = proved(served, halted)

    (item,) = record.items
    assert halted.hit[0].run_id == run_id
    assert item.acknowledged_at is not None
    assert item.last_effect_at is not None
    assert item.requested_at <= item.acknowledged_at <= item.proved_at
    markers = served.markers(run_id)
    assert markers[-1] <= item.last_effect_at
    view = served.run(run_id)
    assert (view.shown, view.record.summary.error) == ("halted", "Drill")
    frames = served.frames(run_id)
    check_story(frames)
    assert frames[-1]["result"] == frames[-1]["result"] | {
        "halted": True,
        "stage": "kill_switch",
        "reason": "Drill",
        "run_id": run_id,
        "spec": "long",
    }
    assert "halting" in [frame["stage"] for frame in frames]
    # The worker takes other work meanwhile, so time has passed: still no line after the one the record names.
    served.ended(start_run(served.control, served.admin, "quick", {}).run_id)
    assert served.markers(run_id) == markers


@pytest.mark.parametrize("workflow", ["blocking", "cpu"])
def test_what_nothing_interrupts_is_killed_and_leaves_no_line_and_no_process(
    workflow: str, served: Installation
) -> None:
    run_id = start_long(served, workflow)
    assert len(served.writers(run_id)) == 1

    record = proved(served, halt_run(served.control, served.admin, run_id, "Drill"))

    (item,) = record.items
    markers = served.markers(run_id)
    assert item.killed_at is not None
    assert item.requested_at <= item.acknowledged_at <= item.killed_at <= item.proved_at
    # The line is written by the host, so its time is known to the microsecond that the line gives.
    assert markers[-1] == item.last_effect_at
    served.ended(start_run(served.control, served.admin, "quick", {}).run_id)
    assert served.markers(run_id) == markers
    assert served.writers(run_id) == set()


def test_a_run_that_no_worker_had_is_proved_at_once_and_never_starts(served: Installation) -> None:
    run_id = pending_run(served)

    record = halt_run(served.control, served.admin, run_id, "Wrong inputs")

    (item,) = record.items
    assert (item.prior_status, item.state, item.last_effect_at) == ("pending", "proved", None)
    served.control.celery.send_task(RUN_WORKFLOW, args=[run_id], ignore_result=True)
    served.ended(start_run(served.control, served.admin, "quick", {}).run_id)
    frames = served.frames(run_id)
    check_story(frames)
    assert [frame["stage"] for frame in frames] == ["done"]
    assert frames_after(served.control, run_id) == frames
    assert served.markers(run_id) == []


def test_halting_twice_gives_the_same_record(served: Installation) -> None:
    run_id = start_long(served)

    first = halt_run(served.control, served.admin, run_id, "Drill")
    second = halt_run(served.control, served.admin, run_id, "Again")

    assert (second.id, second.reason) == (first.id, "Drill")
    proved(served, first)


def test_a_run_that_has_ended_is_left_alone(served: Installation) -> None:
    run_id = start_run(served.control, served.admin, "quick", {}).run_id
    served.ended(run_id)

    record = halt_run(served.control, served.admin, run_id, "Too late")

    assert record.items == ()
    assert served.run(run_id).shown == "completed"


def test_all_workflows_are_halted_and_their_word_must_be_typed(served: Installation) -> None:
    running, waiting = start_long(served), pending_run(served)

    with pytest.raises(InvalidValue, match="Type HALT"):
        halt_workflows(served.control, served.admin, "Drill", "halt")
    record = proved(served, halt_workflows(served.control, served.admin, "Drill", "HALT"))

    assert {item.run_id for item in record.items} == {running, waiting}
    assert [served.ended(run_id).shown for run_id in (running, waiting)] == ["halted", "halted"]


def test_with_kill_propagation_off_nothing_is_halted_and_the_record_says_so(served: Installation) -> None:
    run_id = start_long(served)
    name = "orchestration_kill_propagation_enabled"
    set_setting(served.control, served.admin, name, False, "test")

    record = halt_workflows(served.control, served.admin, "Drill", "HALT")

    set_setting(served.control, served.admin, name, True, "test")
    assert "kill propagation is off" in record.refused
    assert served.run(run_id).shown == "running"
    proved(served, halt_run(served.control, served.admin, run_id, "Drill"))


def test_an_emptied_redis_is_not_trusted_and_the_run_goes_on_until_it_is_halted(served: Installation) -> None:
    run_id = start_long(served)

    served.flush_redis()
    eventually(lambda: served.control.redis.exists(EPOCH_KEY))
    before = len(served.markers(run_id))
    eventually(lambda: len(served.markers(run_id)) > before + 5)
    proved(served, halt_run(served.control, served.admin, run_id, "Drill"))

    frames = served.frames(run_id)
    check_story(frames)
    assert frames_after(served.control, run_id) == frames


def test_a_halt_reaches_the_worker_while_redis_hangs(served: Installation) -> None:
    run_id = start_long(served)
    os.kill(served.server.process.pid, signal.SIGSTOP)
    try:
        halted = halt_run(served.control, served.admin, run_id, "Redis is away")
        record = proved(served, halted)
    finally:
        os.kill(served.server.process.pid, signal.SIGCONT)

    assert not halted.published
    (item,) = record.items
    assert served.markers(run_id)[-1] <= item.last_effect_at
    assert item.last_effect_at - item.requested_at < timedelta(seconds=30)
    check_story(served.frames(run_id))
    eventually(lambda: frames_after(served.control, run_id) == served.frames(run_id))


def start_long(installation: Installation, workflow: str = "long") -> str:
    """Start a run that waits for ten minutes, and return when it has left its first markers."""
    run_id = start_run(installation.control, installation.admin, workflow, {}).run_id
    eventually(lambda: len(installation.markers(run_id)) > 3)
    return run_id


def proved(installation: Installation, record: HaltRecord) -> HaltRecord:
    """Return the record once everything it hit is proved to have stopped."""
    eventually(lambda: halt_status(installation.control, record.id).proved)
    return halt_status(installation.control, record.id)


def pending_run(installation: Installation) -> str:
    """Accept a run without telling any worker."""
    control = installation.control
    run_id = RunId(new_id())
    with control.database.write() as session:
        runnable = runnable_spec(control, session, SpecName("long"))
        run = new_run(
            run_id,
            TaskId(new_id()),
            spec=runnable.spec,
            layout=runnable.layout,
            version_id=runnable.version_id,
            inputs={},
            actor=installation.admin,
        )
        RunRepository(session).insert_pending(run, control.clock.now())
    return run_id
