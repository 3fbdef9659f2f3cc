"""Runs over HTTP: the list, and one with everything that is known of it."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, status
from pydantic import BaseModel

from persistence.runs import RunSummary as RunRow
from runtime.ids import RunId, TaskId, VersionId
from runtime.status import RunStatus
from studio.api.approvals import Approval, approval
from studio.api.auth import CurrentActor, Services
from studio.api.halts import HaltStep, halt_step
from studio.api.studio_flag import STUDIO_ON
from studio.api.workflows import RunAccepted
from tasks.control import replay, runs
from tasks.control.runs import ShownStatus

router = APIRouter(prefix="/workflows/runs", tags=["runs"], dependencies=STUDIO_ON)


class RunSummary(BaseModel):
    """A run in a list. `status` is `halting` until the last side effect of a halted run is proved to be in the past."""

    id: RunId
    workflow_spec_name: str
    status: ShownStatus
    started_at: datetime
    completed_at: datetime | None
    cost_usd: float
    duration_ms: float | None
    halted: bool
    error: str | None


class RunDetail(RunSummary):
    """A run with its payloads."""

    task_id: TaskId | None
    parent_run_id: RunId | None
    spec_version_id: VersionId | None
    inputs: dict[str, Any]
    final_state: dict[str, Any] | None
    breadcrumbs: list[dict[str, Any]]
    n_calls: int
    n_tool_calls: int
    n_rag_hits: int
    halt: HaltStep | None
    """How far the halt that hit it has come."""
    approvals: list[Approval]
    """What it has asked people, oldest first; `state` is `pending` while it waits for an answer."""


@router.get("")
def list_runs(
    *,
    actor: CurrentActor,
    container: Services,
    spec_name: str | None = None,
    status: RunStatus | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: str | None = None,
) -> list[RunSummary]:
    """Return runs, newest first; `before` is the id of the last run of the page before."""
    page = runs.list_runs(
        container.control, actor, spec_name=spec_name, status=status, limit=limit, before=before
    )
    halting = runs.halting_runs(container.control.database)
    return [
        RunSummary(**_fields(run), status="halting" if run.run_id in halting else run.status)
        for run in page.runs
    ]


@router.get("/{run_id}")
def get_run(run_id: str, actor: CurrentActor, container: Services) -> RunDetail:
    """Return one run."""
    view = runs.get_run(container.control, actor, run_id)
    record, run = view.record, view.record.summary
    return RunDetail(
        **_fields(run),
        status=view.shown,
        task_id=run.task_id,
        parent_run_id=run.parent_run_id,
        spec_version_id=run.spec_version_id,
        inputs=record.inputs,
        final_state=record.final_state,
        breadcrumbs=record.crumbs,
        n_calls=run.totals.n_calls,
        n_tool_calls=run.totals.n_tool_calls,
        n_rag_hits=run.totals.n_rag_hits,
        halt=None if view.halt is None else halt_step(view.halt),
        approvals=[approval(record, actor) for record in view.approvals],
    )


@router.post("/{run_id}/replay", status_code=status.HTTP_202_ACCEPTED)
def replay_run(run_id: str, actor: CurrentActor, container: Services) -> RunAccepted:
    """Run exactly the same again, as a child of that run; 409 when it cannot be exactly the same."""
    started = replay.replay_run(container.control, actor, run_id)
    return RunAccepted(run_id=started.run_id, task_id=started.task_id, dispatched=started.dispatched)


def _fields(run: RunRow) -> dict[str, Any]:
    return {
        "id": run.run_id,
        "workflow_spec_name": run.spec_name,
        "started_at": run.started_at,
        "completed_at": run.completed_at,
        "cost_usd": run.totals.cost_usd,
        "duration_ms": run.duration_ms,
        "halted": run.halted,
        "error": run.error,
    }
