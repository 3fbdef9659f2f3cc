"""Rows of revision 0047 of the paper broker: accounts, orders and fills. Money in USD, quantities in shares."""

from datetime import datetime

from sqlalchemy import Float, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from persistence.models.base import Base, Id
from persistence.types import FreeText


class PaperAccountRow(Base):
    """A paper account and the cash it was opened with."""

    __tablename__ = "paper_accounts"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    initial_cash: Mapped[float] = mapped_column(Float)
    opened_at: Mapped[datetime]


class PaperOrderRow(Base):
    """An order. Its key makes it happen once; it outlives the run that placed it."""

    __tablename__ = "paper_orders"
    __table_args__ = (Index(None, "account", "created_at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(String(255), index=True, unique=True)
    run_id: Mapped[str] = mapped_column(Id, index=True)
    workflow: Mapped[str] = mapped_column(String(160))
    node_id: Mapped[str] = mapped_column(String(160))
    account: Mapped[str] = mapped_column(String(120))
    symbol: Mapped[str] = mapped_column(String(40))
    side: Mapped[str] = mapped_column(String(8))
    quantity: Mapped[float] = mapped_column(Float)
    price_limit: Mapped[float | None] = mapped_column(Float)
    status: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(FreeText())
    created_at: Mapped[datetime]


class PaperFillRow(Base):
    """An execution of an order, or of a part of it."""

    __tablename__ = "paper_fills"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    order_id: Mapped[str] = mapped_column(Id, ForeignKey("paper_orders.id", ondelete="CASCADE"), index=True)
    quantity: Mapped[float] = mapped_column(Float)
    price: Mapped[float] = mapped_column(Float)
    """Per share, slippage included."""
    fee: Mapped[float] = mapped_column(Float)
    slippage_bps: Mapped[float] = mapped_column(Float)
    at: Mapped[datetime]
