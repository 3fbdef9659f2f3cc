"""Listens for halts, for all runs of the process, and for as long as the process lives."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import ConnectionError as RedisGone
from redis.exceptions import RedisError

from runtime.desks import DeskName, desk_name
from runtime.ids import RunId
from tasks.halt.keys import HALT_CHANNEL

_log = logging.getLogger(__name__)

RETRY_SECONDS = 0.2
SILENCE_SECONDS = 2.0
"""After so long without a word the connection is asked whether it lives; after twice as long it is made again."""

OnHalt = Callable[[list[RunId] | DeskName | None, str], None]


class HaltSubscriber:
    """Calls `on_halt(which, reason)` per message (runs, a whole desk, or None: everything), and `recheck` after every subscription.

    What was published while nobody listened is lost; `recheck` must read keys and rows of the local runs instead.
    """

    def __init__(self, redis: Redis, *, on_halt: OnHalt, recheck: Callable[[], Awaitable[None]]) -> None:
        self._redis = redis
        self._on_halt = on_halt
        self._recheck = recheck

    async def run(self) -> None:
        """Listen for ever, over any number of outages."""
        while True:
            try:
                async with self._redis.pubsub() as pubsub:
                    await pubsub.subscribe(HALT_CHANNEL)
                    await self._listen(pubsub)
            except (RedisError, OSError, TimeoutError):
                await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self, pubsub: PubSub) -> None:
        asked = False
        while True:
            message: dict[str, Any] | None = await pubsub.get_message(timeout=SILENCE_SECONDS)
            if message is None:
                if asked:
                    raise RedisGone("no answer to a ping")
                asked = True
                await pubsub.ping()
                continue
            asked = False
            if message["type"] == "subscribe":
                await self._recheck()
            elif message["type"] == "message":
                self._take(message["data"])

    def _take(self, data: str) -> None:
        try:
            told = json.loads(data)
            self._on_halt(_which(told), str(told["reason"]))
        except (ValueError, TypeError, KeyError):
            _log.warning("a halt message could not be read", extra={"data": data[:200]})


def _which(told: dict[str, Any]) -> list[RunId] | DeskName | None:
    run_ids, desk = told["run_ids"], told.get("desk")
    if run_ids is not None:
        return [RunId(run_id) for run_id in run_ids]
    return None if desk is None else desk_name(desk)
