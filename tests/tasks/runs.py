"""Runs in the rows of tests, without a workflow behind them: pending, claimed, and waiting for a person."""

from __future__ import annotations

from datetime import datetime, timedelta

from persistence.approvals import ApprovalRepository, NewApproval
from persistence.database import Database
from persistence.runs import Claim, NewRun, RunOutcome, RunRepository, RunTotals
from runtime.approvals import Who
from runtime.ids import RunId, SpecName, TaskId, UserId, new_id
from runtime.spec import WorkflowSpec

SPEC = WorkflowSpec(name="test", adapter="WorkflowStudioAdapter")
UNDRAWN = WorkflowSpec(name="undrawn", adapter="CrewProcessAdapter")
"""Of an adapter without checkpoints."""
LEASE = timedelta(seconds=6)


def pending(
    database: Database,
    now: datetime,
    *,
    created_by: str | None = None,
    parent: RunId | None = None,
    spec: WorkflowSpec = SPEC,
) -> RunId:
    """Accept a run and return its id."""
    run = NewRun(
        run_id=RunId(new_id()),
        task_id=TaskId(new_id()),
        spec_name=SpecName(spec.name),
        spec=spec.dump(),
        spec_hash=spec.snapshot_hash(),
        parent_run_id=parent,
        created_by=None if created_by is None else UserId(created_by),
        created_by_name="ann",
    )
    with database.write() as session:
        RunRepository(session).insert_pending(run, now)
    return run.run_id


def claimed(
    database: Database,
    now: datetime,
    *,
    worker: str = "w1",
    lease: timedelta = LEASE,
    spec: WorkflowSpec = SPEC,
) -> Claim:
    """Accept a run, let a worker claim it, and return the claim."""
    run_id = pending(database, now, spec=spec)
    with database.write() as session:
        claim = RunRepository(session).claim(run_id, worker=worker, now=now, lease=lease)
    assert claim is not None
    return claim


def question(
    subject: str = "ask", *, who: Who = "operator", expires_at: datetime | None = None
) -> NewApproval:
    """Return a question that a node asks."""
    return NewApproval(
        subject=subject, title="Ask", question="Go?", who=who, detail={}, expires_at=expires_at
    )


def budget_question(number: int = 1) -> NewApproval:
    """Return a question about the budget."""
    return NewApproval(
        subject=f"guardrail:cost:{number}",
        title="Budget",
        question="May it go on?",
        who="operator",
        detail={"limit": "cost", "allowed_usd": 5.0, "spent_usd": 5.5},
        expires_at=None,
    )


def waiting(
    database: Database,
    now: datetime,
    *questions: NewApproval,
    spec: WorkflowSpec = SPEC,
    last_effect_at: datetime | None = None,
) -> RunId:
    """Accept a run, let a worker ask the questions and leave it, and return its id."""
    claim = claimed(database, now, spec=spec)
    outcome = RunOutcome(
        status="waiting",
        final_state={"outputs": {"a": {}}},
        crumbs=[{"node": "a", "status": "ok"}],
        totals=RunTotals(cost_usd=0.5, n_calls=2),
        duration_ms=1_500.0,
    )
    with database.write() as session:
        for asked in questions or (question(),):
            ApprovalRepository(session).ask(claim.run_id, asked, now)
        assert RunRepository(session).pause(claim.run_id, claim.token, outcome, last_effect_at=last_effect_at)
    return claim.run_id
