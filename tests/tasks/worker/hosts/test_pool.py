"""Functions that block or compute run where they can be killed, and nothing else is lost by it."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import pytest_asyncio

from runtime.errors import ComputeFailed, NotFound
from tasks.worker.hosts.nursing import Nursing
from tasks.worker.hosts.pool import HostCompute, HostPool
from tests.tasks.worker.hosts import errands

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Bench:
    """A pool, one run's door to it, and how often a process was killed for that run."""

    def __init__(self, pool: HostPool) -> None:
        self.kills = 0
        self.pool = pool
        self.compute = HostCompute(self.pool, killed=self._count)

    def _count(self) -> None:
        self.kills += 1


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool() -> AsyncIterator[HostPool]:
    made = HostPool(most=2, spare=2)
    yield made
    await made.close()


@pytest.fixture
def bench(pool: HostPool) -> Bench:
    return Bench(pool)


def alive(pid: int) -> bool:
    try:
        told = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        # A process may end between the opening and the reading.
        return False
    return told.rsplit(")", 1)[1].split()[0] != "Z"


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110  another process does it
            await asyncio.sleep(0.005)


def open_sockets() -> int:
    """Return how many sockets this process has open."""
    found = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found += str(descriptor.readlink()).startswith("socket:")
    return found


def parents() -> dict[int, int]:
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            found[int(stat.parent.name)] = int(stat.read_text().rsplit(")", 1)[1].split()[1])
    return found


async def test_frames_arrays_and_dataclasses_go_there_and_come_back(bench: Bench) -> None:
    frame = pd.DataFrame(np.arange(12.0).reshape(4, 3), columns=list("abc"))
    parcel = errands.Parcel(frame=frame, array=np.ones(5), names=("x",))

    back = await bench.compute.run(errands.twice, parcel)

    pd.testing.assert_frame_equal(back.frame, frame * 2)
    assert (back.array.tolist(), back.names) == ([2.0] * 5, ("x", "x"))


async def test_a_host_is_another_process_and_is_used_again(bench: Bench) -> None:
    first, second = [await bench.compute.run(errands.whereabouts) for _ in range(2)]

    assert first == second != os.getpid()


async def test_what_a_function_prints_does_not_get_into_its_answer(bench: Bench) -> None:
    assert await bench.compute.run(errands.chatter) == "said"


async def test_an_error_comes_back_as_what_it_is_and_costs_no_host(bench: Bench) -> None:
    before = await bench.compute.run(errands.whereabouts)

    with pytest.raises(NotFound, match="Did you mean 'AAPL'") as caught:
        await bench.compute.run(errands.missing)

    assert "in missing" in "".join(caught.value.__notes__)
    assert await bench.compute.run(errands.whereabouts) == before
    assert bench.kills == 0


@pytest.mark.parametrize(
    ("errand", "words"),
    [
        (errands.odd, "Odd: one and two"),
        (errands.leave, "SystemExit: 3"),
        (errands.unpicklable, "lambda"),
    ],
)
async def test_what_cannot_travel_is_told_in_words(errand: object, words: str, bench: Bench) -> None:
    with pytest.raises(Exception, match=words):
        await bench.compute.run(errand)  # type: ignore[arg-type]

    assert await bench.compute.run(errands.whereabouts)


async def test_what_cannot_be_sent_says_what_to_do(bench: Bench) -> None:
    with pytest.raises(ComputeFailed, match="with a function of a module and with plain data"):
        await bench.compute.run(lambda: 1)


async def test_a_host_that_dies_by_itself_is_an_error_that_says_how_and_is_replaced(bench: Bench) -> None:
    with pytest.raises(ComputeFailed, match=r"ended by itself .killed by SIGKILL.*out of memory"):
        await bench.compute.run(errands.die)

    assert await bench.compute.run(errands.whereabouts)


async def test_cancelling_ends_the_function_and_what_it_started_and_another_host_takes_over(
    bench: Bench, tmp_path: Path
) -> None:
    told = tmp_path / "pids"
    running = asyncio.create_task(bench.compute.run(errands.sleep_with_child, told))
    await until(told.exists)
    host, child = map(int, told.read_text().split())

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    await until(lambda: not alive(host))
    await until(lambda: not alive(child))
    assert bench.kills == 1
    assert await bench.compute.run(errands.whereabouts) != host


async def test_cancelling_one_function_leaves_the_others_alone(bench: Bench, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    tasks = [
        asyncio.create_task(bench.compute.run(errands.sleep_with_child, path)) for path in (first, second)
    ]
    await until(lambda: first.exists() and second.exists())
    kept = int(second.read_text().split()[0])

    tasks[0].cancel()
    await asyncio.wait({tasks[0]})

    assert alive(kept)
    assert not tasks[1].done()
    tasks[1].cancel()
    await asyncio.wait({tasks[1]})


async def test_a_nursery_that_dies_takes_its_hosts_along_and_the_next_function_gets_another(
    bench: Bench,
) -> None:
    host = await bench.compute.run(errands.whereabouts)
    nursery = parents()[host]
    hosts = [pid for pid, parent in parents().items() if parent == nursery]

    os.kill(nursery, signal.SIGKILL)
    await until(lambda: not any(map(alive, hosts)))

    assert await bench.compute.run(errands.whereabouts) not in (0, host)


async def test_a_nursery_that_is_closed_before_it_was_ever_read_from_keeps_no_socket_open() -> None:
    before = open_sockets()
    nursing = await Nursing.start()

    await nursing.close()

    assert open_sockets() == before


@pytest.mark.filterwarnings("error")
async def test_a_pool_that_is_closed_while_its_first_host_is_being_made_leaves_nothing() -> None:
    before = open_sockets()
    pool = HostPool()
    pool.warm()

    await pool.close()
    gc.collect()

    await until(lambda: open_sockets() == before)


async def test_a_pool_that_is_closed_under_a_running_function_tells_whoever_waits_before_it_returns() -> None:
    before = open_sockets()
    pool = HostPool()
    await pool.run(errands.whereabouts, (), {})
    waiting = asyncio.ensure_future(pool.run(time.sleep, (600,), {}))
    await until(lambda: bool(pool._calls))  # pyright: ignore[reportPrivateUsage]  nobody else can tell

    await pool.close()

    assert open_sockets() == before
    with pytest.raises(ComputeFailed, match="ended by itself"):
        await waiting
    with pytest.raises(ComputeFailed, match="worker is ending"):
        await pool.run(errands.whereabouts, (), {})


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 5, 8, 13, 21, 34, 55])
async def test_a_pool_that_is_closed_while_a_function_waits_for_its_first_host_leaves_nothing(
    turns: int,
) -> None:
    before = open_sockets()
    pool = HostPool()
    waiting = asyncio.ensure_future(pool.run(time.sleep, (600,), {}))
    for _ in range(turns):
        # The start of a nursery takes some turns of the loop: closing must be right at each of them.
        await asyncio.sleep(0)

    await pool.close()

    assert open_sockets() == before
    with pytest.raises(ComputeFailed, match="worker is ending"):
        await waiting
    gc.collect()
    assert open_sockets() == before


async def test_closing_a_pool_leaves_no_process() -> None:
    pool = HostPool()
    host = await pool.run(errands.whereabouts, (), {})

    await pool.close()

    await until(lambda: not alive(host))
