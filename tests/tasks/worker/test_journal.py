"""Frames are numbered, kept while something is away, delivered once, and refused when the run is another's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest
from redis.asyncio import Redis

from runtime.errors import Unavailable
from runtime.frames import frame
from runtime.ids import RunId, TaskId
from tasks.halt.keys import TRANSITIONS_KEY, events_key
from tasks.worker import journal as journal_module
from tasks.worker.journal import RunJournal
from tasks.worker.offload import Offload
from tests.fakes import EPOCH

RUN = RunId("run")


class Store:
    """Keeps frames; fails as often as told, then takes them, or refuses them for good."""

    def __init__(self, *, failures: int = 0, ours: bool = True, poison: bool = False) -> None:
        self.failures = failures
        self.ours = ours
        self.poison = poison
        self.frames: list[dict[str, Any]] = []

    def __call__(self, frames: Sequence[Any]) -> bool:
        """Write, fail or refuse."""
        if self.failures:
            self.failures -= 1
            raise Unavailable("away")
        if self.poison:
            self.poison = False
            raise ValueError("not storable")
        if self.ours:
            self.frames += frames
        return self.ours


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make retries immediate."""
    monkeypatch.setattr(journal_module, "BATCH_SECONDS", 0.0)
    monkeypatch.setattr(journal_module, "RETRY_SECONDS", 0.0)


@pytest.fixture
async def redis(clean_redis_url: str) -> AsyncIterator[Redis]:
    """A client as workers have it."""
    client = Redis.from_url(clean_redis_url, decode_responses=True)
    yield client
    await client.aclose()


@pytest.fixture
async def opened(redis: Redis) -> AsyncIterator[Callable[..., RunJournal]]:
    """Make and start journals, and stop them at the end."""
    offload = Offload(threads=1)
    made: list[RunJournal] = []

    def make(store: Store, client: Redis = redis) -> RunJournal:
        one = RunJournal(run_id=RUN, task_id=TaskId("task"), redis=client, store=store, offload=offload)
        one.start()
        made.append(one)
        return one

    yield make
    for one in made:
        await one.stop()
    offload.close()


def progress(number: int) -> dict[str, Any]:
    return frame("progress", str(number), EPOCH, node="n", fraction=0.5)


async def streamed(redis: Redis) -> list[str]:
    return [entry_id for entry_id, _ in await redis.xrange(events_key(RUN))]


async def test_frames_are_numbered_and_reach_both_places(
    opened: Callable[..., RunJournal], redis: Redis
) -> None:
    store = Store()
    journal = opened(store)

    for number in range(3):
        journal.record(progress(number))
    await journal.flush()
    await journal.finish(progress(3) | {"seq": 4})

    assert [(one["seq"], one["run_id"], one["message"]) for one in store.frames] == [
        (1, RUN, "0"),
        (2, RUN, "1"),
        (3, RUN, "2"),
    ]
    assert await streamed(redis) == ["1-0", "2-0", "3-0", "4-0"]
    assert await redis.ttl(events_key(RUN)) > 0


async def test_every_transition_that_has_ended_is_counted_once_however_often_it_is_sent(
    opened: Callable[..., RunJournal], redis: Redis
) -> None:
    first, again = opened(Store()), opened(Store())
    for journal in (first, again):
        for status in ("running", "completed", "running", "completed", "error"):
            journal.record(frame("node", "n", EPOCH, node="n", status=status))

    await first.finish(progress(5) | {"seq": 6})
    # The same frames go out again when only the answer was lost.
    await again.finish(progress(5) | {"seq": 6})

    counted: Any = redis.hgetall(TRANSITIONS_KEY)
    assert await counted == {"completed": "2", "error": "1"}


async def test_while_the_database_is_away_frames_are_kept(opened: Callable[..., RunJournal]) -> None:
    store = Store(failures=3)
    journal = opened(store)

    journal.record(progress(1))
    await journal.flush()

    assert [one["seq"] for one in store.frames] == [1]


async def test_flush_says_when_the_database_does_not_take_it(
    opened: Callable[..., RunJournal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "FLUSH_SECONDS", 0.05)
    journal = opened(Store(failures=10**9))
    journal.record(progress(1))

    with pytest.raises(Unavailable, match="cannot be written"):
        await journal.flush()


async def test_a_frame_that_the_database_refuses_does_not_stop_those_behind_it(
    opened: Callable[..., RunJournal],
) -> None:
    store = Store(poison=True)
    journal = opened(store)
    journal.record(progress(1))
    await journal.flush()

    journal.record(progress(2))
    await journal.flush()

    assert [one["seq"] for one in store.frames] == [2]


async def test_a_worker_that_lost_the_run_writes_nothing_more(opened: Callable[..., RunJournal]) -> None:
    store = Store(ours=False)
    journal = opened(store)
    journal.record(progress(1))
    await journal.flush()
    store.ours = True

    journal.record(progress(2))
    await journal.flush()

    assert store.frames == []


async def test_while_redis_is_away_the_database_goes_on_and_the_stream_follows(
    opened: Callable[..., RunJournal], redis: Redis
) -> None:
    class Flaky:
        """A client whose first pipelines fail."""

        failures = 3

        def __getattr__(self, name: str) -> Any:
            return getattr(redis, name)

        def pipeline(self, **options: Any) -> Any:
            if self.failures:
                self.failures -= 1
                raise OSError("away")
            return redis.pipeline(**options)

    store = Store()
    journal = opened(store, client=Flaky())

    journal.record(progress(1))
    await journal.flush()
    async with asyncio.timeout(10):
        while not await streamed(redis):  # noqa: ASYNC110  another task sends it
            await asyncio.sleep(0)

    assert await streamed(redis) == ["1-0"]


async def test_what_was_sent_but_not_answered_is_not_sent_twice(
    opened: Callable[..., RunJournal], redis: Redis
) -> None:
    await redis.xadd(events_key(RUN), {"frame": "{}"}, id="1-0")
    journal = opened(Store())

    journal.record(progress(1))
    journal.record(progress(2))
    await journal.flush()
    await journal.finish(progress(3) | {"seq": 3})

    assert await streamed(redis) == ["1-0", "2-0", "3-0"]


async def test_a_sealed_journal_takes_nothing_and_leaves_its_next_number_to_the_end(
    opened: Callable[..., RunJournal],
) -> None:
    store = Store()
    journal = opened(store)
    journal.record(progress(1))

    assert journal.seal() == 2
    journal.record(progress(2))
    await journal.flush()

    assert [one["seq"] for one in store.frames] == [1]
