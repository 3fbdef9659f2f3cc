"""What a paper account holds, bar by bar, as a value: cash, positions at their average price, gains. USD and shares."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

DUST = 1e-9
"""Shares; what floating point leaves of a position that was closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A position that is not zero."""

    quantity: float
    """Negative when short."""
    average_price: float
    """Of the shares held now, slippage included, fees not."""
    peak_price: float
    """The best close since the position was opened: the highest for a long one, the lowest for a short one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """Cash, holdings and last known prices. Cash plus the value of the holdings is the equity, always."""

    cash: float
    holdings: Mapping[str, Holding] = field(default_factory=dict[str, Holding])
    prices: Mapping[str, float] = field(default_factory=dict[str, float])
    realized_pnl: float = 0.0
    """Gains of what was closed, minus all fees."""

    @property
    def positions(self) -> dict[str, float]:
        """Shares by symbol."""
        return {symbol: holding.quantity for symbol, holding in self.holdings.items()}

    @property
    def positions_value(self) -> float:
        """At the last known prices."""
        return math.fsum(holding.quantity * self.prices[symbol] for symbol, holding in self.holdings.items())

    @property
    def unrealized_pnl(self) -> float:
        """Gains of what is held, against its average price."""
        return math.fsum(
            holding.quantity * (self.prices[symbol] - holding.average_price)
            for symbol, holding in self.holdings.items()
        )

    @property
    def equity(self) -> float:
        """What the account is worth."""
        return self.cash + self.positions_value

    def marked(self, closes: Mapping[str, float]) -> "Portfolio":
        """Return it at the closes of a bar; a symbol without one keeps its last price."""
        prices = {**self.prices, **closes}
        holdings = {symbol: _marked(holding, prices[symbol]) for symbol, holding in self.holdings.items()}
        return replace(self, prices=prices, holdings=holdings)

    def traded(self, symbol: str, change: float, *, price: float, fee: float) -> "Portfolio":
        """Return it after a fill of `change` shares (negative: sold) at `price`, slippage included."""
        before = self.holdings.get(symbol, Holding(quantity=0.0, average_price=price, peak_price=price))
        closed = min(abs(change), abs(before.quantity)) if before.quantity * change < 0 else 0.0
        gain = math.copysign(closed, before.quantity) * (price - before.average_price)
        holdings = {name: holding for name, holding in self.holdings.items() if name != symbol}
        after = _after(before, change, price=price)
        if after is not None:
            holdings[symbol] = after
        return replace(
            self,
            cash=self.cash - change * price - fee,
            holdings=holdings,
            prices={symbol: price, **self.prices},
            realized_pnl=self.realized_pnl + gain - fee,
        )


def _after(before: Holding, change: float, *, price: float) -> Holding | None:
    quantity = before.quantity + change
    if abs(quantity) <= DUST:
        return None
    if before.quantity * change >= 0:
        paid = before.average_price * abs(before.quantity) + price * abs(change)
        return replace(before, quantity=quantity, average_price=paid / abs(quantity))
    if before.quantity * quantity > 0:
        return replace(before, quantity=quantity)
    return Holding(quantity=quantity, average_price=price, peak_price=price)


def _marked(holding: Holding, price: float) -> Holding:
    best = max if holding.quantity > 0 else min
    return replace(holding, peak_price=best(holding.peak_price, price))
