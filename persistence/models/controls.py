"""Rows of revision 0045 that operators work with: audit, overrides, kill switch, agent memory."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from persistence.models.base import Base, Id, Json
from persistence.types import BigIntKey, Embedding, FreeText


class AuditRow(Base):
    """Who did what, when, to what, and why. Append-only; outlives the account."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index(None, "action", "at"),)

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[str | None] = mapped_column(Id, index=True)
    actor_name: Mapped[str] = mapped_column(String(120))
    action: Mapped[str] = mapped_column(String(64))
    target: Mapped[str] = mapped_column(String(255), index=True)
    reason: Mapped[str | None] = mapped_column(FreeText())
    detail: Mapped[dict[str, Any] | None]


class OverrideRow(Base):
    """A setting that an admin has set; no row means the default."""

    __tablename__ = "setting_overrides"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    value: Mapped[Any] = mapped_column(Json, nullable=False)
    updated_by: Mapped[str | None] = mapped_column(Id)
    updated_by_name: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str | None] = mapped_column(FreeText())
    updated_at: Mapped[datetime]


class SettingChangeRow(Base):
    """The history of the overrides; a null value means: no override."""

    __tablename__ = "setting_changes"

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(120), index=True)
    old: Mapped[Any | None] = mapped_column(Json)
    new: Mapped[Any | None] = mapped_column(Json)
    actor_id: Mapped[str | None] = mapped_column(Id)
    actor_name: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str | None] = mapped_column(FreeText())
    at: Mapped[datetime]


class KillSwitchRow(Base):
    """The global kill switch: exactly one row, made by the migration."""

    __tablename__ = "kill_switch"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    engaged: Mapped[bool]
    reason: Mapped[str | None] = mapped_column(FreeText())
    by_id: Mapped[str | None] = mapped_column(Id)
    by_name: Mapped[str | None] = mapped_column(String(120))
    at: Mapped[datetime | None]


class AgentMemoryRow(Base):
    """A decision that an agent remembers, in its situation, with what became of it; columns after `created_at` are of 0051."""

    __tablename__ = "agent_memory"
    __table_args__ = (Index(None, "agent", "embedder", "as_of"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    agent: Mapped[str] = mapped_column(String(160), index=True)
    content: Mapped[str] = mapped_column(FreeText())
    """The situation in words."""
    embedding: Mapped[Sequence[float] | None] = mapped_column(Embedding())
    created_at: Mapped[datetime]
    embedder: Mapped[str | None] = mapped_column(String(240))
    """What made the embedding; only those of one embedder can be compared."""
    as_of: Mapped[date | None] = mapped_column(Date)
    """The last day that the agent knew of when it decided."""
    decision: Mapped[dict[str, Any] | None]
    outcome: Mapped[dict[str, Any] | None]
