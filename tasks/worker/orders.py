"""The paper broker's books as one run sees them: orders are filled in one transaction, or refused.

The transaction locks the run's row and looks at the kill switch, so that no order is ever booked after the commit of a halt.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from persistence.controls import ControlRepository
from persistence.database import Database
from persistence.paper import Fill, NewOrder, OrderRecord, PaperRepository
from persistence.run_lock import lock_run
from runtime.ids import NodeId, RunId, SpecName
from runtime.paper.fills import Fill as Execution
from runtime.paper.fills import fill
from runtime.ports import Account, Clock, OrderReceipt, OrderRequest, PlacedOrder
from tasks.worker.offload import Offload

DUST_USD = 1e-6
"""What rounding may overdraw."""


class DbOrderBook:
    """`runtime.ports.OrderBook` over the database, for one run. `stamp` is told when orders were booked."""

    def __init__(
        self,
        database: Database,
        offload: Offload,
        clock: Clock,
        *,
        run_id: RunId,
        switch_engaged: Callable[[], bool],
        stamp: Callable[[datetime], None],
    ) -> None:
        self._database = database
        self._offload = offload
        self._clock = clock
        self._run_id = run_id
        self._switch_engaged = switch_engaged
        self._stamp = stamp

    async def account(self, name: str, *, initial_cash: float) -> Account:
        """Return the account, opened with `initial_cash` USD when it is new."""
        return await self._offload(self._account, name, initial_cash)

    async def place(
        self, orders: Sequence[OrderRequest], *, fee_bps: float, slippage_bps: float
    ) -> list[OrderReceipt]:
        """Fill orders, each key once; refuse those that the cash does not cover, and all when halted."""
        booking = asyncio.ensure_future(self._offload(self._place, orders, fee_bps, slippage_bps))
        try:
            return await asyncio.shield(booking)
        except asyncio.CancelledError:
            # A thread cannot be stopped: the run must not be called halted while its orders are still being booked.
            await asyncio.wait([booking])
            raise

    async def placed_by(self, node_id: str) -> list[PlacedOrder]:
        """Return the orders of this run that a node has had filled."""
        return await self._offload(self._placed_by, node_id)

    def _placed_by(self, node_id: str) -> list[PlacedOrder]:
        with self._database.read() as session:
            records = PaperRepository(session).orders(self._run_id)
        return [
            PlacedOrder(
                key=record.order.idempotency_key,
                symbol=record.order.symbol,
                side=record.order.side,
                quantity=record.order.quantity,
                receipt=_receipt(record, created=False),
            )
            for record in records
            if record.order.node_id == node_id
        ]

    def _account(self, name: str, initial_cash: float) -> Account:
        with self._database.write() as session:
            books = PaperRepository(session)
            opened_with = books.open_account(name, initial_cash=initial_cash, now=self._clock.now())
            return Account(cash=opened_with + books.cash_flow(name), positions=books.positions(name))

    def _place(
        self, orders: Sequence[OrderRequest], fee_bps: float, slippage_bps: float
    ) -> list[OrderReceipt]:
        mirrored = self._switch_engaged()
        receipts: list[OrderReceipt] = []
        with self._database.write() as session:
            refusal = self._refusal(session, mirrored=mirrored)
            if refusal:
                return [_refused(refusal) for _ in orders]
            books = PaperRepository(session)
            cash = {name: self._cash(books, name) for name in sorted({order.account for order in orders})}
            known = {record.order.idempotency_key: record for record in books.orders(self._run_id)}
            for order in orders:
                if order.key in known:
                    receipts.append(_receipt(known[order.key], created=False))
                    continue
                done = fill(
                    order.side,
                    quantity=order.quantity,
                    reference_price=order.reference_price,
                    fee_bps=fee_bps,
                    slippage_bps=slippage_bps,
                )
                receipt = self._book(books, order, done, cash[order.account], slippage_bps)
                if receipt.created:
                    cash[order.account] += done.cash_change
                receipts.append(receipt)
        if any(receipt.created for receipt in receipts):
            self._stamp(self._clock.now())
        return receipts

    def _refusal(self, session: Session, *, mirrored: bool) -> str:
        if lock_run(session, self._run_id) != "running":
            return "the run is not running any more"
        if mirrored or ControlRepository(session).kill_switch().engaged:
            return "kill switch engaged"
        return ""

    def _cash(self, books: PaperRepository, account: str) -> float:
        books.lock_account(account)
        return books.open_account(account, initial_cash=0.0, now=self._clock.now()) + books.cash_flow(account)

    def _book(
        self, books: PaperRepository, order: OrderRequest, done: Execution, cash: float, slippage_bps: float
    ) -> OrderReceipt:
        if order.side == "buy" and cash + done.cash_change < -DUST_USD:
            return _refused("not enough cash")
        now = self._clock.now()
        new = NewOrder(
            idempotency_key=order.key,
            run_id=order.run_id,
            workflow=SpecName(order.workflow),
            node_id=NodeId(order.node_id),
            account=order.account,
            symbol=order.symbol,
            side=order.side,
            quantity=order.quantity,
            status="filled",
            created_at=now,
        )
        booked = Fill(
            quantity=order.quantity, price=done.price, fee=done.fee, slippage_bps=slippage_bps, at=now
        )
        record, created = books.place(new, [booked])
        return _receipt(record, created=created)


def _receipt(record: OrderRecord, *, created: bool) -> OrderReceipt:
    return OrderReceipt(
        order_id=record.id,
        status="filled",
        price=record.fills[0].price,
        fee=sum(booked.fee for booked in record.fills),
        created=created,
    )


def _refused(reason: str) -> OrderReceipt:
    return OrderReceipt(order_id="", status="rejected", price=0.0, fee=0.0, created=False, reason=reason)
