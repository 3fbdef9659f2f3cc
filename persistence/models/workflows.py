"""Rows of revision 0046: exactly the three tables of the workflow control plane."""

from datetime import datetime
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, Integer, String, false, func
from sqlalchemy.orm import Mapped, mapped_column

from persistence.models.base import Base, Id, Owned
from persistence.types import FreeText


class SpecRow(Owned, Base):
    """A workflow by name. Its content is in versions and drafts."""

    __tablename__ = "workflow_specs"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(160), index=True, unique=True)
    adapter: Mapped[str] = mapped_column(String(120))
    description: Mapped[str | None] = mapped_column(FreeText())
    current_version: Mapped[int] = mapped_column(Integer, server_default="1")
    annotations: Mapped[list[Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class VersionRow(Owned, Base):
    """A frozen content of a workflow; never changed after it is written."""

    __tablename__ = "workflow_spec_versions"
    __table_args__ = (Index(None, "spec_id", "version"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    spec_id: Mapped[str] = mapped_column(Id, ForeignKey("workflow_specs.id", ondelete="CASCADE"), index=True)
    version: Mapped[int] = mapped_column(Integer)
    spec_hash: Mapped[str] = mapped_column(String(64), index=True, unique=True)
    payload: Mapped[dict[str, Any]]
    notes: Mapped[str | None] = mapped_column(FreeText())
    created_by: Mapped[str | None] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class RunRow(Owned, Base):
    """One run: the truth about its state."""

    __tablename__ = "workflow_runs"
    __table_args__ = (
        Index(None, "status", "started_at"),
        # Revision 0047 adds it: the runs of one workflow, newest first.
        Index(None, "workflow_spec_name", "started_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    workflow_spec_name: Mapped[str] = mapped_column(String(160), index=True)
    spec_version_id: Mapped[str | None] = mapped_column(
        Id, ForeignKey("workflow_spec_versions.id", ondelete="SET NULL"), index=True
    )
    parent_run_id: Mapped[str | None] = mapped_column(Id, index=True)
    task_id: Mapped[str | None] = mapped_column(String(120), index=True)
    session_id: Mapped[str | None] = mapped_column(Id, index=True)
    status: Mapped[str] = mapped_column(String(32), server_default="pending", index=True)
    inputs: Mapped[dict[str, Any] | None]
    final_state: Mapped[dict[str, Any] | None]
    breadcrumbs: Mapped[list[Any] | None]
    cost_usd: Mapped[float] = mapped_column(Float, server_default="0")
    n_calls: Mapped[int] = mapped_column(Integer, server_default="0")
    n_tool_calls: Mapped[int] = mapped_column(Integer, server_default="0")
    n_rag_hits: Mapped[int] = mapped_column(Integer, server_default="0")
    duration_ms: Mapped[float | None] = mapped_column(Float)
    halted: Mapped[bool] = mapped_column(server_default=false())
    error: Mapped[str | None] = mapped_column(FreeText())
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    completed_at: Mapped[datetime | None]
    experiment_id: Mapped[str | None] = mapped_column(
        Id, ForeignKey("alphaswarm_experiments.id", ondelete="SET NULL"), index=True
    )
    test_id: Mapped[str | None] = mapped_column(
        Id, ForeignKey("alphaswarm_tests.id", ondelete="SET NULL"), index=True
    )
