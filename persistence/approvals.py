"""What runs have asked people, and what was answered. An answer is a compare-and-set: one wins."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from persistence.inserts import insert_into
from persistence.models import ApprovalRow, DispatchRow, RunRow
from runtime.approvals import Who
from runtime.ids import RunId, SpecName, UserId
from runtime.status import ACTIVE

ApprovalState = Literal["pending", "approved", "rejected", "expired"]
_STATES: tuple[ApprovalState, ...] = get_args(ApprovalState)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApproval:
    """A question to be put to people."""

    subject: str
    title: str
    question: str
    who: Who
    detail: Mapping[str, Any]
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAnswer:
    """What was answered, and by whom; `by` is None for the studio itself."""

    state: Literal["approved", "rejected", "expired"]
    comment: str
    by: UserId | None
    by_name: str
    amount_usd: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRecord:
    """A question with the answer that it has, if it has one."""

    run_id: RunId
    spec_name: SpecName
    started_by: str
    """Name of whoever started the run."""
    subject: str
    title: str
    question: str
    who: Who
    detail: dict[str, Any]
    state: ApprovalState
    asked_at: datetime
    expires_at: datetime | None
    answered_at: datetime | None
    answered_by_name: str
    comment: str
    amount_usd: float | None


class ApprovalRepository:
    """Reads and writes questions in the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def ask(self, run_id: RunId, new: NewApproval, now: datetime) -> None:
        """Write a question down; nothing when the run has asked it before."""
        self._session.execute(
            insert_into(self._session, ApprovalRow)
            .values(
                run_id=run_id,
                subject=new.subject,
                title=new.title,
                question=new.question,
                who=new.who,
                detail=dict(new.detail),
                state="pending",
                asked_at=now,
                expires_at=new.expires_at,
                answered_by_name="",
                comment="",
            )
            .on_conflict_do_nothing()
        )

    def answer(self, run_id: RunId, subject: str, given: GivenAnswer, now: datetime) -> bool:
        """Answer a pending question; False, and nothing written, when it has its answer or was never asked."""
        answered = self._session.scalar(
            update(ApprovalRow)
            .where(
                ApprovalRow.run_id == run_id, ApprovalRow.subject == subject, ApprovalRow.state == "pending"
            )
            .values(
                state=given.state,
                comment=given.comment,
                answered_at=now,
                answered_by=given.by,
                answered_by_name=given.by_name,
                amount_usd=given.amount_usd,
            )
            .returning(ApprovalRow.subject)
        )
        return answered is not None

    def get(self, run_id: RunId, subject: str) -> ApprovalRecord | None:
        """Return one question."""
        found = self._records(ApprovalRow.run_id == run_id, ApprovalRow.subject == subject)
        return found[0] if found else None

    def of_run(self, run_id: RunId) -> list[ApprovalRecord]:
        """Return everything that a run has asked, oldest first."""
        return self._records(ApprovalRow.run_id == run_id)

    def open(self, *, limit: int = 200) -> list[ApprovalRecord]:
        """Return what waits for an answer, oldest first; questions of runs that have ended wait for none."""
        return self._records(*_OPEN, limit=limit)

    def expired(self, now: datetime, *, limit: int = 200) -> list[ApprovalRecord]:
        """Return what has waited for too long."""
        return self._records(*_OPEN, ApprovalRow.expires_at <= now, limit=limit)

    def _records(self, *which: ColumnElement[bool], limit: int = 1000) -> list[ApprovalRecord]:
        found = self._session.execute(
            select(ApprovalRow, RunRow.workflow_spec_name, DispatchRow.created_by_name)
            .join(RunRow, RunRow.id == ApprovalRow.run_id)
            .join(DispatchRow, DispatchRow.run_id == ApprovalRow.run_id)
            .where(*which)
            .order_by(ApprovalRow.asked_at, ApprovalRow.run_id, ApprovalRow.subject)
            .limit(limit)
        )
        return [_record(row, SpecName(name), by) for row, name, by in found]


_OPEN: tuple[ColumnElement[bool], ...] = (ApprovalRow.state == "pending", RunRow.status.in_(ACTIVE))


def _record(row: ApprovalRow, spec_name: SpecName, started_by: str) -> ApprovalRecord:
    return ApprovalRecord(
        run_id=RunId(row.run_id),
        spec_name=spec_name,
        started_by=started_by,
        subject=row.subject,
        title=row.title,
        question=row.question,
        who="admin" if row.who == "admin" else "operator",
        detail=row.detail,
        state=_state(row.state),
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        answered_at=row.answered_at,
        answered_by_name=row.answered_by_name,
        comment=row.comment,
        amount_usd=row.amount_usd,
    )


def _state(text: str) -> ApprovalState:
    for state in _STATES:
        if state == text:
            return state
    raise ValueError(f"A question has the unknown state {text!r}.")
