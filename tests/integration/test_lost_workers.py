"""Workers that die, are told to end, or were never there: every run goes on, or ends truthfully."""

from __future__ import annotations

from typing import Any

from runtime.graph.document import edge_id
from runtime.library import shipped
from tasks.control.halts import halt_run, halt_status
from tasks.control.runs import start_run
from tasks.control.specs import create_workflow
from tests.integration.installation import Installation, check_story, eventually
from tests.integration.test_approvals import finished, orders
from tests.integration.test_halts import pending_run, start_long


def ordering(name: str) -> dict[str, Any]:
    """Return the shipped momentum workflow with a wait of ten minutes behind its orders."""
    spec = next(entry.spec for entry in shipped() if entry.spec.name == "trader.momentum_paper").dump()
    graph = spec["params"]["graph"]
    wait = {"seconds": 600.0, "tick_seconds": 0.01, "marker": True}
    graph["nodes"].append({"id": "pause", "kind": "control.wait", "kind_version": 1, "config": wait})
    for wire in (("orders", "report", "pause", "value"), ("pause", "value", "report", "notes")):
        graph["edges"].append(
            {
                "id": edge_id(*wire),
                "source": wire[0],
                "source_port": wire[1],
                "target": wire[2],
                "target_port": wire[3],
            }
        )
    return {**spec, "name": name}


def test_the_run_of_a_killed_worker_goes_on_with_another_and_does_nothing_twice(served: Installation) -> None:
    create_workflow(served.control, served.admin, ordering("ordering"))
    run_id = start_run(served.control, served.admin, "ordering", {}).run_id
    eventually(lambda: served.markers(run_id))
    placed = orders(served, run_id)
    assert placed

    served.kill_worker(served.workers[0])
    before = len(served.markers(run_id))
    served.start_worker()
    eventually(lambda: len(served.markers(run_id)) > before)
    halt_run(served.control, served.admin, run_id, "Seen enough")
    view = served.ended(run_id)

    assert view.shown == "halted"
    frames = served.frames(run_id)
    check_story(frames)
    assert [frame["stage"] for frame in frames].count("start") == 1
    (turn,) = [number for number, frame in enumerate(frames) if frame["stage"] == "resumed"][-1:]
    assert set(finished(frames[:turn])).isdisjoint(finished(frames[turn:]))
    assert orders(served, run_id) == placed
    assert view.record.dispatch is not None
    assert view.record.dispatch.attempts >= 2


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
