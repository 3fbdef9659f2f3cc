"""Rows of revision 0059: API tokens, of which only the SHA-256 is kept."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from persistence.models.base import Base, Id


class ApiTokenRow(Base):
    """A program's way in, in the name of an account and never with more rights than it."""

    __tablename__ = "api_tokens"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    token_hash: Mapped[str] = mapped_column(String(64), index=True, unique=True)
    hint: Mapped[str] = mapped_column(String(16))
    """Its first characters, so that people can tell their tokens apart."""
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
