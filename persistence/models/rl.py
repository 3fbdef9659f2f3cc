"""What the rl desk was asked to learn."""

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from persistence.models.base import Base, Id


class ExperimentVersionRow(Base):
    """A frozen experiment; never changed after it is written."""

    __tablename__ = "rl_experiment_versions"
    __table_args__ = (UniqueConstraint("name", "version"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(160))
    version: Mapped[int] = mapped_column(Integer)
    spec_hash: Mapped[str] = mapped_column(String(64), unique=True)
    payload: Mapped[dict[str, Any]]
    created_by: Mapped[str | None] = mapped_column(Id)
    created_by_name: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]
