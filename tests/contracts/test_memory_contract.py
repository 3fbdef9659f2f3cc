"""What every memory of agents keeps: the fake of the tests, SQLite, and PostgreSQL with its vectors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from persistence.database import Database
from runtime.agents.embedding import HashEmbedder
from runtime.agents.memory import AgentMemory, Memory, Outcome
from tasks.worker.memory import DbAgentMemory
from tasks.worker.offload import Offload
from tests.fakes import FakeClock, InMemoryMemory

MAY = date(2020, 5, 1)
TOMORROW = MAY + timedelta(days=1)
RISING = "JNJ: momentum speaks strongly for it; trend speaks for it; breadth says little"
FALLING = "JNJ: momentum speaks strongly against it; drawdown speaks against it; breadth says little"


@pytest.fixture
def offload() -> Iterator[Offload]:
    made = Offload(threads=2)
    yield made
    made.close()


@pytest.fixture(
    params=["fake", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)],
)
def memory(request: pytest.FixtureRequest, offload: Offload) -> AgentMemory:
    """An empty memory of each kind."""
    if request.param == "fake":
        return InMemoryMemory()
    database: Database = request.getfixturevalue("database_of")(request.param)
    return DbAgentMemory(database, offload, FakeClock(), HashEmbedder())


def decided(
    key: str,
    situation: str = RISING,
    *,
    as_of: date = MAY,
    agent: str = "desk/analyst",
    outcome: Outcome | None = None,
) -> Memory:
    return Memory(
        key=key,
        agent=agent,
        as_of=as_of,
        situation=situation,
        decision={"vt_symbol": "JNJ", "direction": "long"},
        outcome=outcome,
    )


async def keys(
    memory: AgentMemory, query: str = RISING, *, k: int = 10, before: date = TOMORROW
) -> list[str]:
    found = await memory.recall("desk/analyst", query, k=k, before=before)
    return [passage.memory.key for passage in found]


async def test_what_is_most_alike_comes_first(memory: AgentMemory) -> None:
    await memory.remember(decided("falling", FALLING))
    await memory.remember(decided("rising", RISING))
    await memory.remember(decided("lunch", "The committee met about lunch on Tuesday, zzz."))

    found = await memory.recall("desk/analyst", RISING, k=2, before=TOMORROW)

    assert [passage.memory.key for passage in found] == ["rising", "falling"]
    assert found[0].score == pytest.approx(1.0, abs=1e-6)
    assert 0 < found[1].score < 0.95
    assert found[0].memory == decided("rising", RISING)


async def test_nothing_comes_back_from_the_day_itself_or_later(memory: AgentMemory) -> None:
    for days, key in enumerate(["before", "today", "after"], start=-1):
        await memory.remember(decided(key, as_of=MAY + timedelta(days=days)))

    assert await keys(memory, before=MAY) == ["before"]


async def test_an_outcome_is_not_known_before_it_was(memory: AgentMemory) -> None:
    outcome = Outcome(known_on=MAY + timedelta(days=14), gain=0.05, move=0.05, text="JNJ moved +5.0%")
    await memory.remember(decided("one", outcome=outcome))

    async def seen(on: date) -> Outcome | None:
        (passage,) = await memory.recall("desk/analyst", RISING, k=1, before=on)
        return passage.memory.outcome

    assert await seen(TOMORROW) is None
    assert await seen(MAY + timedelta(days=14)) is None
    assert await seen(MAY + timedelta(days=15)) == outcome


async def test_an_agent_remembers_its_own_decisions_only(memory: AgentMemory) -> None:
    await memory.remember(decided("other", agent="desk/another"))

    assert await keys(memory) == []


async def test_a_decision_is_remembered_once(memory: AgentMemory) -> None:
    await memory.remember(decided("one", RISING))
    await memory.remember(decided("one", FALLING))

    (passage,) = await memory.recall("desk/analyst", RISING, k=5, before=TOMORROW)

    assert passage.memory.situation == RISING


async def test_of_equally_alike_ones_the_newest_comes_first(memory: AgentMemory) -> None:
    for days in (3, 1, 2):
        await memory.remember(decided(f"{days} days ago", as_of=MAY - timedelta(days=days)))

    assert await keys(memory, k=2) == ["1 days ago", "2 days ago"]


async def test_a_question_that_says_nothing_recalls_nothing(memory: AgentMemory) -> None:
    await memory.remember(decided("one"))
    await memory.remember(decided("mute", ""))

    assert await keys(memory, "") == []
    assert await keys(memory) == ["one"]
