"""When workflows start by themselves."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from persistence.models.base import Base, Id
from persistence.types import FreeText


class ScheduleRow(Base):
    """The one schedule of a workflow."""

    __tablename__ = "workflow_schedules"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    spec_id: Mapped[str] = mapped_column(Id, ForeignKey("workflow_specs.id", ondelete="CASCADE"), unique=True)
    key: Mapped[str] = mapped_column(String(180), unique=True)
    """The name of its beat entry."""
    cron: Mapped[str] = mapped_column(String(200))
    interval_seconds: Mapped[int] = mapped_column(Integer)
    timezone: Mapped[str] = mapped_column(String(64))
    misfire: Mapped[str] = mapped_column(String(8))
    most: Mapped[int] = mapped_column(Integer)
    inputs: Mapped[dict[str, Any]]
    enabled: Mapped[bool]
    paused: Mapped[bool]
    revision: Mapped[int] = mapped_column(Integer)
    """Grows with every change that a person makes; a claim on an older one is refused."""
    anchor: Mapped[datetime]
    last_slot: Mapped[datetime]
    """Up to where it is dealt with."""
    next_slot: Mapped[datetime | None] = mapped_column(index=True)
    last_run_id: Mapped[str | None] = mapped_column(Id)
    last_run_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(FreeText())
    """Why the last slot did not become a run; None when it did."""
    updated_by: Mapped[str] = mapped_column(Id)
    """Whose rights its runs have."""
    updated_by_name: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
