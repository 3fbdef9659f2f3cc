"""Following a run: read what is new, fold it, tell how fresh it is, stop when there is nothing more to come. No Reflex.

Pulls by sequence number instead of listening, so nothing that was sent before, or while a socket was away, is lost.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from persistence.approvals import ApprovalRecord
from persistence.run_records import RunRecord
from runtime.errors import StudioError
from runtime.ports import Clock
from runtime.status import is_terminal
from studio.run_view.projection import advance, has_gap
from studio.run_view.timeline import axis_ms
from studio.run_view.view import RunView, active_ms, elapsed_ms
from tasks.control.halts import HaltRecord

Freshness = Literal["live", "catching up", "stale"]
PAUSE = 0.25
"""Seconds between two readings; longer for large graphs, whose screen costs more."""
LARGE = 150
"""Nodes; above it the pause is `LARGE_PAUSE`."""
LARGE_PAUSE = 1.0
RECORD_EVERY = 1.0
"""Seconds between two readings of the run's row and of its halt."""
GAP_PATIENCE = 2.0
"""Seconds for which a missing frame is waited for."""
CLIENT_EVERY = 3.0
"""Seconds between two looks whether anybody is watching."""
SILENCE = 5.0
"""Seconds for which the terminal frame of a run that is over is waited for."""
CEILING = 12 * 3600.0
"""Seconds after which a follower gives up; opening the page again starts another one."""


class RunReader(Protocol):
    """Where the follower reads; every method may raise `StudioError`."""

    async def frames(self, after: int) -> Sequence[Mapping[str, Any]]:
        """Return frames with a larger `seq`, in order."""
        ...

    async def record(self) -> RunRecord:
        """Return the run's row."""
        ...

    async def halt(self) -> HaltRecord | None:
        """Return the newest halt that hit the run."""
        ...

    async def approvals(self) -> Sequence[ApprovalRecord]:
        """Return what the run has asked people, as far as `record` has seen it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is known after one look."""

    view: RunView
    record: RunRecord | None
    halt: HaltRecord | None
    freshness: Freshness
    at: datetime = field(compare=False)
    """Server time of the look."""
    stale_seconds: int = 0
    silent: bool = False
    """The row says that the run is over, and its terminal frame is nowhere to be found."""
    approvals: Sequence[ApprovalRecord] = ()
    """What the run has asked people, oldest first."""

    @property
    def elapsed_ms(self) -> float:
        """Return for how long the run has been going, waiting included: milliseconds."""
        return elapsed_ms(self.view, self.at)

    @property
    def active_ms(self) -> float:
        """Return for how long the run has been worked on, without what it waited for people: milliseconds."""
        return active_ms(self.view, self.at)

    @property
    def is_final(self) -> bool:
        """Say whether nothing more can come: row and terminal frame are here, and a halt is proved."""
        if self.record is None or not is_terminal(self.record.summary.status):
            return False
        if not (self.view.ended or self.silent):
            return False
        return self.record.summary.status != "halted" or halt_is_proved(self.halt, self.view.run_id)


def halt_is_proved(halt: HaltRecord | None, run_id: str) -> bool:
    """Say whether the halt record holds the proof for this run; a run halted without a record has none to wait for."""
    if halt is None:
        return True
    return halt.row_written and all(item.proved_at for item in halt.items if item.run_id == run_id)


async def follow(
    view: RunView, reader: RunReader, *, clock: Clock, is_watched: Callable[[], Awaitable[bool]]
) -> AsyncGenerator[Reading]:
    """Yield a reading whenever a screen would differ; end when it is final or nobody watches."""
    follower = _Follower(view, reader, clock)
    last: Reading | None = None
    while True:
        reading = await follower.look()
        if last is None or reading != last or axis_ms(reading.elapsed_ms) != axis_ms(last.elapsed_ms):
            yield reading
        last = reading
        if reading.is_final or follower.age > CEILING:
            return
        if follower.due("client", CLIENT_EVERY) and not await is_watched():
            return
        await clock.sleep(LARGE_PAUSE if len(reading.view.order) > LARGE else PAUSE)


class _Follower:
    def __init__(self, view: RunView, reader: RunReader, clock: Clock) -> None:
        self._view = view
        self._reader = reader
        self._clock = clock
        self._record: RunRecord | None = None
        self._halt: HaltRecord | None = None
        self._approvals: Sequence[ApprovalRecord] = ()
        self._began = clock.monotonic()
        self._heard = self._began
        self._gap_since: float | None = None
        self._over_since: float | None = None
        self._last: dict[str, float] = {"client": self._began}

    @property
    def age(self) -> float:
        return self._clock.monotonic() - self._began

    def due(self, what: str, every: float) -> bool:
        """Say whether `every` seconds have passed since this was last said of `what`."""
        now = self._clock.monotonic()
        if now - self._last.get(what, float("-inf")) < every:
            return False
        self._last[what] = now
        return True

    async def look(self) -> Reading:
        """Read what is new; a part that does not answer makes the reading stale instead of failing it."""
        before = self._view.seq
        try:
            await self._read()
        except StudioError:
            silent = int(self._clock.monotonic() - self._heard)
            return self._reading("stale", stale_seconds=silent)
        self._heard = self._clock.monotonic()
        behind = self._gap_since is not None or (before == 0 and self._view.seq > 1 and not self._view.ended)
        return self._reading("catching up" if behind else "live")

    async def _read(self) -> None:
        frames, status = await self._reader.frames(self._view.seq), self._view.status
        self._fold(frames)
        turned = self._view.status != status
        ending = self._view.ended and not (self._record and is_terminal(self._record.summary.status))
        if self.due("record", RECORD_EVERY) or ending or turned:
            self._record = await self._reader.record()
            self._approvals = await self._reader.approvals()
            if is_terminal(self._record.summary.status) and self._over_since is None:
                self._over_since = self._clock.monotonic()
        if self._view.halting or (self._record and self._record.summary.status == "halted"):
            self._halt = await self._reader.halt()

    def _fold(self, frames: Sequence[Mapping[str, Any]]) -> None:
        view = advance(self._view, frames)
        if not has_gap(view, frames):
            self._gap_since = None
        elif self._gap_since is None:
            self._gap_since = self._clock.monotonic()
        elif self._clock.monotonic() - self._gap_since > GAP_PATIENCE:
            view = advance(view, frames, across_gaps=True)
            self._gap_since = None
        self._view = view

    def _reading(self, freshness: Freshness, *, stale_seconds: int = 0) -> Reading:
        return Reading(
            view=self._view,
            record=self._record,
            halt=self._halt,
            freshness=freshness,
            at=self._clock.now(),
            silent=self._is_silent(),
            approvals=self._approvals,
            stale_seconds=stale_seconds,
        )

    def _is_silent(self) -> bool:
        over = self._over_since
        return not self._view.ended and over is not None and self._clock.monotonic() - over > SILENCE
