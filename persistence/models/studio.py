"""Rows of revision 0047 around drawings and runs: drafts, their history, dispatch, events, artifacts."""

from datetime import datetime
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from persistence.models.base import Base, Id
from persistence.types import BigIntKey, FreeText


class DraftRow(Base):
    """What is being drawn: the full spec, and beside it the layout that no hash covers."""

    __tablename__ = "workflow_drafts"

    spec_id: Mapped[str] = mapped_column(
        Id, ForeignKey("workflow_specs.id", ondelete="CASCADE"), primary_key=True
    )
    spec: Mapped[dict[str, Any]]
    layout: Mapped[dict[str, Any]]
    revision: Mapped[int] = mapped_column(Integer)
    """Grows with every change, undo included."""
    updated_at: Mapped[datetime]
    updated_by: Mapped[str] = mapped_column(String(120))


class DraftEditRow(Base):
    """One change of a draft, to be undone and done again."""

    __tablename__ = "workflow_draft_edits"
    __table_args__ = (Index(None, "spec_id", "undone"),)

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True, autoincrement=True)
    spec_id: Mapped[str] = mapped_column(Id, ForeignKey("workflow_drafts.spec_id", ondelete="CASCADE"))
    revision: Mapped[int] = mapped_column(Integer)
    label: Mapped[str] = mapped_column(FreeText())
    change: Mapped[dict[str, Any]]
    undone: Mapped[bool]
    author: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]


class DispatchRow(Base):
    """How a run gets to a worker: what to run, and the lease that says who runs it."""

    __tablename__ = "workflow_run_dispatch"

    run_id: Mapped[str] = mapped_column(
        Id, ForeignKey("workflow_runs.id", ondelete="CASCADE"), primary_key=True
    )
    spec_hash: Mapped[str] = mapped_column(String(64))
    spec: Mapped[dict[str, Any]]
    layout: Mapped[dict[str, Any]]
    token: Mapped[int] = mapped_column(Integer, server_default="0")
    """The fencing token: grows with every claim; a write with an older one is refused."""
    lease_until: Mapped[datetime | None] = mapped_column(index=True)
    worker: Mapped[str | None] = mapped_column(FreeText())
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    dispatched_at: Mapped[datetime | None]
    claimed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    """When the one terminal frame was written."""
    created_by: Mapped[str | None] = mapped_column(Id)
    created_by_name: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]
    replay_of: Mapped[str | None] = mapped_column(Id)
    """The run that this one repeats exactly. Revision 0051 adds it."""
    active_ms: Mapped[float] = mapped_column(Float, server_default="0")
    """For how long earlier segments worked on it."""
    last_effect_at: Mapped[datetime | None]
    """The last side effect of earlier segments; after a lost worker, the latest time at which there can have been one."""
    queued_at: Mapped[datetime | None]
    """When it became pending again: after an answer, or after its worker was lost."""


class ApprovalRow(Base):
    """One question that a run put to people; it has one answer at most."""

    __tablename__ = "workflow_approvals"

    run_id: Mapped[str] = mapped_column(
        Id, ForeignKey("workflow_runs.id", ondelete="CASCADE"), primary_key=True
    )
    subject: Mapped[str] = mapped_column(String(200), primary_key=True)
    """Id of the node that asks, or what else the question is about."""
    title: Mapped[str] = mapped_column(FreeText())
    question: Mapped[str] = mapped_column(FreeText())
    who: Mapped[str] = mapped_column(String(16))
    detail: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(16), index=True)
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None] = mapped_column(Id)
    answered_by_name: Mapped[str] = mapped_column(String(120))
    comment: Mapped[str] = mapped_column(FreeText())
    amount_usd: Mapped[float | None] = mapped_column(Float)
    """What was added to the budget."""


class RunEventRow(Base):
    """One frame of a run, in order."""

    __tablename__ = "workflow_run_events"
    __table_args__ = (UniqueConstraint("run_id", "seq"),)

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True, autoincrement=True)
    run_id: Mapped[str] = mapped_column(Id, ForeignKey("workflow_runs.id", ondelete="CASCADE"))
    seq: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime]
    frame: Mapped[dict[str, Any]]


class ArtifactRow(Base):
    """A payload, stored once under the digest of its content."""

    __tablename__ = "artifacts"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    media: Mapped[str] = mapped_column(String(40))
    size: Mapped[int] = mapped_column(Integer)
    """Bytes."""
    data: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
