"""Ready parts for the tests of paper sessions: walks, strategies that do as they are told, ports over fakes."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from pydantic import Field

from runtime.paper.books import SessionEvent
from runtime.paper.config import PaperConfig
from runtime.paper.session import PaperSession, SessionPorts
from runtime.strategy import Bar, BarContext, OrderIntent, Strategy, StrategyParams
from tests.fakes import FakeClock, InMemoryBooks, Turnstile

REFERENCE = "paper:r1"


class ScriptParams(StrategyParams):
    """Orders by bar number, as `OrderIntent` fields."""

    orders: dict[int, list[dict[str, Any]]] = Field(default_factory=dict)
    fails_on: int = 0


class Scripted(Strategy):
    """Orders what its parameters say, on the bar they say."""

    name = "test_scripted"
    Params = ScriptParams

    @property
    def bars_needed(self) -> int:
        return 1

    def on_bar(self, bar: Bar, context: BarContext) -> Sequence[OrderIntent]:
        if bar.number == self.params.fails_on:
            raise RuntimeError("the strategy has a fault")
        return [OrderIntent(**order) for order in self.params.orders.get(bar.number, [])]


class Churning(Strategy):
    """Trades at random (seeded by the bar), both sides, market and limit: to shake the accounts."""

    name = "test_churning"

    @property
    def bars_needed(self) -> int:
        return 1

    seen: ClassVar[list[BarContext]] = []

    def on_bar(self, bar: Bar, context: BarContext) -> Sequence[OrderIntent]:
        rng = np.random.default_rng(bar.number)
        intents: list[OrderIntent] = []
        for symbol, price in context.prices.items():
            side = "buy" if rng.random() < 0.6 else "sell"
            limit = price * rng.uniform(0.97, 1.03) if rng.random() < 0.5 else None
            good_for = int(rng.integers(1, 5)) if rng.random() < 0.5 else None
            intents.append(
                OrderIntent(
                    symbol=symbol,
                    side=side,
                    quantity=float(rng.uniform(1, 200)),
                    limit_price=limit,
                    good_for_bars=good_for,
                )
            )
        return intents


def ramp(*closes: float, symbol: str = "A") -> pd.DataFrame:
    """Return one symbol with these closes."""
    days = pd.bdate_range("2020-01-01", periods=len(closes), name="date")
    return pd.DataFrame({symbol: np.array(closes, dtype=float)}, index=days)


def config(**fields: Any) -> PaperConfig:
    """Return a configuration that trades A without costs and nearly without caps."""
    free = {"max_position_pct": 1.0, "max_daily_loss": 1.0, "max_drawdown": 1.0, "max_gross": 4.0}
    base: dict[str, Any] = {
        "strategy": "test_scripted",
        "universe": ("A",),
        "seconds_per_bar": 1.0,
        "cash": 1_000.0,
        "fee_bps": 0.0,
        "slippage_bps": 0.0,
        "risk": free,
    }
    return PaperConfig.parse(base | fields)


def script(**by_bar: dict[str, Any]) -> dict[str, Any]:
    """Return parameters of `Scripted`: `bar1=dict(symbol=…, …)`."""
    return {"orders": {int(bar.removeprefix("bar")): [order] for bar, order in by_bar.items()}}


@dataclass(slots=True)
class World:
    """A session's surroundings, and what it told them."""

    books: InMemoryBooks = field(default_factory=InMemoryBooks)
    clock: FakeClock = field(default_factory=FakeClock)
    turnstile: Turnstile = field(default_factory=Turnstile)
    events: list[SessionEvent] = field(default_factory=list[SessionEvent])
    effects: int = 0
    admitted: int = 0
    kill_switch: str | None = None
    on_admit: Callable[[int], None] = lambda number: None
    reason: str | None = None

    @classmethod
    def with_stop_at(cls, stop_at: int) -> "World":
        """Return surroundings whose `stop_at`-th await parks."""
        turnstile = Turnstile(stop_at)
        return cls(
            books=InMemoryBooks(turnstile=turnstile),
            clock=FakeClock(turnstile=turnstile),
            turnstile=turnstile,
        )

    @property
    def told(self) -> list[str]:
        return [event.name for event in self.events]

    def ports(self) -> SessionPorts:
        return SessionPorts(
            books=self.books,
            clock=self.clock,
            admit=self._admit,
            compute=self._compute,
            tell=self.events.append,
            side_effect=self._effect,
            stopped=lambda: ("halted", self.reason or "cancelled"),
        )

    def session(self, of: PaperConfig, closes: pd.DataFrame) -> PaperSession:
        return PaperSession(of, reference=REFERENCE, closes=closes, ports=self.ports())

    async def cancelled_at_the_turnstile(
        self, session: PaperSession, *, reason: str = "stop", write_wins: bool = False
    ) -> bool:
        """Run until the turnstile parks and cancel then; False when the session ended before.

        `write_wins`: a write that is under way is booked before the halt is.
        """
        task = asyncio.ensure_future(session.run())
        parked = asyncio.ensure_future(self.turnstile.reached.wait())
        await asyncio.wait([task, parked], return_when=asyncio.FIRST_COMPLETED)
        parked.cancel()
        if task.done():
            task.result()
            return False
        self.reason = reason
        if not write_wins:
            self.books.status = "halted"
        task.cancel()
        # What waits for a write that cannot be stopped goes on waiting; the rest has been cancelled by now.
        self.turnstile.released.set()
        await asyncio.wait([task])
        assert task.cancelled()
        return True

    async def _admit(self) -> str | None:
        await self.turnstile.pass_through()
        self.admitted += 1
        self.on_admit(self.admitted)
        return self.kill_switch

    async def _compute(self, function: Callable[..., Any], *args: Any) -> Any:
        await self.turnstile.pass_through()
        return function(*args)

    def _effect(self) -> None:
        self.effects += 1
