"""The books of paper sessions. Who may write is asked by the caller, in the same unit of work."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from persistence.inserts import insert_into
from persistence.models import (
    PaperSessionFillRow,
    PaperSessionLedgerRow,
    PaperSessionOrderRow,
    PaperSessionRow,
)
from runtime.ids import RunId
from runtime.paper.books import (
    Booking,
    EntryKind,
    LedgerEntry,
    OrderStatus,
    SessionFill,
    SessionOrder,
    SessionState,
)
from runtime.paper.fills import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredState:
    """Where a session stands, and when that was written."""

    state: SessionState
    heartbeat_at: datetime


class PaperSessionRepository:
    """Reads and writes the books of sessions in the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def book(self, run_id: RunId, booking: Booking, now: datetime) -> None:
        """Write a booking; what of it is written already stays as it is."""
        for order in booking.orders:
            self._book_order(run_id, order, now)
        for fill in booking.fills:
            self._session.execute(
                insert_into(self._session, PaperSessionFillRow)
                .values(run_id=run_id, booked_at=now, **asdict(fill))
                .on_conflict_do_nothing(index_elements=["order_key"])
            )
        for entry in booking.ledger:
            self._session.execute(
                insert_into(self._session, PaperSessionLedgerRow)
                .values(run_id=run_id, booked_at=now, **asdict(entry))
                .on_conflict_do_nothing(index_elements=["run_id", "seq"])
            )
        self._write_state(run_id, booking.state, now)

    def unknown_orders(self, keys: Collection[str]) -> set[str]:
        """Return those of the keys under which nothing was ordered."""
        found = self._session.scalars(
            select(PaperSessionOrderRow.key).where(PaperSessionOrderRow.key.in_(keys))
        )
        return set(keys) - set(found)

    def has_entry(self, run_id: RunId, seq: int) -> bool:
        """Say whether a session's ledger has this entry."""
        which = (PaperSessionLedgerRow.run_id == run_id, PaperSessionLedgerRow.seq == seq)
        return self._session.scalar(select(PaperSessionLedgerRow.id).where(*which)) is not None

    def cancel_open(self, run_id: RunId, *, reason: str, now: datetime) -> int:
        """Cancel what a session left open, with an entry in its ledger for each; return how many those were."""
        rows = self._session.scalars(
            select(PaperSessionOrderRow)
            .where(PaperSessionOrderRow.run_id == run_id, PaperSessionOrderRow.status == "open")
            .order_by(PaperSessionOrderRow.id)
        ).all()
        last = self._session.scalar(
            select(func.max(PaperSessionLedgerRow.seq)).where(PaperSessionLedgerRow.run_id == run_id)
        )
        for seq, row in enumerate(rows, (last or 0) + 1):
            row.status, row.reason = "cancelled", reason
            self._session.add(
                PaperSessionLedgerRow(
                    run_id=run_id,
                    seq=seq,
                    kind="ORDER",
                    reference=row.reference,
                    at=now,
                    message=f"Cancelled {row.side} {row.quantity:.4f} {row.symbol}: {reason}",
                    cash_change=0.0,
                    order_key=row.key,
                    data={"status": "cancelled"},
                    booked_at=now,
                )
            )
        if rows:
            self._session.execute(
                update(PaperSessionRow).where(PaperSessionRow.run_id == run_id).values(open_orders=0)
            )
        self._session.flush()
        return len(rows)

    def state(self, run_id: RunId) -> StoredState | None:
        """Return where a session stands; None before its first booking."""
        row = self._session.get(PaperSessionRow, run_id)
        return None if row is None else _state(row)

    def states(self, run_ids: Collection[RunId]) -> dict[RunId, StoredState]:
        """Return where several sessions stand; those without a booking are left out."""
        rows = self._session.scalars(select(PaperSessionRow).where(PaperSessionRow.run_id.in_(run_ids)))
        return {RunId(row.run_id): _state(row) for row in rows}

    def open_orders(self, run_id: RunId) -> int:
        """Return how many orders of a session are open."""
        which = (PaperSessionOrderRow.run_id == run_id, PaperSessionOrderRow.status == "open")
        return self._session.scalar(select(func.count()).where(*which)) or 0

    def orders(self, run_id: RunId, *, limit: int) -> Sequence[SessionOrder]:
        """Return the latest orders, newest first."""
        rows = self._session.scalars(
            select(PaperSessionOrderRow)
            .where(PaperSessionOrderRow.run_id == run_id)
            .order_by(PaperSessionOrderRow.id.desc())
            .limit(limit)
        )
        return [_order(row) for row in rows]

    def fills(self, run_id: RunId, *, limit: int) -> Sequence[SessionFill]:
        """Return the latest fills, newest first."""
        rows = self._session.scalars(
            select(PaperSessionFillRow)
            .where(PaperSessionFillRow.run_id == run_id)
            .order_by(PaperSessionFillRow.id.desc())
            .limit(limit)
        )
        return [_fill(row) for row in rows]

    def ledger(self, run_id: RunId, *, limit: int) -> Sequence[LedgerEntry]:
        """Return the latest entries, newest first."""
        rows = self._session.scalars(
            select(PaperSessionLedgerRow)
            .where(PaperSessionLedgerRow.run_id == run_id)
            .order_by(PaperSessionLedgerRow.seq.desc())
            .limit(limit)
        )
        return [_entry(row) for row in rows]

    def _book_order(self, run_id: RunId, order: SessionOrder, now: datetime) -> None:
        self._session.execute(
            insert_into(self._session, PaperSessionOrderRow)
            .values(run_id=run_id, booked_at=now, **asdict(order))
            .on_conflict_do_update(
                index_elements=["key"],
                set_={"status": order.status, "reason": order.reason},
                where=PaperSessionOrderRow.status == "open",
            )
        )

    def _write_state(self, run_id: RunId, state: SessionState, now: datetime) -> None:
        fields = asdict(state)
        fields |= {"bar_at": fields.pop("current_time"), "heartbeat_at": now}
        self._session.execute(
            insert_into(self._session, PaperSessionRow)
            .values(run_id=run_id, **fields)
            .on_conflict_do_update(
                index_elements=["run_id"],
                set_=fields,
                where=PaperSessionRow.bars_seen <= state.bars_seen,
            )
        )


def _state(row: PaperSessionRow) -> StoredState:
    return StoredState(
        state=SessionState(
            bars_seen=row.bars_seen,
            current_time=row.bar_at,
            initial_cash=row.initial_cash,
            cash=row.cash,
            equity=row.equity,
            realized_pnl=row.realized_pnl,
            unrealized_pnl=row.unrealized_pnl,
            max_drawdown=row.max_drawdown,
            orders_submitted=row.orders_submitted,
            fills=row.fills,
            open_orders=row.open_orders,
            positions=row.positions,
        ),
        heartbeat_at=row.heartbeat_at,
    )


def _order(row: PaperSessionOrderRow) -> SessionOrder:
    return SessionOrder(
        key=row.key,
        reference=row.reference,
        symbol=row.symbol,
        side=_side(row.side),
        quantity=row.quantity,
        limit_price=row.limit_price,
        status=cast(OrderStatus, row.status),  # what we wrote
        reason=row.reason,
        placed_bar=row.placed_bar,
        placed_at=row.placed_at,
        expires_bar=row.expires_bar,
    )


def _fill(row: PaperSessionFillRow) -> SessionFill:
    return SessionFill(
        order_key=row.order_key,
        symbol=row.symbol,
        side=_side(row.side),
        quantity=row.quantity,
        price=row.price,
        fee=row.fee,
        cash_change=row.cash_change,
        bar=row.bar,
        at=row.at,
    )


def _entry(row: PaperSessionLedgerRow) -> LedgerEntry:
    return LedgerEntry(
        seq=row.seq,
        kind=cast(EntryKind, row.kind),  # what we wrote
        reference=row.reference,
        at=row.at,
        message=row.message,
        cash_change=row.cash_change,
        order_key=row.order_key,
        data=row.data,
    )


def _side(text: str) -> Side:
    return "buy" if text == "buy" else "sell"
