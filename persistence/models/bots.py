"""Rows of revision 0057: bots, and the frozen contents they have had."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from persistence.models.base import Base, Id
from persistence.types import FreeText


class BotRow(Base):
    """A bot. Its content is in its versions; its slug is never given to another one."""

    __tablename__ = "bots"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(16))
    current_version: Mapped[int] = mapped_column(Integer)
    created_by: Mapped[str | None] = mapped_column(Id)
    created_by_name: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    """Its deployments stay."""


class BotVersionRow(Base):
    """A frozen content of a bot; the database refuses to change it."""

    __tablename__ = "bot_versions"
    __table_args__ = (UniqueConstraint("bot_id", "version"), UniqueConstraint("bot_id", "spec_hash"))

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    bot_id: Mapped[str] = mapped_column(Id, ForeignKey("bots.id", ondelete="CASCADE"))
    version: Mapped[int] = mapped_column(Integer)
    spec_hash: Mapped[str] = mapped_column(String(64), index=True)
    payload: Mapped[dict[str, Any]]
    notes: Mapped[str] = mapped_column(FreeText())
    created_by_name: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]
