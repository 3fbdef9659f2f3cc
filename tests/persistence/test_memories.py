"""Memories where PostgreSQL has no vectors: found all the same, one by one."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from persistence import migrate
from persistence.database import Database, open_database
from persistence.memories import MemoryRepository, Question
from runtime.agents.embedding import fitted
from runtime.agents.memory import Memory, Outcome
from tests.persistence.conftest import NOW

MAY = date(2020, 5, 1)


def memory(key: str) -> Memory:
    return Memory(key=key, agent="a", as_of=MAY, situation=key, decision={"action": "buy"})


def question(**fields: object) -> Question:
    usual: dict[str, object] = {
        "agent": "a",
        "embedder": "e",
        "vector": fitted([1.0, 0.1]),
        "before": date(2021, 1, 1),
        "k": 2,
    }
    return Question(**usual | fields)  # pyright: ignore[reportArgumentType]


def keep_three(database: Database) -> None:
    with database.write() as session:
        memories = MemoryRepository(session)
        for key, vector in (("north", [1.0, 0.0]), ("east", [0.0, 1.0]), ("south", [-1.0, 0.0])):
            memories.add(memory(key), embedder="e", vector=fitted(vector), now=NOW)


def nearest(database: Database, asked: Question) -> list[tuple[str, float]]:
    with database.read() as session:
        return [
            (found.memory.key, round(found.score, 3)) for found in MemoryRepository(session).nearest(asked)
        ]


def test_the_nearest_come_first_whoever_orders_them(database: Database) -> None:
    keep_three(database)

    assert nearest(database, question()) == [("north", 0.995), ("east", 0.1)]
    assert nearest(database, question(k=9))[-1] == ("south", -0.995)


def test_what_another_embedder_made_is_not_compared(database: Database) -> None:
    keep_three(database)

    assert nearest(database, question(embedder="another")) == []


@pytest.mark.postgres
def test_without_the_extension_memories_are_found_too(postgres_url: str) -> None:
    migrate.upgrade(postgres_url)
    database = open_database(postgres_url)
    with database.write() as session:
        session.execute(text("ALTER TABLE agent_memory ALTER COLUMN embedding TYPE json USING NULL"))
    keep_three(database)

    assert nearest(database, question()) == [("north", 0.995), ("east", 0.1)]
    database.dispose()


def test_more_memories_than_are_read_at_once_are_all_compared(database: Database) -> None:
    with database.write() as session:
        memories = MemoryRepository(session)
        for number in range(1100):
            vector = fitted([1.0, 1.0 + number])
            memories.add(memory(f"{number:04}"), embedder="e", vector=vector, now=NOW)

    assert [key for key, _ in nearest(database, question(vector=fitted([1.0, 1.0])))] == ["0000", "0001"]


def test_an_outcome_comes_back_as_it_was(database: Database) -> None:
    outcome = Outcome(known_on=MAY, gain=-0.02, text="reward -0.02")
    with database.write() as session:
        kept = Memory(key="k", agent="a", as_of=MAY, situation="s", decision={"n": 1}, outcome=outcome)
        MemoryRepository(session).add(kept, embedder="e", vector=fitted([1.0]), now=NOW)

    with database.read() as session:
        (found,) = MemoryRepository(session).nearest(question())
    assert found.memory == kept
