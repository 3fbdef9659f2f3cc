"""A paper account under one strategy, bar by bar, as pure steps: what was open fills, what is decided is checked and placed.

Orders that are decided at the close of a bar are filled on a later one, so nothing is traded at a price that was not yet known.
With closes only, a market order fills at the next close, a limit order at its limit once a close has reached it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal

import pandas as pd

from runtime.decision.fusion import finite
from runtime.paper.books import (
    Booking,
    EntryKind,
    EventName,
    LedgerEntry,
    SessionEvent,
    SessionFill,
    SessionOrder,
    SessionState,
)
from runtime.paper.config import PaperConfig
from runtime.paper.fills import BASIS_POINT, fill
from runtime.paper.portfolio import Portfolio
from runtime.paper.rebalance import ROUNDING
from runtime.risk.pretrade import Exposure, Pending, refusals
from runtime.strategy import AccountView, Bar, BarContext, OrderIntent

SMALLEST_FILL_USD = 0.01
"""An order that the cash pays for less than this of is not filled at all."""
Ending = Literal["filled", "cancelled", "expired"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Everything a session has to remember from one bar to the next."""

    portfolio: Portfolio
    initial_cash: float
    open_orders: Mapping[str, SessionOrder] = field(default_factory=dict[str, SessionOrder])
    """One a symbol, in the order they were placed."""
    peak_equity: float
    max_drawdown: float = 0.0
    day: date | None = None
    day_equity: float
    """At the end of the day before."""
    bars_seen: int = 0
    current_time: datetime | None = None
    orders_submitted: int = 0
    fills: int = 0
    entries: int = 0
    """Ledger entries so far."""

    @classmethod
    def opened(cls, cash: float) -> "Standing":
        """Return an account that has done nothing yet."""
        return cls(portfolio=Portfolio(cash=cash), initial_cash=cash, peak_equity=cash, day_equity=cash)

    def state(self) -> SessionState:
        """Return the figures that are stored and shown."""
        return SessionState(
            bars_seen=self.bars_seen,
            current_time=self.current_time,
            initial_cash=self.initial_cash,
            cash=self.portfolio.cash,
            equity=self.portfolio.equity,
            realized_pnl=self.portfolio.realized_pnl,
            unrealized_pnl=self.portfolio.unrealized_pnl,
            max_drawdown=self.max_drawdown,
            orders_submitted=self.orders_submitted,
            fills=self.fills,
            open_orders=len(self.open_orders),
            positions=self.portfolio.positions,
        )

    def context(self, history: pd.DataFrame, bar: Bar, config: PaperConfig) -> BarContext:
        """Return what the strategy may know at the close of `bar`."""
        return BarContext(
            history=history,
            current_time=bar.at,
            account=AccountView(
                cash=self.portfolio.cash,
                equity=self.portfolio.equity,
                initial_cash=self.initial_cash,
                costs=config.costs,
            ),
            positions=self.portfolio.positions,
            prices=dict(self.portfolio.prices),
            peak_prices={symbol: holding.peak_price for symbol, holding in self.portfolio.holdings.items()},
        )


class Step:
    """Collects what one bar does to a standing; `standing` is how it stands after what was done so far."""

    def __init__(self, standing: Standing, *, config: PaperConfig, reference: str) -> None:
        self.standing = standing
        self._config = config
        self._reference = reference
        self._orders: dict[str, SessionOrder] = {}
        self._fills: list[SessionFill] = []
        self._ledger: list[LedgerEntry] = []
        self._events: list[SessionEvent] = []

    def receive(self, bar: Bar) -> None:
        """Fill what was open with this bar's closes, sales first, and value the account at them."""
        self._tell("bar.received", bar=bar.number, at=bar.at.isoformat(), closes=dict(bar.closes))
        self._new_day(bar)
        self.standing = replace(
            self.standing,
            bars_seen=bar.number,
            current_time=bar.at,
            portfolio=self.standing.portfolio.marked(bar.closes),
        )
        # Sales pay for purchases.
        for order in sorted(self.standing.open_orders.values(), key=lambda order: order.side != "sell"):
            price = _fill_price(order, bar)
            if price is not None:
                self._fill(order, price, bar)
            elif order.expires_bar is not None and bar.number >= order.expires_bar:
                self._end(order, "expired", "its bars have passed", bar.at)
        self._value(bar)

    def act(self, bar: Bar, intents: Sequence[OrderIntent], *, kill_switch: str | None) -> None:
        """Check each intent in turn; place those that break no rule, and write down why the others are refused."""
        for number, intent in enumerate(intents):
            self._signal(intent, bar)
            found = refusals(
                intent.symbol,
                intent.side,
                intent.quantity,
                limit_price=intent.limit_price,
                exposure=self._exposure(),
                caps=self._config.risk,
                kill_switch=kill_switch,
            )
            for refusal in found:
                self._write("RISK", bar.at, refusal.message, rule=refusal.rule, symbol=intent.symbol)
            if not found and not self._config.dry_run:
                self._place(intent, bar, number)

    def cancel_all(self, reason: str) -> None:
        """Cancel every open order."""
        for order in tuple(self.standing.open_orders.values()):
            self._end(order, "cancelled", reason, self.standing.current_time or order.placed_at)

    def halted(self, reason: str, at: datetime) -> None:
        """Write down that the session was told to stop."""
        self._write("RISK", at, f"Halted: {reason}", rule="halt")
        self._tell("risk.halted", reason=reason, bar=self.standing.bars_seen)

    def booking(self) -> Booking:
        """Return what has been done."""
        return Booking(
            orders=tuple(self._orders.values()),
            fills=tuple(self._fills),
            ledger=tuple(self._ledger),
            state=self.standing.state(),
            events=tuple(self._events),
        )

    def _new_day(self, bar: Bar) -> None:
        if self.standing.day != bar.at.date():
            self.standing = replace(
                self.standing, day=bar.at.date(), day_equity=self.standing.portfolio.equity
            )

    def _fill(self, order: SessionOrder, price: float, bar: Bar) -> None:
        slippage = self._config.slippage_bps if order.limit_price is None else 0.0
        quantity = self._affordable(order, price, slippage)
        cut = quantity < order.quantity
        if cut and quantity * price < SMALLEST_FILL_USD:
            self._end(order, "cancelled", "not enough cash", bar.at)
            return
        done = fill(
            order.side,
            quantity=quantity,
            reference_price=price,
            fee_bps=self._config.fee_bps,
            slippage_bps=slippage,
        )
        change = math.copysign(quantity, order.change)
        self.standing = replace(
            self.standing,
            fills=self.standing.fills + 1,
            portfolio=self.standing.portfolio.traded(order.symbol, change, price=done.price, fee=done.fee),
        )
        self._fills.append(
            SessionFill(
                order_key=order.key,
                symbol=order.symbol,
                side=order.side,
                quantity=quantity,
                price=done.price,
                fee=done.fee,
                cash_change=done.cash_change,
                bar=bar.number,
                at=bar.at,
            )
        )
        self._keep(order, "filled", "cut to what the cash pays for" if cut else "")
        figures: dict[str, Any] = {
            "symbol": order.symbol,
            "quantity": quantity,
            "price": done.price,
            "fee": done.fee,
        }
        verb = "Bought" if order.side == "buy" else "Sold"
        self._write(
            "FILL",
            bar.at,
            f"{verb} {quantity:.4f} {order.symbol} at {done.price:.4f}",
            cash_change=done.cash_change,
            order_key=order.key,
            **figures,
        )
        self._tell("order.filled", key=order.key, side=order.side, bar=bar.number, **figures)

    def _affordable(self, order: SessionOrder, price: float, slippage_bps: float) -> float:
        if order.side == "sell":
            return order.quantity
        each = price * (1.0 + slippage_bps * BASIS_POINT) * (1.0 + self._config.fee_bps * BASIS_POINT)
        return min(order.quantity, max(0.0, self.standing.portfolio.cash * (1.0 - ROUNDING)) / each)

    def _value(self, bar: Bar) -> None:
        equity = self.standing.portfolio.equity
        peak = max(self.standing.peak_equity, equity)
        fallen = 1.0 - equity / peak
        self.standing = replace(
            self.standing, peak_equity=peak, max_drawdown=max(self.standing.max_drawdown, fallen)
        )
        self._tell(
            "equity.update",
            bar=bar.number,
            at=bar.at.isoformat(),
            equity=equity,
            cash=self.standing.portfolio.cash,
            drawdown=fallen,
        )

    def _signal(self, intent: OrderIntent, bar: Bar) -> None:
        figures: dict[str, Any] = {
            "symbol": intent.symbol,
            "side": intent.side,
            "quantity": finite(intent.quantity),
            "limit_price": None if intent.limit_price is None else finite(intent.limit_price),
        }
        message = f"{intent.side} {intent.quantity:.4f} {intent.symbol}: {intent.why or 'no reason given'}"
        self._write("STRATEGY", bar.at, message, **figures)
        self._tell("signal.emitted", bar=bar.number, why=intent.why, **figures)

    def _place(self, intent: OrderIntent, bar: Bar, number: int) -> None:
        resting = self.standing.open_orders.get(intent.symbol)
        if resting is not None:
            self._end(resting, "cancelled", "replaced", bar.at)
        order = SessionOrder(
            key=f"{self._reference}:{bar.number}:{number}",
            reference=self._reference,
            symbol=intent.symbol,
            side=intent.side,
            quantity=intent.quantity,
            limit_price=intent.limit_price,
            status="open",
            placed_bar=bar.number,
            placed_at=bar.at,
            expires_bar=None if intent.good_for_bars is None else bar.number + intent.good_for_bars,
        )
        self._orders[order.key] = order
        self.standing = replace(
            self.standing,
            open_orders={**self.standing.open_orders, order.symbol: order},
            orders_submitted=self.standing.orders_submitted + 1,
        )
        kind = "market" if order.limit_price is None else f"limit {order.limit_price:.4f}"
        self._write(
            "ORDER",
            bar.at,
            f"Placed {order.side} {order.quantity:.4f} {order.symbol}, {kind}",
            order_key=order.key,
            status="open",
        )
        self._tell(
            "order.placed",
            key=order.key,
            symbol=order.symbol,
            side=order.side,
            quantity=order.quantity,
            limit_price=order.limit_price,
            bar=bar.number,
        )

    def _end(self, order: SessionOrder, status: Ending, reason: str, at: datetime) -> None:
        self._keep(order, status, reason)
        self._write(
            "ORDER",
            at,
            f"{status.capitalize()} {order.side} {order.quantity:.4f} {order.symbol}: {reason}",
            order_key=order.key,
            status=status,
        )

    def _keep(self, order: SessionOrder, status: Ending, reason: str) -> None:
        self._orders[order.key] = replace(order, status=status, reason=reason)
        still = {name: held for name, held in self.standing.open_orders.items() if held.key != order.key}
        self.standing = replace(self.standing, open_orders=still)

    def _exposure(self) -> Exposure:
        portfolio = self.standing.portfolio
        return Exposure(
            equity=portfolio.equity,
            positions=portfolio.positions,
            prices=portfolio.prices,
            pending={
                symbol: Pending(change=order.change, certain=order.limit_price is None)
                for symbol, order in self.standing.open_orders.items()
            },
            day_equity=self.standing.day_equity,
            peak_equity=self.standing.peak_equity,
        )

    def _write(
        self,
        kind: EntryKind,
        at: datetime,
        message: str,
        *,
        cash_change: float = 0.0,
        order_key: str = "",
        **data: Any,  # noqa: ANN401  JSON values
    ) -> None:
        seq = self.standing.entries + 1
        self.standing = replace(self.standing, entries=seq)
        self._ledger.append(
            LedgerEntry(
                seq=seq,
                kind=kind,
                reference=self._reference,
                at=at,
                message=message,
                cash_change=cash_change,
                order_key=order_key,
                data=data,
            )
        )

    def _tell(self, name: EventName, **data: Any) -> None:  # noqa: ANN401  JSON values
        self._events.append(SessionEvent(name=name, data=data))


def _fill_price(order: SessionOrder, bar: Bar) -> float | None:
    """Return the price before slippage that the order gets on this bar, or None when it does not fill."""
    close = bar.closes.get(order.symbol)
    if close is None:
        return None
    if order.limit_price is None:
        return close
    reached = close <= order.limit_price if order.side == "buy" else close >= order.limit_price
    return order.limit_price if reached else None
