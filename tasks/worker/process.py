"""What one worker process owns for as long as it lives: a loop, a database, Redis, a checkpointer, one halt subscriber.

Everything is opened on first use and belongs to the process that opened it: a forked child never uses what its parent opened.
"""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Lock

from langgraph.checkpoint.base import BaseCheckpointSaver
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from runtime.agents.embedding_model import embedder_named
from runtime.agents.memory import AgentMemory
from runtime.desks import DeskName
from runtime.graph.compile import GraphCache
from runtime.ids import RunId
from runtime.market.source import price_source
from runtime.net.addresses import parse_networks
from runtime.net.outbound import HttpOutbound
from runtime.ports import Clock, HaltSource, Outbound, PriceSource
from runtime.settings import Settings
from tasks.app import REAP_EVERY_SECONDS
from tasks.control.context import REDIS_SECONDS, Control, build_control
from tasks.control.processes import process_name
from tasks.control.reaper import reap, restore_mirrors
from tasks.control.watch_turns import take_turn
from tasks.control.workers import presence
from tasks.halt.keys import WORKER_SECONDS, worker_key
from tasks.halt.sources import RedisHalts, RowHalts
from tasks.worker.aftermath import end_this_process
from tasks.worker.checkpoints import open_checkpointer
from tasks.worker.desk_execute import execute_desk
from tasks.worker.execute import execute
from tasks.worker.heartbeat import recheck
from tasks.worker.hosts.pool import HostPool
from tasks.worker.ledger import RunLedger
from tasks.worker.local_runs import LocalRuns
from tasks.worker.loop import LoopThread
from tasks.worker.memory import DbAgentMemory
from tasks.worker.offload import Offload
from tasks.worker.ports import DbArtifacts, DbSettings, ValueCache
from tasks.worker.subscriber import HaltSubscriber

_log = logging.getLogger(__name__)

PRESENCE_EVERY_SECONDS = 3.0
OPEN_SECONDS = 60.0
GOODBYE_SECONDS = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What runs and their watchers use; lives on the loop."""

    worker: str
    """This process, as rows and presence key name it."""
    control: Control
    home: Path
    clock: Clock
    lease: timedelta
    offload: Offload
    redis: Redis
    ledger: RunLedger
    rows: RowHalts
    artifacts: DbArtifacts
    settings: DbSettings
    market: PriceSource
    outbound: Outbound
    memory: AgentMemory
    checkpointer: BaseCheckpointSaver[str]
    graphs: GraphCache
    hosts: HostPool
    end_process: Callable[[], None] = end_this_process
    """The last resort against a node that does not stop."""
    local: LocalRuns = field(default_factory=LocalRuns)

    def halts_of(self, desk: DeskName) -> tuple[HaltSource, ...]:
        """Return where halts of a desk's runs are written, fastest first."""
        key = self.control.settings.risk_kill_switch_key
        return (RedisHalts(self.redis, kill_switch_key=key, desk=desk), self.rows)


class WorkerProcess:
    """One process that executes runs. Its methods may be called from any thread but the loop's."""

    def __init__(self, settings: Settings) -> None:
        self.control: Control = build_control(settings)
        self.worker = process_name()
        self._stack = AsyncExitStack()
        self._chores: list[asyncio.Task[None]] = []
        self._thread = LoopThread(name="worker-loop")
        self.parts: Parts = self._thread.submit(self._open()).result(timeout=OPEN_SECONDS)

    def execute(self, run_id: RunId) -> None:
        """Run a run to its end, and return then."""
        self._thread.submit(execute(self.parts, run_id)).result()

    def execute_desk(self, run_id: RunId) -> None:
        """Run a desk's run to its end, and return then."""
        self._thread.submit(execute_desk(self.parts, run_id)).result()

    def abandon_runs(self, reason: str) -> None:
        """Tell every run of this process to end as an error; returns at once."""
        parts = self.parts
        self._thread.loop.call_soon_threadsafe(
            lambda: parts.local.stop_all("abandoned", reason, at=parts.clock.now())
        )

    def close(self) -> None:
        """Take the process out of the list of workers and let go of everything."""
        try:
            self._thread.submit(self._close()).result(timeout=GOODBYE_SECONDS)
        except TimeoutError:
            _log.warning("the worker process did not close in time")
        self._thread.stop()
        self.parts.offload.close()
        self.control.close()

    async def _open(self) -> Parts:
        settings, database, clock = self.control.settings, self.control.database, self.control.clock
        offload = Offload()
        redis = _redis(settings)
        self._stack.push_async_callback(redis.aclose)
        rows = RowHalts(database, offload)
        lease = timedelta(seconds=settings.run_lease_seconds)
        parts = Parts(
            worker=self.worker,
            home=settings.home,
            clock=clock,
            lease=lease,
            offload=offload,
            redis=redis,
            ledger=RunLedger(database, clock, worker=self.worker, lease=lease),
            rows=rows,
            artifacts=DbArtifacts(database, offload, ValueCache(), clock),
            settings=DbSettings(settings, database, offload),
            market=price_source(settings),
            outbound=HttpOutbound(private_networks=parse_networks(settings.outbound_private_networks)),
            memory=DbAgentMemory(
                database, offload, clock, embedder_named(settings.memory_embeddings, os.environ)
            ),
            control=self.control,
            checkpointer=await open_checkpointer(settings, self._stack),
            graphs=GraphCache(),
            hosts=HostPool(),
        )
        self._stack.push_async_callback(parts.hosts.close)
        subscriber = HaltSubscriber(
            redis,
            on_halt=lambda which, reason: parts.local.halt(which, reason, at=clock.now()),
            recheck=lambda: _recheck_all(parts),
        )
        self._chores = [
            asyncio.create_task(subscriber.run()),
            asyncio.create_task(_every(PRESENCE_EVERY_SECONDS, lambda: _show_presence(parts))),
            asyncio.create_task(_every(REAP_EVERY_SECONDS, lambda: _keep_house(parts))),
            asyncio.create_task(
                _every(settings.agent_watchdog_period_seconds, lambda: _look_for_stalled(parts))
            ),
        ]
        return parts

    async def _close(self) -> None:
        for chore in self._chores:
            chore.cancel()
        await asyncio.gather(*self._chores, return_exceptions=True)
        try:
            await self.parts.redis.delete(worker_key(self.worker))
        except (RedisError, OSError, TimeoutError):
            _log.info("the presence key is left to expire")
        await self._stack.aclose()


class _Current:
    process: WorkerProcess | None = None
    pid: int = 0
    lock = Lock()


def worker_process() -> WorkerProcess:
    """Return the one of this process; opened on first use, and again after a fork."""
    with _Current.lock:
        if _Current.process is None or _Current.pid != os.getpid():
            _Current.process = WorkerProcess(Settings())
            _Current.pid = os.getpid()
        return _Current.process


def opened_process() -> WorkerProcess | None:
    """Return the one of this process when it has been opened."""
    return _Current.process if _Current.pid == os.getpid() else None


def close_process() -> None:
    """Close the one of this process, if there is one."""
    process, _Current.process = opened_process(), None
    if process is not None:
        process.close()


def _redis(settings: Settings) -> Redis:
    return Redis.from_url(
        settings.redis_url,
        decode_responses=True,
        socket_timeout=REDIS_SECONDS,
        socket_connect_timeout=REDIS_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


async def _recheck_all(parts: Parts) -> None:
    for local in list(parts.local.by_id.values()):
        await recheck(parts, local)


async def _show_presence(parts: Parts) -> None:
    await parts.redis.set(worker_key(parts.worker), presence(list(parts.local.by_id)), ex=WORKER_SECONDS)


async def _keep_house(parts: Parts) -> None:
    """The reaper's tick, here as well as by beat: with every slot taken by a long run no task would get its turn."""
    await parts.offload(restore_mirrors, parts.control)
    await parts.offload(reap, parts.control)


async def _look_for_stalled(parts: Parts) -> None:
    """The watchdog's tick, here as well as by beat, for the same reason: stalled runs may hold every slot."""
    await parts.offload(take_turn, parts.control)


async def _every(seconds: float, chore: Callable[[], Awaitable[None]]) -> None:
    """Do a chore again and again; a failure is logged and the next turn comes."""
    while True:
        try:
            await chore()
        except (RedisError, OSError, TimeoutError):
            _log.info("Redis does not answer")
        except Exception:  # noqa: BLE001  a chore that fails once is done again
            _log.exception("a chore of the worker failed")
        await asyncio.sleep(seconds)
