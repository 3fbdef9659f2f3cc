"""How a paper order fills: at the last close, moved against us by the slippage, plus a fee on the traded value."""

from dataclasses import dataclass
from typing import Literal

BASIS_POINT = 1e-4
Side = Literal["buy", "sell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One fill, in USD."""

    price: float
    """Per share, slippage included."""
    fee: float
    cash_change: float
    """What the account's cash gains (sells) or loses (buys), fee included."""


def fill(side: Side, *, quantity: float, reference_price: float, fee_bps: float, slippage_bps: float) -> Fill:
    """Return what a market order of `quantity` shares costs or brings."""
    sign = 1.0 if side == "buy" else -1.0
    price = reference_price * (1.0 + sign * slippage_bps * BASIS_POINT)
    fee = price * quantity * fee_bps * BASIS_POINT
    return Fill(price=price, fee=fee, cash_change=-sign * price * quantity - fee)
