"""Rows of revision 0049: what the desks beside the workflows run, and what those runs tell."""

from datetime import datetime
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from persistence.models.base import Base, Id
from persistence.types import BigIntKey, FreeText


class DeskRunRow(Base):
    """One run of a desk: the truth about its state, and the lease that says who runs it."""

    __tablename__ = "desk_runs"
    __table_args__ = (Index(None, "desk", "status", "created_at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    desk: Mapped[str] = mapped_column(String(24))
    kind: Mapped[str] = mapped_column(String(48))
    """What it does, in the desk's own words: session, train, backtest …"""
    name: Mapped[str] = mapped_column(String(160), index=True)
    queue: Mapped[str] = mapped_column(String(24))
    task_id: Mapped[str] = mapped_column(String(120), index=True)
    parent_id: Mapped[str | None] = mapped_column(Id, index=True)
    status: Mapped[str] = mapped_column(String(16), index=True)
    config: Mapped[dict[str, Any]]
    result: Mapped[dict[str, Any] | None]
    error: Mapped[str | None] = mapped_column(FreeText())
    progress: Mapped[float] = mapped_column(Float, server_default="0")
    """0 to 1."""
    note: Mapped[str] = mapped_column(FreeText())
    """What it said last."""
    cost_usd: Mapped[float] = mapped_column(Float, server_default="0")
    n_calls: Mapped[int] = mapped_column(Integer, server_default="0")
    created_by: Mapped[str | None] = mapped_column(Id, index=True)
    created_by_name: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]
    dispatched_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    heard_at: Mapped[datetime | None]
    """When it last told anything."""
    completed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    """When the one terminal frame was written."""
    token: Mapped[int] = mapped_column(Integer, server_default="0")
    """The fencing token: grows with every claim; a write with an older one is refused."""
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    lease_until: Mapped[datetime | None] = mapped_column(index=True)
    worker: Mapped[str | None] = mapped_column(FreeText())


class DeskEventRow(Base):
    """One frame of a desk's run, in order."""

    __tablename__ = "desk_run_events"
    __table_args__ = (UniqueConstraint("run_id", "seq"),)

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True, autoincrement=True)
    run_id: Mapped[str] = mapped_column(Id, ForeignKey("desk_runs.id", ondelete="CASCADE"))
    seq: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime]
    frame: Mapped[dict[str, Any]]
