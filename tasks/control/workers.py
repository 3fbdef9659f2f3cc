"""Who is there to work, and what waits for them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redis.exceptions import RedisError

from persistence.run_records import RUN_QUEUE
from runtime.ids import RunId
from tasks.access import Actor, Permission, require
from tasks.app import QUEUES
from tasks.control.context import Control
from tasks.halt.keys import BEAT_KEY, BEAT_SECONDS, WORKER_PREFIX, worker_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """The workers as Redis knows them; all None while it does not answer: unknown is not zero."""

    live: int | None
    """Processes that can take a run; each takes one at a time."""
    idle: int | None
    """Those that have none now."""
    queued: int | None
    """Runs that wait in the queue."""


def workers(control: Control, actor: Actor) -> Workers:
    """Return how many workers live, and how many runs wait for one."""
    require(actor, Permission.READ)
    return count_workers(control)


def count_workers(control: Control, queue: str = RUN_QUEUE) -> Workers:
    """The same, for the product itself, and for any queue."""
    try:
        keys = list(control.redis.scan_iter(match=f"{WORKER_PREFIX}*", count=1000))
        told = control.redis.mget(keys) if keys else []
        queued = int(control.redis.llen(queue))  # pyright: ignore[reportArgumentType]  the client is the sync one
    except (RedisError, OSError):
        return Workers(live=None, idle=None, queued=None)
    alive = [json.loads(text) for text in told if text]  # pyright: ignore[reportGeneralTypeIssues, reportOptionalIterable]
    return Workers(live=len(alive), idle=sum(not one["runs"] for one in alive), queued=queued)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerProcess:
    """A process that shows that it lives."""

    name: str
    """Host, process id and a random part."""
    runs: tuple[RunId, ...]
    """What it executes now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkForce:
    """Who works, and what waits."""

    processes: tuple[WorkerProcess, ...]
    queues: Mapping[str, int]
    """Messages that wait, by queue."""


def work_force(control: Control, actor: Actor) -> WorkForce | None:
    """Return all worker processes with what they execute, and how long each queue is; None while Redis does not answer."""
    require(actor, Permission.READ)
    try:
        keys = sorted(control.redis.scan_iter(match=f"{WORKER_PREFIX}*", count=1000))
        told: Any = control.redis.mget(keys) if keys else []
        with control.redis.pipeline(transaction=False) as pipe:
            for queue in QUEUES:
                pipe.llen(queue)
            lengths = pipe.execute()
    except (RedisError, OSError):
        return None
    alive = [(key, json.loads(text)) for key, text in zip(keys, told, strict=True) if text]
    return WorkForce(
        processes=tuple(
            WorkerProcess(name=key.removeprefix(WORKER_PREFIX), runs=tuple(one["runs"])) for key, one in alive
        ),
        queues=dict(zip(QUEUES, lengths, strict=True)),
    )


def worker_alive(control: Control, worker: str) -> bool | None:
    """Tell whether a worker process shows that it lives; None when Redis cannot tell."""
    try:
        return bool(control.redis.exists(worker_key(worker)))
    except (RedisError, OSError):
        return None


def presence(runs: list[RunId]) -> str:
    """Return what a worker process writes about itself."""
    return json.dumps({"runs": runs})


def note_beat(control: Control) -> None:
    """Write down that a tick of beat was taken."""
    try:
        control.redis.set(BEAT_KEY, control.clock.now().isoformat(), ex=BEAT_SECONDS)
    except (RedisError, OSError):
        # Whoever looks for it while Redis is away learns that it cannot be read.
        return
