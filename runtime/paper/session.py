"""A paper session: the loop from bar to booking, and its end. Whatever ends it, nothing is left open.

A step is taken on a copy of the account and becomes real when the books hold it. An end in the middle of a step therefore
finds the account as the books have it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import pandas as pd

from runtime.errors import HaltRequested, Unavailable, WriteRefused
from runtime.paper.books import Booking, SessionBooks, SessionEvent, SessionState
from runtime.paper.config import PaperConfig
from runtime.paper.replay import Replay, replay
from runtime.paper.trading import Standing, Step
from runtime.ports import Clock
from runtime.strategy import Bar, OrderIntent, decide

_log = logging.getLogger(__name__)
T = TypeVar("T")

RETRY_SECONDS = 0.25
"""Between two tries to write when the books do not answer."""
Ending = Literal["halted", "failed", "ended"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPorts:
    """What a session uses of the world."""

    books: SessionBooks
    clock: Clock
    admit: Callable[[], Awaitable[str | None]]
    """Asked before each bar: None to go on, or the reason of an engaged kill switch; raises `HaltRequested` to stop."""
    compute: Callable[..., Awaitable[Any]]
    """Runs a plain function off the loop."""
    tell: Callable[[SessionEvent], None]
    side_effect: Callable[[], None]
    """Called right after each booking of an order or a fill."""
    stopped: Callable[[], tuple[Ending, str]] = lambda: ("halted", "cancelled")
    """What a cancelled session is to say: that it was halted, or that it failed because nobody can go on with it; and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnd:
    """How a session ended."""

    status: Literal["completed", "halted"]
    reason: str
    state: SessionState


class PaperSession:
    """One session over one replay. `run` is called once."""

    def __init__(
        self, config: PaperConfig, *, reference: str, closes: pd.DataFrame, ports: SessionPorts
    ) -> None:
        self._config = config
        self._reference = reference
        self._ports = ports
        self._replay: Replay = replay(closes, config, bars_needed=config.build().bars_needed)
        self._standing = Standing.opened(config.cash)
        self._unsure: tuple[Booking, Standing] | None = None
        """A booking that was sent and not confirmed."""
        self._flushed_bar = 0
        self._flushed_at = ports.clock.monotonic()

    @property
    def state(self) -> SessionState:
        """Where the session stands, as the books have it."""
        return self._standing.state()

    @property
    def bars(self) -> int:
        """How many bars there are to see."""
        return len(self._replay)

    async def run(self) -> SessionEnd:
        """Trade to the last bar. Told to stop, cancel what is open and return `halted`; cancelled, do so and pass it on.

        An error of the strategy is raised after the same tidying up.
        """
        try:
            for bar in self._replay.bars():
                await self._bar(bar)
        except HaltRequested as halt:
            await self._close("halted", halt.reason)
            return SessionEnd(status="halted", reason=halt.reason, state=self.state)
        except asyncio.CancelledError:
            await self._close(*self._ports.stopped())
            raise
        except WriteRefused as refused:
            # Halted, or taken over, before this process heard of it.
            await self._close("halted", refused.message)
            return SessionEnd(status="halted", reason=refused.message, state=self.state)
        except Exception as error:
            await self._close("failed", f"{type(error).__name__}: {error}")
            raise
        await self._close("ended", "the session has seen its last bar")
        return SessionEnd(status="completed", reason="", state=self.state)

    async def _bar(self, bar: Bar) -> None:
        if bar.number > 1:
            await self._wait(self._config.seconds_per_bar)
        kill_switch = await self._ports.admit()
        if kill_switch is not None and self._config.stop_on_kill_switch:
            raise HaltRequested(kill_switch)
        step = Step(self._standing, config=self._config, reference=self._reference)
        step.receive(bar)
        intents: tuple[OrderIntent, ...] = await self._ports.compute(
            decide,
            self._config.strategy,
            self._config.params,
            bar,
            step.standing.context(self._replay.history(bar.number), bar, self._config),
        )
        step.act(bar, intents, kill_switch=kill_switch)
        await self._book(step)

    async def _wait(self, seconds: float) -> None:
        """Wait for the next bar; write the state whenever a heartbeat is due."""
        left = seconds
        while left > 0:
            nap = min(left, self._config.heartbeat_seconds)
            await self._ports.clock.sleep(nap)
            left -= nap
            if self._beat_due():
                await self._record(Booking(state=self._standing.state()), self._standing)

    def _beat_due(self) -> bool:
        return self._ports.clock.monotonic() - self._flushed_at >= self._config.heartbeat_seconds

    async def _book(self, step: Step) -> None:
        booking = step.booking()
        late = step.standing.bars_seen - self._flushed_bar >= self._config.flush_every_bars
        if booking.acts or booking.ledger or late or self._beat_due():
            await self._record(booking, step.standing)
            return
        self._standing = step.standing
        self._tell(booking)

    async def _record(self, booking: Booking, standing: Standing) -> None:
        """Write a booking, for as long as the books take to answer; then it has happened."""
        self._unsure = (booking, standing)
        await self._insist(lambda: self._written(booking))
        self._happened(booking, standing)

    async def _written(self, booking: Booking) -> None:
        """Wait for one write even when cancelled: it may be in a thread, and a thread cannot be stopped."""
        writing = asyncio.ensure_future(self._ports.books.record(booking))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            await asyncio.wait([writing])
            # Whether it was written is asked at the end; here its failure is only taken note of.
            _ = writing.cancelled() or writing.exception()
            raise

    def _happened(self, booking: Booking, standing: Standing) -> None:
        self._unsure = None
        self._standing = standing
        self._flushed_bar, self._flushed_at = standing.bars_seen, self._ports.clock.monotonic()
        if booking.acts:
            self._ports.side_effect()
        self._tell(booking)

    def _tell(self, booking: Booking) -> None:
        for event in booking.events:
            self._ports.tell(event)

    async def _close(self, how: Ending, reason: str) -> None:
        """Cancel what is open and write the last state; a cancel that comes meanwhile is passed on when that is done."""
        closing = asyncio.ensure_future(self._closing(how, reason))
        cancelled = False
        while not closing.done():
            try:
                await asyncio.shield(closing)
            except asyncio.CancelledError:
                # Whoever loses patience ends the process.
                cancelled = True
        closing.result()
        if cancelled:
            raise asyncio.CancelledError

    async def _closing(self, how: Ending, reason: str) -> None:
        await self._settle()
        step = Step(self._standing, config=self._config, reference=self._reference)
        if how == "halted":
            step.halted(reason, self._ports.clock.now())
        step.cancel_all(f"{how}: {reason}")
        booking = step.booking()
        try:
            await self._insist(lambda: self._ports.books.close(booking))
        except WriteRefused:
            _log.warning(
                "a session was taken over before it could close its books", extra={"of": self._reference}
            )
            return
        self._happened(booking, step.standing)

    async def _settle(self) -> None:
        """Find out whether an interrupted booking was written; if not, it never happened, and is not made up for."""
        if self._unsure is None:
            return
        booking, standing = self._unsure
        entries = booking.ledger
        if not entries or await self._insist(lambda: self._ports.books.has_entry(entries[-1].seq)):
            self._happened(booking, standing)

    async def _insist(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask the books, for as long as they take to answer."""
        while True:
            try:
                return await ask()
            except Unavailable:
                await self._ports.clock.sleep(RETRY_SECONDS)
