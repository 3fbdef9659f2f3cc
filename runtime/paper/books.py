"""What a paper session writes down, and where: orders, fills, the ledger and its own state. USD and shares."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from runtime.paper.fills import Side

OrderStatus = Literal["open", "filled", "cancelled", "expired"]
EntryKind = Literal["ORDER", "FILL", "RISK", "STRATEGY"]
EventName = Literal[
    "bar.received", "signal.emitted", "order.placed", "order.filled", "equity.update", "risk.halted"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOrder:
    """An order of a session. Its key makes it happen once."""

    key: str
    reference: str
    """`paper:<run id>`."""
    symbol: str
    side: Side
    quantity: float
    limit_price: float | None
    """None for a market order."""
    status: OrderStatus
    reason: str = ""
    """Why it is no longer open, when that needs a reason."""
    placed_bar: int
    placed_at: datetime
    """The bar it was decided on."""
    expires_bar: int | None
    """The last bar it may fill on; None: until it is cancelled."""

    @property
    def change(self) -> float:
        """Shares that a fill adds; negative for a sale."""
        return self.quantity if self.side == "buy" else -self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFill:
    """The one execution of an order; it may be for less than was ordered."""

    order_key: str
    symbol: str
    side: Side
    quantity: float
    price: float
    """Per share, slippage included."""
    fee: float
    cash_change: float
    """Fee included."""
    bar: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One line of a session's ledger. The sum of `cash_change` is what the cash has gained."""

    seq: int
    """From 1, without gaps."""
    kind: EntryKind
    reference: str
    at: datetime
    """The bar it belongs to."""
    message: str
    cash_change: float = 0.0
    order_key: str = ""
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionState:
    """Where a session stands. Every figure is as of `bars_seen`."""

    bars_seen: int
    current_time: datetime | None
    """The last bar; None before the first."""
    initial_cash: float
    cash: float
    equity: float
    realized_pnl: float
    """Fees subtracted."""
    unrealized_pnl: float
    max_drawdown: float
    """The largest fall of equity from a peak so far, a fraction >= 0."""
    orders_submitted: int
    fills: int
    open_orders: int
    positions: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEvent:
    """Something to tell whoever watches."""

    name: EventName
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """What one bar, or the end, changes in the books: written together or not at all."""

    orders: tuple[SessionOrder, ...] = ()
    """New ones and those whose status changed, as they are now."""
    fills: tuple[SessionFill, ...] = ()
    ledger: tuple[LedgerEntry, ...] = ()
    state: SessionState
    events: tuple[SessionEvent, ...] = ()
    """Told after the booking; not stored in the books."""

    @property
    def acts(self) -> bool:
        """Say whether it does something to the world: an order, or a fill."""
        return bool(self.orders or self.fills)


class SessionBooks(Protocol):
    """The books of one session."""

    async def record(self, booking: Booking) -> None:
        """Write a booking while the session runs; the same booking again changes nothing.

        Raises `WriteRefused` when the session was halted (with the reason as its message), has ended or belongs to another
        worker: then nothing of it is written. Raises `Unavailable` when it cannot tell.
        """
        ...

    async def has_entry(self, seq: int) -> bool:
        """Say whether the ledger has this entry, that is: whether the booking that holds it was written."""
        ...

    async def close(self, booking: Booking) -> None:
        """Write the last booking, which cancels what is open. Allowed while halting; no order or fill can be new.

        Raises `WriteRefused` when the session belongs to another worker, `Unavailable` when it cannot tell.
        """
        ...
