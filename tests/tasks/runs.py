"""Runs in the rows of tests, without a workflow behind them."""

from __future__ import annotations

from datetime import datetime, timedelta

from persistence.database import Database
from persistence.runs import Claim, NewRun, RunRepository
from runtime.ids import RunId, SpecName, TaskId, UserId, new_id
from runtime.spec import WorkflowSpec

SPEC = WorkflowSpec(name="test", adapter="WorkflowStudioAdapter")
LEASE = timedelta(seconds=6)


def pending(
    database: Database, now: datetime, *, created_by: str | None = None, parent: RunId | None = None
) -> RunId:
    """Accept a run and return its id."""
    run = NewRun(
        run_id=RunId(new_id()),
        task_id=TaskId(new_id()),
        spec_name=SpecName(SPEC.name),
        spec=SPEC.dump(),
        spec_hash=SPEC.snapshot_hash(),
        parent_run_id=parent,
        created_by=None if created_by is None else UserId(created_by),
        created_by_name="ann",
    )
    with database.write() as session:
        RunRepository(session).insert_pending(run, now)
    return run.run_id


def claimed(database: Database, now: datetime, *, worker: str = "w1", lease: timedelta = LEASE) -> Claim:
    """Accept a run, let a worker claim it, and return the claim."""
    run_id = pending(database, now)
    with database.write() as session:
        claim = RunRepository(session).claim(run_id, worker=worker, now=now, lease=lease)
    assert claim is not None
    return claim
