"""Idempotency keys: who asks for a run twice under one key gets one run."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from persistence.inserts import insert_into
from persistence.models import RunRequestKeyRow
from runtime.ids import RunId, UserId

KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestKey:
    """A key with what was asked for under it first."""

    digest: str
    run_id: RunId


class RequestKeyRepository:
    """Reads and writes keys in the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def take(
        self, actor_id: UserId, key: str, *, digest: str, run_id: RunId, now: datetime
    ) -> RequestKey | None:
        """Take a key for a run: None, or what has it already. Waits for whoever is just taking the same one.

        The actor's keys that are older than a day are forgotten first.
        """
        self._session.execute(
            delete(RunRequestKeyRow).where(
                RunRequestKeyRow.actor_id == actor_id, RunRequestKeyRow.created_at < now - KEPT
            )
        )
        taken = self._session.scalar(
            insert_into(self._session, RunRequestKeyRow)
            .values(actor_id=actor_id, key=key, digest=digest, run_id=run_id, created_at=now)
            .on_conflict_do_nothing(index_elements=["actor_id", "key"])
            .returning(RunRequestKeyRow.run_id)
        )
        return None if taken is not None else self.find(actor_id, key, now=now)

    def find(self, actor_id: UserId, key: str, *, now: datetime) -> RequestKey | None:
        """Return what was asked for under a key within the last day."""
        row = self._session.scalar(
            select(RunRequestKeyRow).where(
                RunRequestKeyRow.actor_id == actor_id,
                RunRequestKeyRow.key == key,
                RunRequestKeyRow.created_at >= now - KEPT,
            )
        )
        return None if row is None else RequestKey(digest=row.digest, run_id=RunId(row.run_id))
