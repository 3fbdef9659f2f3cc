"""The declarative base: names of constraints, portable column types, who owns a row."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from persistence.types import UtcDateTime

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Id = String(36)
"""Every id that we make: a UUID, with or without dashes."""
Json = JSON(none_as_null=True)


class Base(DeclarativeBase):
    """The base of all rows."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy reads it as a plain class attribute
        datetime: UtcDateTime(),
        dict[str, Any]: Json,
        list[Any]: Json,
    }


class Owned:
    """Whose row it is; the row survives its owner."""

    owner_user_id: Mapped[str | None] = mapped_column(
        Id, ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    workspace_id: Mapped[str | None] = mapped_column(
        Id, ForeignKey("workspaces.id", ondelete="SET NULL"), index=True
    )
    project_id: Mapped[str | None] = mapped_column(
        Id, ForeignKey("projects.id", ondelete="SET NULL"), index=True
    )
