"""What agents remember: kept with an embedding, found by likeness. pgvector orders where the column is its own; exact elsewhere, too."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Float, cast, select, text
from sqlalchemy.orm import Session

from persistence.inserts import insert_into
from persistence.models import AgentMemoryRow
from persistence.types import Embedding
from runtime.agents.memory import Memory, Outcome

_AT_A_TIME = 500
_COLUMN_TYPE = text(
    "SELECT format_type(atttypid, NULL) FROM pg_attribute "
    "WHERE attrelid = 'agent_memory'::regclass AND attname = 'embedding'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """A memory, and how much its situation is like the one that was asked about."""

    memory: Memory
    score: float
    """Cosine of the two embeddings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which memories are asked for."""

    agent: str
    embedder: str
    """Only what it embedded can be compared with `vector`."""
    vector: Sequence[float]
    """Of length one."""
    before: date
    """Only decisions from days before."""
    k: int


class MemoryRepository:
    """Reads and writes memories in the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, memory: Memory, *, embedder: str, vector: Sequence[float], now: datetime) -> None:
        """Keep a memory; one with the same key stays as it is. Without a vector it is kept, but never found."""
        self._session.execute(
            insert_into(self._session, AgentMemoryRow)
            .values(
                id=memory.key,
                agent=memory.agent,
                content=memory.situation,
                embedding=vector or None,
                embedder=embedder,
                as_of=memory.as_of,
                decision=dict(memory.decision),
                outcome=memory.outcome.dump() if memory.outcome else None,
                created_at=now,
            )
            .on_conflict_do_nothing(index_elements=["id"])
        )

    def nearest(self, question: Question) -> list[Likeness]:
        """Return the `k` memories most alike, most alike first and of equals the newest first."""
        if self._has_vectors():
            return self._by_the_database(question)
        return self._by_hand(question)

    def _has_vectors(self) -> bool:
        if self._session.get_bind().dialect.name != "postgresql":
            return False
        return self._session.scalar(_COLUMN_TYPE) == "vector"

    def _by_the_database(self, question: Question) -> list[Likeness]:
        asked = cast(question.vector, Embedding())
        distance: ColumnElement[float] = AgentMemoryRow.embedding.op("<=>", return_type=Float())(asked)
        found = self._session.execute(
            select(AgentMemoryRow, distance)
            .where(*_asked_for(question))
            .order_by(distance, AgentMemoryRow.as_of.desc(), AgentMemoryRow.id)
            .limit(question.k)
        )
        return [Likeness(memory=_memory(row), score=1.0 - apart) for row, apart in found]

    def _by_hand(self, question: Question) -> list[Likeness]:
        asked = np.asarray(question.vector)
        found = self._session.execute(
            select(AgentMemoryRow.id, AgentMemoryRow.as_of, AgentMemoryRow.embedding).where(
                *_asked_for(question)
            )
        )
        best: list[tuple[float, int, str]] = []
        for rows in found.partitions(_AT_A_TIME):
            scores = _cosines(np.asarray([row.embedding for row in rows]), asked)
            ranked = [
                (-float(score), -row.as_of.toordinal(), row.id)
                for score, row in zip(scores, rows, strict=True)
            ]
            best = heapq.nsmallest(question.k, [*best, *ranked])
        rows = self._session.scalars(
            select(AgentMemoryRow).where(AgentMemoryRow.id.in_([key for _, _, key in best]))
        )
        by_id = {row.id: _memory(row) for row in rows}
        return [Likeness(memory=by_id[key], score=-score) for score, _, key in best]


def _asked_for(question: Question) -> tuple[ColumnElement[bool], ...]:
    return (
        AgentMemoryRow.agent == question.agent,
        AgentMemoryRow.embedder == question.embedder,
        AgentMemoryRow.as_of < question.before,
        AgentMemoryRow.embedding.is_not(None),
    )


def _cosines(vectors: npt.NDArray[np.float64], asked: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(asked)
    return (vectors @ asked) / np.where(lengths > 0, lengths, 1.0)


def _memory(row: AgentMemoryRow) -> Memory:
    if row.as_of is None:
        raise AssertionError("only memories of a day are asked for")
    return Memory(
        key=row.id,
        agent=row.agent,
        as_of=row.as_of,
        situation=row.content,
        decision=row.decision or {},
        outcome=Outcome.load(row.outcome) if row.outcome else None,
    )
