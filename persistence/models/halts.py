"""Rows that prove a halt: one per request, one per run it hit, each step timed; and one per request to halt everything."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from persistence.models.base import Base, Id
from persistence.types import FreeText


class HaltRow(Base):
    """A request to halt."""

    __tablename__ = "halts"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    scope: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(FreeText())
    actor_id: Mapped[str | None] = mapped_column(Id)
    actor_name: Mapped[str] = mapped_column(String(120))
    requested_at: Mapped[datetime] = mapped_column(index=True)


class HaltItemRow(Base):
    """One run that a halt hit. No foreign key to the run: the record outlives it."""

    __tablename__ = "halt_items"

    halt_id: Mapped[str] = mapped_column(Id, ForeignKey("halts.id", ondelete="CASCADE"), primary_key=True)
    run_id: Mapped[str] = mapped_column(Id, primary_key=True, index=True)
    desk: Mapped[str] = mapped_column(String(24), server_default="workflows")
    prior_status: Mapped[str] = mapped_column(String(32))
    requested_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    abandoned_at: Mapped[datetime | None]
    killed_at: Mapped[datetime | None]
    last_effect_at: Mapped[datetime | None]
    proved_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(16), index=True)


class EverythingHaltRow(Base):
    """A request to halt everything, and the halts it was made of."""

    __tablename__ = "everything_halts"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    reason: Mapped[str] = mapped_column(FreeText())
    actor_id: Mapped[str | None] = mapped_column(Id)
    actor_name: Mapped[str] = mapped_column(String(120))
    requested_at: Mapped[datetime] = mapped_column(index=True)
    parts: Mapped[dict[str, Any]]
    """Kill switch and desks: the id of each one's halt, or why there is none."""
