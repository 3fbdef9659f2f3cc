"""Workers that die, are told to end, or were never there: every run ends truthfully."""

from __future__ import annotations

from tasks.control.halts import halt_run, halt_status
from tasks.control.runs import start_run
from tests.integration.installation import Installation, check_story, eventually
from tests.integration.test_halts import pending_run, start_long


def test_the_run_of_a_killed_worker_ends_as_lost(served: Installation) -> None:
    run_id = start_long(served)

    served.kill_worker(served.workers[0])
    served.start_worker()
    view = served.ended(run_id)

    assert view.shown == "error"
    assert (view.record.summary.error or "").startswith("Worker lost")
    frames = served.frames(run_id)
    check_story(frames)
    assert frames[-1]["stage"] == "error"


def test_the_halt_of_a_run_whose_worker_is_killed_is_proved_by_others(served: Installation) -> None:
    run_id = start_long(served)
    served.kill_worker(served.workers[0])
    halted = halt_run(served.control, served.admin, run_id, "Drill")
    assert served.run(run_id).shown == "halting"

    served.start_worker()
    eventually(lambda: halt_status(served.control, halted.id).proved)

    (item,) = halt_status(served.control, halted.id).items
    assert served.markers(run_id)[-1] <= item.last_effect_at
    view = served.ended(run_id)
    assert (view.shown, view.record.summary.error) == ("halted", "Drill")
    check_story(served.frames(run_id))


def test_a_worker_that_is_told_to_end_ends_its_runs_first(served: Installation) -> None:
    run_id = start_long(served)

    code = served.stop_worker(served.workers[0])

    assert code == 0
    view = served.run(run_id)
    assert (view.shown, view.record.summary.error) == (
        "error",
        "The worker was shut down while the run was under way.",
    )
    check_story(served.frames(run_id))


def test_a_run_that_was_never_dispatched_is_dispatched_later(served: Installation) -> None:
    run_id = pending_run(served)

    eventually(lambda: served.markers(run_id))

    halt_run(served.control, served.admin, run_id, "Seen enough")
    assert served.ended(run_id).shown == "halted"


def test_a_run_whose_message_redis_lost_is_sent_again(installation: Installation) -> None:
    for worker in list(installation.workers):
        installation.stop_worker(worker)
    run_id = start_run(installation.control, installation.admin, "quick", {}).run_id
    installation.flush_redis()

    installation.start_worker()

    assert installation.ended(run_id).shown == "completed"
    check_story(installation.frames(run_id))
