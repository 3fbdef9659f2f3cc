"""The frames of runs, in order, for whoever comes late."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from persistence.inserts import insert_into
from persistence.models import DeskEventRow, RunEventRow
from runtime.errors import Unavailable
from runtime.ids import RunId

_TRIES = 5
Frame = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
    """One frame."""

    seq: int
    at: datetime
    frame: dict[str, Any]


class EventRepository:
    """Reads and appends frames in the caller's unit of work: of workflow runs, or of the other desks' runs."""

    def __init__(self, session: Session, rows: type[RunEventRow] | type[DeskEventRow] = RunEventRow) -> None:
        self._session = session
        self._rows = rows

    def append(self, run_id: RunId, frames: Iterable[tuple[int, datetime, Frame]]) -> None:
        """Append frames under the numbers they have; one whose number is taken is a duplicate and ignored."""
        rows = [{"run_id": run_id, "seq": seq, "at": at, "frame": dict(frame)} for seq, at, frame in frames]
        if rows:
            self._session.execute(insert_into(self._session, self._rows).on_conflict_do_nothing(), rows)

    def append_next(self, run_id: RunId, at: datetime, frame: Frame) -> int:
        """Append a frame under the next free number (the first is 1) and return it."""
        for _ in range(_TRIES):
            # On PostgreSQL another writer may take the number between the look and the insert.
            last = self.last_seq(run_id)
            seq = self._session.scalar(
                insert_into(self._session, self._rows)
                .values(run_id=run_id, seq=last + 1, at=at, frame=dict(frame))
                .on_conflict_do_nothing()
                .returning(self._rows.seq)
            )
            if seq is not None:
                return seq
        raise Unavailable(f"Too many write the frames of run {run_id} at once. Try again.")

    def after(self, run_id: RunId, seq: int = 0, *, limit: int = 1000) -> list[EventRecord]:
        """Return the frames after that number, in order."""
        rows = self._session.scalars(
            select(self._rows)
            .where(self._rows.run_id == run_id, self._rows.seq > seq)
            .order_by(self._rows.seq)
            .limit(limit)
        )
        return [EventRecord(seq=row.seq, at=row.at, frame=row.frame) for row in rows]

    def last_seq(self, run_id: RunId) -> int:
        """Return the highest number in use; 0 before the first frame."""
        return self._session.scalar(select(func.max(self._rows.seq)).where(self._rows.run_id == run_id)) or 0
