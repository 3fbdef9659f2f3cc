"""The frames of runs, in order, for whoever comes late."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from persistence.chunks import chunks
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
        return self.append_next_all({run_id: frame}, at)[run_id]

    def append_next_all(self, frames: Mapping[RunId, Frame], at: datetime) -> dict[RunId, int]:
        """Append one frame each to many runs, under the next free numbers, and return these."""
        taken: dict[RunId, int] = {}
        for _ in range(_TRIES):
            # On PostgreSQL another writer may take a number between the look and the insert.
            left = [run_id for run_id in sorted(frames) if run_id not in taken]
            for run_ids in chunks(left):
                taken |= self._try_next(run_ids, frames, at)
            if len(taken) == len(frames):
                return taken
        missing = next(run_id for run_id in frames if run_id not in taken)
        raise Unavailable(f"Too many write the frames of run {missing} at once. Try again.")

    def after(self, run_id: RunId, seq: int = 0, *, limit: int = 1000) -> list[EventRecord]:
        """Return the frames after that number, in order."""
        rows = self._session.scalars(
            select(self._rows)
            .where(self._rows.run_id == run_id, self._rows.seq > seq)
            .order_by(self._rows.seq)
            .limit(limit)
        )
        return [EventRecord(seq=row.seq, at=row.at, frame=row.frame) for row in rows]

    def _try_next(
        self, run_ids: Sequence[RunId], frames: Mapping[RunId, Frame], at: datetime
    ) -> dict[RunId, int]:
        """Return the numbers that could be taken."""
        rows = self._rows
        last = select(rows.run_id, func.max(rows.seq)).where(rows.run_id.in_(run_ids)).group_by(rows.run_id)
        lasts: dict[str, int] = {run_id: seq for run_id, seq in self._session.execute(last)}
        values = [
            {"run_id": run_id, "seq": lasts.get(run_id, 0) + 1, "at": at, "frame": dict(frames[run_id])}
            for run_id in run_ids
        ]
        inserted = insert_into(self._session, rows).on_conflict_do_nothing().returning(rows.run_id, rows.seq)
        return {RunId(run_id): seq for run_id, seq in self._session.execute(inserted, values)}

    def last_seq(self, run_id: RunId) -> int:
        """Return the highest number in use; 0 before the first frame."""
        return self._session.scalar(select(func.max(self._rows.seq)).where(self._rows.run_id == run_id)) or 0
