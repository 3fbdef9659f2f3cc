"""Runs that wait for a person, with real workers: same row, same story, nothing twice."""

from __future__ import annotations

from collections import Counter
from typing import Any

from persistence.paper import PaperRepository
from runtime.graph.document import edge_id
from runtime.ids import RunId
from runtime.library import shipped
from tasks.control.approvals import answer_approval
from tasks.control.follow import frames_after
from tasks.control.halts import halt_run, halt_status
from tasks.control.runs import start_run
from tasks.control.specs import create_workflow, list_workflows
from tests.integration.installation import Installation, check_story, eventually

APPROVED = "trader.momentum_approved"


def workflow(name: str, nodes: dict[str, tuple[str, dict[str, Any]]], wires: list[str]) -> dict[str, Any]:
    """Return a drawn workflow; wires are `source.port -> target.port`."""
    ends = [
        [*source.split("."), *target.split(".")] for source, target in (wire.split(" -> ") for wire in wires)
    ]
    return {
        "name": name,
        "adapter": "WorkflowStudioAdapter",
        "params": {
            "graph": {
                "nodes": [{"id": id, "kind": kind, "config": config} for id, (kind, config) in nodes.items()],
                "edges": [
                    {
                        "id": edge_id(*end),
                        "source": end[0],
                        "source_port": end[1],
                        "target": end[2],
                        "target_port": end[3],
                    }
                    for end in ends
                ],
            }
        },
    }


def waiting(served: Installation) -> RunId:
    """Start a run of the shipped workflow with an approval and return its id once it waits."""
    if APPROVED not in [workflow.record.name for workflow in list_workflows(served.control, served.admin)]:
        spec = next(entry.spec for entry in shipped() if entry.spec.name == APPROVED)
        create_workflow(served.control, served.admin, spec.dump())
    run_id = start_run(served.control, served.admin, APPROVED, {}).run_id
    eventually(lambda: served.run(run_id).shown == "waiting")
    return run_id


def orders(served: Installation, run_id: RunId) -> list[str]:
    """Return the keys of the orders that a run has placed."""
    with served.control.database.read() as session:
        return [record.order.idempotency_key for record in PaperRepository(session).orders(run_id)]


def finished(frames: list[dict[str, Any]]) -> Counter[str]:
    """Return how often each node was told to be done."""
    return Counter(frame["node"] for frame in frames if frame.get("status") in ("completed", "skipped"))


def test_a_run_waits_through_a_restart_of_everything_and_orders_once_it_is_approved(
    served: Installation,
) -> None:
    run_id = waiting(served)
    record = served.run(run_id).record
    assert record.dispatch is not None
    assert (record.dispatch.worker, record.dispatch.lease_until, orders(served, run_id)) == (None, None, [])
    assert [question.subject for question in served.run(run_id).approvals] == ["approval"]
    started = record.summary.started_at
    served.kill_worker(served.workers[0])
    served.flush_redis()
    served.start_worker()

    answer_approval(served.control, served.admin, run_id, "approval", approve=True, comment="fine")
    view = served.ended(run_id)

    assert view.shown == "completed", view.record.summary.error
    assert view.record.summary.started_at == started
    frames = served.frames(run_id)
    check_story(frames)
    assert frames_after(served.control, run_id) == frames
    stages = [frame["stage"] for frame in frames]
    # A busy machine may lose the short lease of the tests on top, and resume once more.
    told = [stage for stage in stages if stage not in ("node", "progress", "resumed")]
    assert told == ["start", "waiting", "answered", "done"]
    assert "resumed" in stages[stages.index("answered") :]
    turn = stages.index("answered")
    assert set(finished(frames[:turn])).isdisjoint(finished(frames[turn:]))
    assert orders(served, run_id)
    crumbs = [(crumb["node"], crumb["status"]) for crumb in view.record.crumbs]
    assert ("approval", "waiting") in crumbs
    assert ("approval", "ok") in crumbs


def test_a_rejected_run_ends_without_orders(served: Installation) -> None:
    run_id = waiting(served)

    answer_approval(served.control, served.admin, run_id, "approval", approve=False, comment="not today")
    view = served.ended(run_id)

    assert view.shown == "completed"
    assert orders(served, run_id) == []
    assert finished(served.frames(run_id))["outcome"] == 1


def test_a_run_that_waits_is_halted_at_once_and_its_worker_is_free(served: Installation) -> None:
    run_id = waiting(served)
    quick = start_run(served.control, served.admin, "quick", {}).run_id
    assert served.ended(quick).shown == "completed"

    halted = halt_run(served.control, served.admin, run_id, "Drill")

    assert halted.proved
    assert served.run(run_id).shown == "halted"
    check_story(served.frames(run_id))


def test_a_run_that_is_halted_while_it_is_on_its_way_again_ends_halted_and_orders_no_more(
    served: Installation,
) -> None:
    run_id = waiting(served)

    answer_approval(served.control, served.admin, run_id, "approval", approve=True)
    halted = halt_run(served.control, served.admin, run_id, "Second thoughts")
    placed = eventually(
        lambda: halt_status(served.control, halted.id).proved and [*orders(served, run_id), "proved"]
    )

    view = served.ended(run_id)
    assert view.shown == "halted"
    quick = start_run(served.control, served.admin, "quick", {}).run_id
    assert served.ended(quick).shown == "completed"
    assert [*orders(served, run_id), "proved"] == placed
    check_story(served.frames(run_id))


def test_nobody_answers_in_time(served: Installation) -> None:
    asks = {"question": "Go?", "timeout_seconds": 1}
    create_workflow(
        served.control,
        served.admin,
        workflow(
            "impatient",
            {
                "prices": ("data.prices", {"symbols": ["AAPL"], "start": "2022-01-03"}),
                "ask": ("control.approval", asks),
                "report": ("output.report", {}),
            },
            ["prices.prices -> ask.value", "ask.rejected -> report.notes"],
        ),
    )
    run_id = start_run(served.control, served.admin, "impatient", {}).run_id

    view = served.ended(run_id)

    assert view.shown == "completed"
    assert [(each.state, each.comment) for each in view.approvals] == [
        ("expired", "Nobody answered within 1 s.")
    ]
