"""What Redis and the rows say about a halt, and when they must not be trusted."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from persistence.controls import ControlRepository
from persistence.database import Database
from persistence.runs import RunRepository
from runtime.errors import NotFound
from runtime.ids import RunId
from tasks.control.settings import SystemActor
from tasks.halt.keys import EPOCH_KEY, halt_all_key, run_halt_key
from tasks.halt.sources import RedisHalts, RowHalts
from tasks.worker.offload import Offload
from tests.fakes import EPOCH
from tests.tasks.runs import pending

RUN = RunId("run")
SWITCH = "alphaswarm:kill_switch"


@pytest.fixture
async def redis(clean_redis_url: str) -> AsyncIterator[Redis]:
    """A Redis that knows its epoch."""
    client = Redis.from_url(clean_redis_url, decode_responses=True)
    await client.set(EPOCH_KEY, "now")
    yield client
    await client.aclose()


async def test_redis_without_a_key_says_go(redis: Redis) -> None:
    reading = await RedisHalts(redis, kill_switch_key=SWITCH).read(RUN)

    assert reading is not None
    assert not reading.engaged


@pytest.mark.parametrize("key", [SWITCH, run_halt_key(RUN), halt_all_key("workflows")])
@pytest.mark.parametrize("value", ["Storm", ""])
async def test_a_key_halts_by_being_there_whatever_it_holds(redis: Redis, key: str, value: str) -> None:
    await redis.set(key, value)

    reading = await RedisHalts(redis, kill_switch_key=SWITCH).read(RUN)

    assert reading is not None
    assert reading.engaged
    assert reading.reason
    assert value in reading.reason


async def test_the_key_of_another_run_does_not_halt(redis: Redis) -> None:
    await redis.set(run_halt_key(RunId("other")), "Drill")

    reading = await RedisHalts(redis, kill_switch_key=SWITCH).read(RUN)

    assert reading is not None
    assert not reading.engaged


async def test_a_redis_that_came_back_empty_is_not_trusted_but_its_halts_are(redis: Redis) -> None:
    await redis.delete(EPOCH_KEY)
    halts = RedisHalts(redis, kill_switch_key=SWITCH)

    assert await halts.read(RUN) is None
    await redis.set(SWITCH, "Storm")
    reading = await halts.read(RUN)
    assert reading is not None
    assert reading.engaged


async def test_a_redis_that_does_not_answer_raises() -> None:
    client = Redis.from_url("redis://127.0.0.1:1/0")

    with pytest.raises((RedisError, OSError)):
        await RedisHalts(client, kill_switch_key=SWITCH).read(RUN)

    await client.aclose()


async def test_the_rows_know_the_run_and_the_switch(database: Database) -> None:
    offload = Offload(threads=1)
    halts = RowHalts(database, offload)
    first, second = pending(database, EPOCH), pending(database, EPOCH)

    before = await halts.read(first)
    with database.write() as session:
        RunRepository(session).halt(first, reason="Drill", now=EPOCH)
    halted, other = await halts.read(first), await halts.read(second)
    with database.write() as session:
        ControlRepository(session).set_kill_switch(
            engaged=True, actor=SystemActor(name="test"), reason="Storm", now=EPOCH
        )
    engaged = await halts.read(second)
    offload.close()

    told = [(one.engaged, one.reason) for one in (before, halted, other, engaged) if one is not None]
    assert told == [(False, ""), (True, "Drill"), (False, ""), (True, "Storm")]


async def test_a_run_without_a_row_is_not_called_free(database: Database) -> None:
    offload = Offload(threads=1)

    with pytest.raises(NotFound):
        await RowHalts(database, offload).read(RUN)

    offload.close()
