"""The paper broker's ledger: orders that happen once, fills, and what they add up to. USD and shares."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Float, case, func, select
from sqlalchemy.orm import Session

from persistence.inserts import insert_into
from persistence.models import PaperAccountRow, PaperFillRow, PaperOrderRow
from runtime.errors import InvalidValue
from runtime.ids import NodeId, RunId, SpecName, new_id

Side = Literal["buy", "sell"]
_DUST = 1e-9
"""Shares; what floating point leaves of a position that was closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """An order. However often it is placed, its key makes it happen once."""

    idempotency_key: str
    run_id: RunId
    workflow: SpecName
    node_id: NodeId
    account: str
    symbol: str
    side: Side
    quantity: float
    """Shares, > 0."""
    price_limit: float | None = None
    status: str
    """Such as `filled` or `rejected`."""
    reason: str | None = None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """An execution."""

    quantity: float
    """Shares, > 0."""
    price: float
    """USD per share, slippage included."""
    fee: float
    """USD."""
    slippage_bps: float
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRecord:
    """An order as it is in the books."""

    id: str
    order: NewOrder
    fills: tuple[Fill, ...]


class PaperRepository:
    """Reads and writes the books in the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def open_account(self, name: str, *, initial_cash: float, now: datetime) -> float:
        """Open an account unless it exists; return the cash in USD that it was opened with."""
        self._session.execute(
            insert_into(self._session, PaperAccountRow)
            .values(name=name, initial_cash=initial_cash, opened_at=now)
            .on_conflict_do_nothing()
        )
        return self._session.scalars(
            select(PaperAccountRow.initial_cash).where(PaperAccountRow.name == name)
        ).one()

    def lock_account(self, name: str) -> None:
        """Let nobody else lock the account until this unit of work ends, so that two orders cannot spend the same cash."""
        self._session.execute(
            select(PaperAccountRow.name).where(PaperAccountRow.name == name).with_for_update()
        )

    def place(self, order: NewOrder, fills: Sequence[Fill]) -> tuple[OrderRecord, bool]:
        """Book an order and its fills; with a key that was used before return what was booked then, and False."""
        order_id = self._session.scalar(
            insert_into(self._session, PaperOrderRow)
            .values(
                id=new_id(),
                idempotency_key=order.idempotency_key,
                run_id=order.run_id,
                workflow=order.workflow,
                node_id=order.node_id,
                account=order.account,
                symbol=order.symbol,
                side=order.side,
                quantity=order.quantity,
                price_limit=order.price_limit,
                status=order.status,
                reason=order.reason,
                created_at=order.created_at,
            )
            .on_conflict_do_nothing(index_elements=["idempotency_key"])
            .returning(PaperOrderRow.id)
        )
        if order_id is None:
            return self._placed_before(order), False
        self._session.add_all(
            PaperFillRow(
                id=new_id(),
                order_id=order_id,
                quantity=fill.quantity,
                price=fill.price,
                fee=fill.fee,
                slippage_bps=fill.slippage_bps,
                at=fill.at,
            )
            for fill in fills
        )
        self._session.flush()
        return OrderRecord(id=order_id, order=order, fills=tuple(fills)), True

    def orders(self, run_id: RunId) -> list[OrderRecord]:
        """Return the orders of a run with their fills, in the order they were placed."""
        rows = self._session.scalars(
            select(PaperOrderRow)
            .where(PaperOrderRow.run_id == run_id)
            .order_by(PaperOrderRow.created_at, PaperOrderRow.idempotency_key)
        ).all()
        return self._records(rows)

    def positions(self, account: str) -> dict[str, float]:
        """Return the shares that an account holds, by symbol; short positions are negative, closed ones left out."""
        held = func.sum(PaperFillRow.quantity * _direction(), type_=Float())
        found = self._session.execute(
            select(PaperOrderRow.symbol, held)
            .join(PaperFillRow, PaperFillRow.order_id == PaperOrderRow.id)
            .where(PaperOrderRow.account == account)
            .group_by(PaperOrderRow.symbol)
            .order_by(PaperOrderRow.symbol)
        )
        return {symbol: shares for symbol, shares in found if abs(shares) > _DUST}

    def cash_flow(self, account: str) -> float:
        """Return what trading has added to an account in USD: sales minus purchases minus fees."""
        flow = func.sum(
            -PaperFillRow.quantity * PaperFillRow.price * _direction() - PaperFillRow.fee, type_=Float()
        )
        total = self._session.scalar(
            select(flow)
            .join(PaperOrderRow, PaperFillRow.order_id == PaperOrderRow.id)
            .where(PaperOrderRow.account == account)
        )
        return total or 0.0

    def _placed_before(self, order: NewOrder) -> OrderRecord:
        row = self._session.scalars(
            select(PaperOrderRow).where(PaperOrderRow.idempotency_key == order.idempotency_key)
        ).one()
        if (row.account, row.symbol, row.side) != (order.account, order.symbol, order.side):
            raise InvalidValue(
                f"The order key {order.idempotency_key!r} belongs to another order.", field="idempotency_key"
            )
        return self._records([row])[0]

    def _records(self, rows: Sequence[PaperOrderRow]) -> list[OrderRecord]:
        fills: dict[str, list[Fill]] = {row.id: [] for row in rows}
        found = self._session.scalars(
            select(PaperFillRow)
            .where(PaperFillRow.order_id.in_(fills))
            .order_by(PaperFillRow.at, PaperFillRow.id)
        )
        for fill in found:
            fills[fill.order_id].append(_fill(fill))
        return [OrderRecord(id=row.id, order=_order(row), fills=tuple(fills[row.id])) for row in rows]


def _direction() -> ColumnElement[int]:
    return case((PaperOrderRow.side == "buy", 1), else_=-1)


def _fill(row: PaperFillRow) -> Fill:
    return Fill(quantity=row.quantity, price=row.price, fee=row.fee, slippage_bps=row.slippage_bps, at=row.at)


def _order(row: PaperOrderRow) -> NewOrder:
    return NewOrder(
        idempotency_key=row.idempotency_key,
        run_id=RunId(row.run_id),
        workflow=SpecName(row.workflow),
        node_id=NodeId(row.node_id),
        account=row.account,
        symbol=row.symbol,
        side="buy" if row.side == "buy" else "sell",
        quantity=row.quantity,
        price_limit=row.price_limit,
        status=row.status,
        reason=row.reason,
        created_at=row.created_at,
    )
