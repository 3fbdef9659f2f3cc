"""The check before an order is sent: each rule that it breaks is named. What only reduces risk may always be sold."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from runtime.paper.fills import Side

Rule = Literal[
    "kill-switch", "bad-order", "no-price", "max-position", "max-gross", "max-daily-loss", "max-drawdown"
]
TOLERANCE = 1e-9
"""Of a fraction of equity; arithmetic is no breach."""


class RiskCaps(BaseModel):
    """Limits of one account, fractions of equity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    max_position_pct: float = Field(
        default=0.20, gt=0, le=1, title="Largest position", description="Of one symbol, long or short."
    )
    max_daily_loss: float = Field(
        default=0.03,
        gt=0,
        le=1,
        title="Largest daily loss",
        description="From then on nothing is added that day.",
    )
    max_drawdown: float = Field(
        default=0.15, gt=0, le=1, title="Largest drawdown", description="From then on nothing is added."
    )
    max_gross: float = Field(
        default=1.0,
        gt=0,
        le=4,
        title="Largest gross exposure",
        description="Sum of all positions, sign left out.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """An order that has not been filled yet."""

    change: float
    """Shares; negative for a sale."""
    certain: bool
    """A market order fills; a limit order may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What an account holds and has under way. USD and shares."""

    equity: float
    positions: Mapping[str, float]
    prices: Mapping[str, float]
    pending: Mapping[str, Pending]
    day_equity: float
    """At the start of the day."""
    peak_equity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A rule that an order would break."""

    rule: Rule
    message: str


def refusals(
    symbol: str,
    side: Side,
    quantity: float,
    *,
    limit_price: float | None,
    exposure: Exposure,
    caps: RiskCaps,
    kill_switch: str | None,
) -> list[Refusal]:
    """Return every rule that the order breaks; empty means: send it. `kill_switch` is its reason when engaged."""
    if kill_switch is not None:
        return [Refusal(rule="kill-switch", message=f"The kill switch is engaged: {kill_switch}.")]
    bad = _malformed(quantity, limit_price)
    if bad:
        return [Refusal(rule="bad-order", message=bad)]
    if symbol not in exposure.prices:
        return [Refusal(rule="no-price", message=f"{symbol} has no price yet.")]
    change = Pending(change=quantity if side == "buy" else -quantity, certain=limit_price is None)
    before = _sizes({**exposure.pending, symbol: Pending(change=0.0, certain=True)}, exposure)
    after = _sizes({**exposure.pending, symbol: change}, exposure)
    if after.get(symbol, 0.0) <= before.get(symbol, 0.0):
        return []
    return [
        *_over_position(symbol, after.get(symbol, 0.0), exposure, caps),
        *_over_gross(math.fsum(after.values()), exposure, caps),
        *_after_losses(exposure, caps),
    ]


def _malformed(quantity: float, limit_price: float | None) -> str:
    if not math.isfinite(quantity) or quantity <= 0:
        return f"The quantity {quantity!r} is no number of shares above zero."
    if limit_price is not None and (not math.isfinite(limit_price) or limit_price <= 0):
        return f"The limit {limit_price!r} is no price above zero."
    return ""


def _sizes(pending: Mapping[str, Pending], exposure: Exposure) -> dict[str, float]:
    """Return the value of each position in USD, sign left out, once everything under way has gone the worse way."""
    sizes: dict[str, float] = {}
    for symbol in exposure.positions.keys() | pending.keys():
        held, order = exposure.positions.get(symbol, 0.0), pending.get(symbol)
        shares = abs(held + (order.change if order else 0.0))
        if order is not None and not order.certain:
            shares = max(abs(held), shares)
        sizes[symbol] = shares * exposure.prices.get(symbol, 0.0)
    return sizes


def _over_position(symbol: str, size: float, exposure: Exposure, caps: RiskCaps) -> list[Refusal]:
    if exposure.equity > 0 and size <= (caps.max_position_pct + TOLERANCE) * exposure.equity:
        return []
    share = f"{size / exposure.equity:.1%}" if exposure.equity > 0 else "all"
    message = f"{symbol} would be {share} of equity; at most {caps.max_position_pct:.1%} may be."
    return [Refusal(rule="max-position", message=message)]


def _over_gross(size: float, exposure: Exposure, caps: RiskCaps) -> list[Refusal]:
    if exposure.equity > 0 and size <= (caps.max_gross + TOLERANCE) * exposure.equity:
        return []
    share = f"{size / exposure.equity:.1%}" if exposure.equity > 0 else "more than all"
    message = f"All positions would be {share} of equity; at most {caps.max_gross:.1%} may be."
    return [Refusal(rule="max-gross", message=message)]


def _after_losses(exposure: Exposure, caps: RiskCaps) -> list[Refusal]:
    found: list[Refusal] = []
    lost_today = 1.0 - exposure.equity / exposure.day_equity if exposure.day_equity > 0 else 1.0
    if lost_today >= caps.max_daily_loss:
        message = f"The day has lost {lost_today:.1%}; from {caps.max_daily_loss:.1%} on nothing is added."
        found.append(Refusal(rule="max-daily-loss", message=message))
    fallen = 1.0 - exposure.equity / exposure.peak_equity if exposure.peak_equity > 0 else 1.0
    if fallen >= caps.max_drawdown:
        message = f"Equity is {fallen:.1%} below its peak; from {caps.max_drawdown:.1%} on nothing is added."
        found.append(Refusal(rule="max-drawdown", message=message))
    return found
