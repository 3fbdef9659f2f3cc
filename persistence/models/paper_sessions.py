"""Rows of revision 0053: what a paper session trades. Money in USD, quantities in shares; they outlive no run."""

from datetime import datetime
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from persistence.models.base import Base, Id
from persistence.types import BigIntKey, FreeText


class PaperSessionRow(Base):
    """Where a session stands, as of `bars_seen`."""

    __tablename__ = "paper_sessions"

    run_id: Mapped[str] = mapped_column(Id, ForeignKey("desk_runs.id", ondelete="CASCADE"), primary_key=True)
    bars_seen: Mapped[int] = mapped_column(Integer)
    bar_at: Mapped[datetime | None]
    """The last bar."""
    initial_cash: Mapped[float] = mapped_column(Float)
    cash: Mapped[float] = mapped_column(Float)
    equity: Mapped[float] = mapped_column(Float)
    realized_pnl: Mapped[float] = mapped_column(Float)
    unrealized_pnl: Mapped[float] = mapped_column(Float)
    max_drawdown: Mapped[float] = mapped_column(Float)
    orders_submitted: Mapped[int] = mapped_column(Integer)
    fills: Mapped[int] = mapped_column(Integer)
    open_orders: Mapped[int] = mapped_column(Integer)
    positions: Mapped[dict[str, Any]]
    heartbeat_at: Mapped[datetime]
    """When it was written."""


class PaperSessionOrderRow(Base):
    """An order of a session. Its key makes it happen once; once closed it is never open again."""

    __tablename__ = "paper_session_orders"
    __table_args__ = (Index(None, "run_id", "status"),)

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    run_id: Mapped[str] = mapped_column(Id, ForeignKey("desk_runs.id", ondelete="CASCADE"))
    reference: Mapped[str] = mapped_column(String(80))
    symbol: Mapped[str] = mapped_column(String(40))
    side: Mapped[str] = mapped_column(String(8))
    quantity: Mapped[float] = mapped_column(Float)
    limit_price: Mapped[float | None] = mapped_column(Float)
    status: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(FreeText())
    placed_bar: Mapped[int] = mapped_column(Integer)
    placed_at: Mapped[datetime]
    """The bar."""
    expires_bar: Mapped[int | None] = mapped_column(Integer)
    booked_at: Mapped[datetime]


class PaperSessionFillRow(Base):
    """The one execution of an order."""

    __tablename__ = "paper_session_fills"

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True, autoincrement=True)
    order_key: Mapped[str] = mapped_column(
        String(120), ForeignKey("paper_session_orders.key", ondelete="CASCADE"), unique=True
    )
    run_id: Mapped[str] = mapped_column(Id, ForeignKey("desk_runs.id", ondelete="CASCADE"), index=True)
    symbol: Mapped[str] = mapped_column(String(40))
    side: Mapped[str] = mapped_column(String(8))
    quantity: Mapped[float] = mapped_column(Float)
    price: Mapped[float] = mapped_column(Float)
    """Per share, slippage included."""
    fee: Mapped[float] = mapped_column(Float)
    cash_change: Mapped[float] = mapped_column(Float)
    bar: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime]
    """The bar."""
    booked_at: Mapped[datetime]


class PaperSessionLedgerRow(Base):
    """One line of a session's ledger: ORDER, FILL, RISK or STRATEGY."""

    __tablename__ = "paper_session_ledger"
    __table_args__ = (UniqueConstraint("run_id", "seq"),)

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True, autoincrement=True)
    run_id: Mapped[str] = mapped_column(Id, ForeignKey("desk_runs.id", ondelete="CASCADE"))
    seq: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(16))
    reference: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime]
    """The bar."""
    message: Mapped[str] = mapped_column(FreeText())
    cash_change: Mapped[float] = mapped_column(Float)
    order_key: Mapped[str] = mapped_column(String(120))
    data: Mapped[dict[str, Any]]
    booked_at: Mapped[datetime]
