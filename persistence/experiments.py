"""Frozen experiments of the rl desk, by the hash of their content."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from persistence.actors import Named
from persistence.inserts import insert_into
from persistence.models import ExperimentVersionRow
from runtime.ids import VersionId, new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentVersion:
    """A frozen experiment."""

    id: VersionId
    name: str
    version: int
    """Counted by name from 1, without gaps."""
    spec_hash: str
    payload: dict[str, Any]
    created_by_name: str
    created_at: datetime


class ExperimentRepository:
    """Reads and freezes experiments in the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def freeze(
        self, name: str, *, spec_hash: str, payload: Mapping[str, Any], actor: Named, now: datetime
    ) -> ExperimentVersion:
        """Return the version with this content, written if it is new; the same content is never a second version."""
        while True:
            known = self._session.scalar(
                select(ExperimentVersionRow).where(ExperimentVersionRow.spec_hash == spec_hash)
            )
            if known is not None:
                return _version(known)
            last = self._session.scalar(
                select(func.max(ExperimentVersionRow.version)).where(ExperimentVersionRow.name == name)
            )
            # Another one may freeze the same content, or take the same number, meanwhile: then look again.
            self._session.execute(
                insert_into(self._session, ExperimentVersionRow)
                .values(
                    id=new_id(),
                    name=name,
                    version=(last or 0) + 1,
                    spec_hash=spec_hash,
                    payload=dict(payload),
                    created_by=actor.id,
                    created_by_name=actor.name,
                    created_at=now,
                )
                .on_conflict_do_nothing()
            )

    def get(self, version_id: VersionId) -> ExperimentVersion | None:
        """Return a version."""
        row = self._session.get(ExperimentVersionRow, version_id)
        return None if row is None else _version(row)

    def list(self, *, name: str | None = None, limit: int = 100) -> Sequence[ExperimentVersion]:
        """Return versions, of one experiment or of all, newest first."""
        query = select(ExperimentVersionRow).order_by(
            ExperimentVersionRow.created_at.desc(), ExperimentVersionRow.id.desc()
        )
        if name is not None:
            query = query.where(ExperimentVersionRow.name == name)
        return [_version(row) for row in self._session.scalars(query.limit(limit))]


def _version(row: ExperimentVersionRow) -> ExperimentVersion:
    return ExperimentVersion(
        id=VersionId(row.id),
        name=row.name,
        version=row.version,
        spec_hash=row.spec_hash,
        payload=row.payload,
        created_by_name=row.created_by_name,
        created_at=row.created_at,
    )
