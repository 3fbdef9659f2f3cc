"""`runtime.agents.memory.AgentMemory` over the database."""

import asyncio
from collections.abc import Sequence
from datetime import date

from persistence.database import Database
from persistence.memories import Likeness, MemoryRepository, Question
from runtime.agents.embedding import Embedder
from runtime.agents.memory import Memory, Passage, as_known
from runtime.ports import Clock
from tasks.worker.offload import Offload


class DbAgentMemory:
    """The memories of all agents; one embedder for all of them, as the installation has chosen it."""

    def __init__(self, database: Database, offload: Offload, clock: Clock, embedder: Embedder) -> None:
        self._database = database
        self._offload = offload
        self._clock = clock
        self._embedder = embedder

    async def remember(self, memory: Memory) -> None:
        """Keep a memory, each key once. A caller that is cancelled waits for what is being written."""
        vector = await self._embedder.embed(memory.situation)
        writing = asyncio.ensure_future(self._offload(self._add, memory, vector))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            await asyncio.wait([writing])
            raise

    async def recall(self, agent: str, query: str, *, k: int, before: date) -> Sequence[Passage]:
        """Return up to `k` memories from days before `before` that have something in common with the query."""
        vector = await self._embedder.embed(query)
        if not vector:
            return ()
        question = Question(agent=agent, embedder=self._embedder.name, vector=vector, before=before, k=k)
        found = await self._offload(self._nearest, question)
        return [
            Passage(memory=as_known(each.memory, before=before), score=min(each.score, 1.0))
            for each in found
            if each.score > 0
        ]

    def _add(self, memory: Memory, vector: Sequence[float]) -> None:
        with self._database.write() as session:
            MemoryRepository(session).add(
                memory, embedder=self._embedder.name, vector=vector, now=self._clock.now()
            )

    def _nearest(self, question: Question) -> list[Likeness]:
        with self._database.read() as session:
            return MemoryRepository(session).nearest(question)
