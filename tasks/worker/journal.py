"""`RunJournal`: a run's frames on their way to Redis (at once) and to the database (in batches), gapless and in order.

Recording never blocks and never fails. What Redis or the database cannot take now is kept and offered again.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from persistence.types import dump_json
from runtime.errors import Unavailable
from runtime.ids import RunId, TaskId
from tasks.halt.keys import EVENTS_MAXLEN, EVENTS_SECONDS_AFTER_END, TRANSITIONS_KEY, events_key
from tasks.worker.offload import Offload

_log = logging.getLogger(__name__)

BATCH_SECONDS = 0.1
BATCH_FRAMES = 500
RETRY_SECONDS = 0.25
FLUSH_SECONDS = 5.0
APPEND = """
for i = 2, #ARGV, 3 do
    local added = redis.pcall('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], ARGV[i] .. '-0', 'frame', ARGV[i + 1])
    if type(added) == 'table' and added.err then
        if not string.find(added.err, 'equal or smaller', 1, true) then return added end
    elseif ARGV[i + 2] ~= '' then
        redis.call('HINCRBY', KEYS[2], ARGV[i + 2], 1)
    end
end
"""
"""Appends frames to a stream and counts the transitions that they end. One that was sent before, and whose answer only was
lost, is neither appended nor counted again."""
UNDER_WAY = frozenset({"pending", "running", "waiting"})
"""How a transition stands that has not ended."""
CROWDED = 5000
"""With so many frames waiting for the database, progress frames are no longer taken; all others always are."""

Frame = Mapping[str, Any]
Store = Callable[[Sequence[Frame]], bool]
"""Writes frames to the database; False: this worker has lost the run, and nothing more will be taken from it."""


def frame_time(frame: Frame) -> datetime:
    """Return when a frame was made."""
    return datetime.fromtimestamp(frame["timestamp"], UTC)


class RunJournal:
    """The journal of one run in one worker. `store` blocks; it runs on a thread. `told`: frames of earlier segments."""

    def __init__(
        self,
        *,
        run_id: RunId,
        task_id: TaskId,
        redis: Redis,
        store: Store,
        offload: Offload,
        told: int = 0,
    ) -> None:
        self._ids = {"run_id": run_id, "task_id": task_id}
        self._key = events_key(run_id)
        self._redis = redis
        self._append = redis.register_script(APPEND)
        self._store = store
        self._offload = offload
        self._seq = told
        self._sealed = False
        self._unsent: deque[Frame] = deque(maxlen=EVENTS_MAXLEN)
        self._unstored: deque[Frame] = deque()
        self._to_send = asyncio.Event()
        self._to_store = asyncio.Event()
        self._stored = asyncio.Condition()
        self._hurry = asyncio.Event()
        self._pumps: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to deliver."""
        self._pumps = [asyncio.create_task(self._send_all()), asyncio.create_task(self._store_all())]

    def record(self, frame: Frame) -> None:
        """Take one frame and give it its number."""
        if self._sealed or (frame["stage"] == "progress" and len(self._unstored) >= CROWDED):
            return
        self._seq += 1
        numbered = {**self._ids, "seq": self._seq, **frame}
        self._unsent.append(numbered)
        self._unstored.append(numbered)
        self._to_send.set()
        self._to_store.set()

    async def flush(self) -> None:
        """Return when everything recorded so far is in the database; raises `Unavailable` after 5 s."""
        wanted = self._seq
        self._hurry.set()
        try:
            async with asyncio.timeout(FLUSH_SECONDS), self._stored:
                await self._stored.wait_for(lambda: not self._unstored or self._unstored[0]["seq"] > wanted)
        except TimeoutError:
            raise Unavailable("The run's events cannot be written to the database now.") from None
        finally:
            self._hurry.clear()

    def seal(self) -> int:
        """Take no more frames, and return the number that the terminal frame gets."""
        self._sealed = True
        return self._seq + 1

    async def finish(self, terminal: Frame) -> None:
        """Stop delivering; send what is left and the terminal frame to Redis, and let the stream expire."""
        await self.stop()
        try:
            await self._send([*self._unsent, terminal])
            await self._redis.expire(self._key, EVENTS_SECONDS_AFTER_END)
        except (RedisError, OSError, TimeoutError):
            # Readers find the end in the database, where it has been written already.
            _log.info("the end of a run's stream was not sent to Redis", extra=dict(self._ids))

    async def stop(self) -> None:
        """Stop delivering, whatever is left: somebody else tells the end."""
        self._sealed = True
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    async def _send_all(self) -> None:
        while True:
            await self._to_send.wait()
            self._to_send.clear()
            while self._unsent:
                batch = [self._unsent[index] for index in range(min(BATCH_FRAMES, len(self._unsent)))]
                try:
                    await self._send(batch)
                except (RedisError, OSError, TimeoutError):
                    await asyncio.sleep(RETRY_SECONDS)
                    continue
                _drop(self._unsent, through=batch[-1]["seq"])

    async def _send(self, batch: Sequence[Frame]) -> None:
        if not batch:
            return
        told: list[str | int] = []
        for frame in batch:
            told += [frame["seq"], dump_json(frame), _ending(frame)]
        await self._append(keys=[self._key, TRANSITIONS_KEY], args=[EVENTS_MAXLEN, *told])

    async def _store_all(self) -> None:
        while True:
            await self._to_store.wait()
            await self._batch_gathered()
            self._to_store.clear()
            while self._unstored:
                batch = [self._unstored[index] for index in range(min(BATCH_FRAMES, len(self._unstored)))]
                try:
                    ours = await self._offload(self._store, batch)
                except Unavailable:
                    await asyncio.sleep(RETRY_SECONDS)
                    continue
                except Exception:  # noqa: BLE001
                    # Kept, it would block everything behind it for ever, the end of the run included.
                    _log.exception("frames that the database refuses were dropped", extra=dict(self._ids))
                    ours = True
                if not ours:
                    self._sealed = True
                    self._unsent.clear()
                    self._unstored.clear()
                else:
                    _drop(self._unstored, through=batch[-1]["seq"])
                async with self._stored:
                    self._stored.notify_all()

    async def _batch_gathered(self) -> None:
        """Wait for more frames to write together, unless somebody waits for those that are here."""
        try:
            async with asyncio.timeout(BATCH_SECONDS):
                await self._hurry.wait()
        except TimeoutError:
            return


def _drop(queue: deque[Frame], *, through: int) -> None:
    while queue and queue[0]["seq"] <= through:
        queue.popleft()


def _ending(frame: Frame) -> str:
    """Return how the transition of a frame has ended; empty when it has not, or when the frame tells of something else."""
    return frame["status"] if frame["stage"] == "node" and frame["status"] not in UNDER_WAY else ""
