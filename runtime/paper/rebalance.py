"""From an account and target weights to the trades between them.

Sells come first, because they pay for the buys; buys that the cash cannot pay for are scaled down together. With these
trades filled at the stated costs the cash is never negative (unless it was before).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from runtime.paper.fills import Side, fill

ROUNDING = 1e-9
"""Share of the cash that is kept back from buys, so that rounding cannot overdraw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What trading costs, in basis points of the traded value."""

    fee_bps: float
    slippage_bps: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """One market order to be."""

    symbol: str
    side: Side
    quantity: float
    """Shares, > 0."""
    reference_price: float
    """USD."""

    @property
    def value(self) -> float:
        """USD at the reference price."""
        return self.quantity * self.reference_price

    def cash_change(self, costs: Costs) -> float:
        """Return what a fill does to the cash, in USD."""
        return fill(
            self.side,
            quantity=self.quantity,
            reference_price=self.reference_price,
            fee_bps=costs.fee_bps,
            slippage_bps=costs.slippage_bps,
        ).cash_change


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to trade, sells first, and what was left alone."""

    trades: tuple[Trade, ...]
    equity: float
    """USD before trading; positions without a price count as nothing."""
    skipped: Mapping[str, str]
    """Symbol to the reason why it is not traded although it is off target."""


def plan_rebalance(
    *,
    cash: float,
    positions: Mapping[str, float],
    target: Mapping[str, float],
    prices: Mapping[str, float],
    costs: Costs,
    min_trade_usd: float,
) -> Plan:
    """Return the trades that bring the account to `target` (fractions of equity); what is not in it is closed."""
    usable = {symbol: price for symbol, price in prices.items() if math.isfinite(price) and price > 0}
    symbols = sorted({symbol for symbol, held in positions.items() if held} | set(target))
    unpriced = {symbol: "no price" for symbol in symbols if symbol not in usable}
    held_value = math.fsum(positions.get(s, 0.0) * usable[s] for s in symbols if s in usable)
    equity = cash + held_value
    if equity <= 0:
        return Plan(trades=(), equity=equity, skipped=dict.fromkeys(symbols, "no equity left"))
    deltas = {
        symbol: target.get(symbol, 0.0) * equity / usable[symbol] - positions.get(symbol, 0.0)
        for symbol in symbols
        if symbol in usable
    }
    trades = [
        Trade(
            symbol=symbol,
            side="buy" if delta > 0 else "sell",
            quantity=abs(delta),
            reference_price=usable[symbol],
        )
        for symbol, delta in deltas.items()
        if delta
    ]
    small = {trade.symbol: f"below {min_trade_usd:g} USD" for trade in trades if trade.value < min_trade_usd}
    kept = [trade for trade in trades if trade.symbol not in small]
    return Plan(trades=_affordable(kept, cash=cash, costs=costs), equity=equity, skipped=unpriced | small)


def _affordable(trades: list[Trade], *, cash: float, costs: Costs) -> tuple[Trade, ...]:
    sells = [trade for trade in trades if trade.side == "sell"]
    buys = [trade for trade in trades if trade.side == "buy"]
    available = cash + math.fsum(trade.cash_change(costs) for trade in sells)
    needed = -math.fsum(trade.cash_change(costs) for trade in buys)
    share = min(1.0, max(0.0, available * (1.0 - ROUNDING)) / needed) if needed > 0 else 0.0
    scaled = (replace(trade, quantity=trade.quantity * share) for trade in buys)
    return (*sells, *(trade for trade in scaled if trade.quantity > 0))
