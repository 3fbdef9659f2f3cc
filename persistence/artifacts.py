"""Payloads by the digest of their content."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from persistence.inserts import insert_into
from persistence.models import ArtifactRow
from runtime.ids import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactRecord:
    """A payload."""

    digest: Digest
    media: str
    data: bytes
    created_at: datetime


class ArtifactRepository:
    """Stores and returns payloads in the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, digest: Digest, *, media: str, data: bytes, now: datetime) -> bool:
        """Store a payload unless it is there; True when it was new."""
        stored = self._session.scalar(
            insert_into(self._session, ArtifactRow)
            .values(digest=digest, media=media, size=len(data), data=data, created_at=now)
            .on_conflict_do_nothing()
            .returning(ArtifactRow.digest)
        )
        return stored is not None

    def get(self, digest: Digest) -> ArtifactRecord | None:
        """Return a payload; None when there is none of that digest."""
        row = self._session.get(ArtifactRow, digest)
        if row is None:
            return None
        return ArtifactRecord(
            digest=Digest(row.digest), media=row.media, data=row.data, created_at=row.created_at
        )
