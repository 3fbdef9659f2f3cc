"""Runs of desks in the rows of tests, without a worker behind them."""

from __future__ import annotations

from datetime import timedelta

from persistence.desk_runs import DeskRunRepository, NewDeskRun
from runtime.desks import DeskName
from runtime.ids import RunId, TaskId, UserId, new_id
from tasks.control.context import Control

LEASE = timedelta(seconds=60)


def queued(
    control: Control, desk: DeskName, *, name: str = "", kind: str = "run", by: str | None = None
) -> RunId:
    """Accept a run of a desk and return its id."""
    run = NewDeskRun(
        run_id=RunId(new_id()),
        task_id=TaskId(new_id()),
        desk=desk,
        kind=kind,
        name=name or desk,
        queue="default",
        config={},
        created_by=None if by is None else UserId(by),
        created_by_name=by or "ann",
    )
    with control.database.write() as session:
        DeskRunRepository(session).insert_pending(run, control.clock.now())
    return run.run_id


def under_way(
    control: Control, desk: DeskName, *, name: str = "", kind: str = "run", by: str | None = None
) -> RunId:
    """Accept a run of a desk, let a worker claim it, and return its id."""
    run_id = queued(control, desk, name=name, kind=kind, by=by)
    with control.database.write() as session:
        DeskRunRepository(session).claim(run_id, worker="w1", now=control.clock.now(), lease=LEASE)
    return run_id
