"""Rows of revision 0061: deleted workflows, and keys under which a run is asked for once."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from persistence.models.base import Base, Id


class DeletionRow(Base):
    """A workflow that was deleted and can be restored. Its row in `workflow_specs` has a name that nobody can type."""

    __tablename__ = "workflow_deletions"

    spec_id: Mapped[str] = mapped_column(
        Id, ForeignKey("workflow_specs.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(String(160), unique=True)
    """The one it had."""
    deleted_at: Mapped[datetime]
    deleted_by_name: Mapped[str] = mapped_column(String(120))


class RunRequestKeyRow(Base):
    """That somebody has asked for a run under a key of theirs: the same again is the same run."""

    __tablename__ = "run_request_keys"

    actor_id: Mapped[str] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    """Of what was asked for."""
    run_id: Mapped[str] = mapped_column(Id)
    created_at: Mapped[datetime]
