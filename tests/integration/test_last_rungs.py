"""Nodes that do not stop, and workers that do not answer: the record says so until the operating system has seen to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from persistence.runs import RunRepository
from runtime.ids import RunId, TaskId, new_id
from runtime.spec import WorkflowSpec
from tasks.control.dispatch import dispatch
from tasks.control.halts import halt_run
from tasks.control.runs import new_run, start_run
from tests.conftest import NewDatabase
from tests.integration.installation import Installation, check_story, eventually


@pytest.fixture(scope="module")
def deaf(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation whose worker has the kinds that do not stop."""
    made = Installation.start(tmp_path_factory.mktemp("home"), new_database("sqlite"))
    made.start_worker("tests.integration.deaf_kinds")
    yield made
    made.stop()


def test_a_node_that_stops_late_is_given_up_and_proved_when_it_has_ended(deaf: Installation) -> None:
    run_id = start(deaf, "test.deaf", deaf_seconds=2.0)

    halt_run(deaf.control, deaf.admin, run_id, "Drill")
    eventually(lambda: (halt := deaf.run(run_id).halt) and halt.state == "abandoned")
    view = deaf.run(run_id)
    item = proved(deaf, run_id)

    # The run has ended, and is not called halted before its node has.
    assert (view.record.summary.status, view.shown) == ("halted", "halting")
    assert (item.killed_at, deaf.run(run_id).shown) == (None, "halted")
    assert item.acknowledged_at < item.abandoned_at < item.cancelled_at <= item.proved_at
    assert deaf.markers(run_id)[-1] <= item.last_effect_at
    check_story(deaf.frames(run_id))


def test_a_worker_whose_node_never_stops_ends_itself_and_another_process_takes_its_place(
    deaf: Installation,
) -> None:
    run_id = start(deaf, "test.deaf")
    worker = worker_of(deaf, run_id)

    halt_run(deaf.control, deaf.admin, run_id, "Drill")

    item = proved(deaf, run_id)
    assert item.abandoned_at < item.killed_at <= item.last_effect_at == item.proved_at
    assert item.cancelled_at is None
    assert deaf.markers(run_id)[-1] <= item.last_effect_at
    assert deaf.writers(run_id) == set()
    check_story(deaf.frames(run_id))
    served_by_another(deaf, worker)


def test_a_worker_whose_loop_is_stuck_is_killed_after_the_grace(deaf: Installation) -> None:
    run_id = start(deaf, "test.stuck")
    worker = worker_of(deaf, run_id)

    halt_run(deaf.control, deaf.admin, run_id, "Drill")

    item = proved(deaf, run_id)
    assert (item.acknowledged_at, item.cancelled_at) == (None, None)
    assert item.killed_at <= item.last_effect_at == item.proved_at
    assert deaf.markers(run_id)[-1] <= item.last_effect_at
    assert deaf.writers(run_id) == set()
    check_story(deaf.ended(run_id) and deaf.frames(run_id))
    served_by_another(deaf, worker)


def start(installation: Installation, kind: str, **config: Any) -> str:
    """Run one node of a kind that only the worker knows, and return when it has left its first markers."""
    node = {"id": "node", "kind": kind, "config": config}
    spec = WorkflowSpec(
        name="long", adapter="WorkflowStudioAdapter", params={"graph": {"nodes": [node], "edges": []}}
    )
    run_id, task_id = RunId(new_id()), TaskId(new_id())
    with installation.control.database.write() as session:
        run = new_run(
            run_id, task_id, spec=spec, layout={}, version_id=None, inputs={}, actor=installation.admin
        )
        RunRepository(session).insert_pending(run, installation.control.clock.now())
    dispatch(installation.control, run_id, task_id)
    eventually(lambda: len(installation.markers(run_id)) > 3)
    return run_id


def proved(installation: Installation, run_id: str) -> Any:
    """Return the run's part in the halt once it is proved; a busy database may take the request later than the worker does."""
    return eventually(lambda: (halt := installation.run(run_id).halt) and halt.proved_at and halt)


def worker_of(installation: Installation, run_id: str) -> str | None:
    row = installation.run(run_id).record.dispatch
    return row and row.worker


def served_by_another(installation: Installation, gone: str | None) -> None:
    """Assert that work goes on, in another process."""
    run_ids = [start_run(installation.control, installation.admin, "quick", {}).run_id for _ in range(2)]
    ended = [installation.ended(run_id) for run_id in run_ids]
    assert [(view.shown, view.record.summary.error) for view in ended] == [("completed", None)] * 2
    assert gone not in [worker_of(installation, run_id) for run_id in run_ids]
