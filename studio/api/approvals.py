"""Approvals over HTTP: what waits for a person, and answering it."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from persistence.approvals import ApprovalRecord, ApprovalState
from runtime.approvals import Who
from runtime.ids import RunId
from studio.api.auth import CurrentActor, Services
from studio.api.studio_flag import STUDIO_ON
from tasks.access import Actor
from tasks.control import approvals
from tasks.control.approvals import MAX_COMMENT, may_answer

router = APIRouter(prefix="/workflows", tags=["approvals"], dependencies=STUDIO_ON)


class Approval(BaseModel):
    """A question that a run has put to people, and its answer."""

    run_id: RunId
    node_id: str
    """The node that asks, or `guardrail:cost:<n>` for the n-th question about the budget."""
    workflow_spec_name: str
    started_by: str
    title: str
    question: str
    who: Who
    """`operator`: operators and admins may answer; `admin`: admins only."""
    may_answer: bool
    """Whether you may."""
    detail: dict[str, Any]
    """Of a question about the budget: what was allowed and what was spent."""
    state: ApprovalState
    asked_at: datetime
    expires_at: datetime | None
    """When silence counts as a rejection; null: it waits for ever."""
    answered_at: datetime | None
    answered_by: str
    comment: str
    amount_usd: float | None
    """What was added to the budget."""


class AnswerRequest(BaseModel):
    """An answer."""

    model_config = ConfigDict(extra="forbid")

    approve: bool
    comment: str = Field(default="", max_length=MAX_COMMENT)
    amount_usd: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Added to the budget, when the question is about it; left out: the workflow's own budget once more."""


@router.get("/approvals")
def list_approvals(actor: CurrentActor, container: Services) -> list[Approval]:
    """Return everything that waits for an answer, oldest first."""
    return [approval(record, actor) for record in approvals.list_approvals(container.control, actor)]


@router.post("/runs/{run_id}/approvals/{node_id:path}")
def answer_approval(
    run_id: str, node_id: str, actor: CurrentActor, container: Services, request: AnswerRequest
) -> Approval:
    """Answer a question; the run goes on. 409 when it has its answer already, or the run has ended."""
    answered = approvals.answer_approval(
        container.control,
        actor,
        run_id,
        node_id,
        approve=request.approve,
        comment=request.comment,
        amount_usd=request.amount_usd,
    )
    return approval(answered, actor)


def approval(record: ApprovalRecord, actor: Actor) -> Approval:
    """Return the public form of a question, as one actor sees it."""
    return Approval(
        run_id=record.run_id,
        node_id=record.subject,
        workflow_spec_name=record.spec_name,
        started_by=record.started_by,
        title=record.title,
        question=record.question,
        who=record.who,
        may_answer=may_answer(actor, record.who),
        detail=record.detail,
        state=record.state,
        asked_at=record.asked_at,
        expires_at=record.expires_at,
        answered_at=record.answered_at,
        answered_by=record.answered_by_name,
        comment=record.comment,
        amount_usd=record.amount_usd,
    )
