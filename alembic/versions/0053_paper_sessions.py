"""Paper sessions: where each stands, its orders, its fills and its ledger. Additive."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from persistence.types import BigIntKey

revision: str = "0053_paper_sessions"
down_revision: str | None = "0052_append_only_audit"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

ID = sa.String(36)
TIME = sa.DateTime(timezone=True)
KEY = sa.String(120)


def _run_id(**options: bool) -> sa.Column[str]:
    owner = sa.ForeignKey("desk_runs.id", ondelete="CASCADE")
    return sa.Column("run_id", ID, owner, nullable=False, **options)


def upgrade() -> None:
    op.create_table(
        "paper_sessions",
        _run_id(primary_key=True),
        sa.Column("bars_seen", sa.Integer(), nullable=False),
        sa.Column("bar_at", TIME),
        sa.Column("initial_cash", sa.Float(), nullable=False),
        sa.Column("cash", sa.Float(), nullable=False),
        sa.Column("equity", sa.Float(), nullable=False),
        sa.Column("realized_pnl", sa.Float(), nullable=False),
        sa.Column("unrealized_pnl", sa.Float(), nullable=False),
        sa.Column("max_drawdown", sa.Float(), nullable=False),
        sa.Column("orders_submitted", sa.Integer(), nullable=False),
        sa.Column("fills", sa.Integer(), nullable=False),
        sa.Column("open_orders", sa.Integer(), nullable=False),
        sa.Column("positions", sa.JSON(), nullable=False),
        sa.Column("heartbeat_at", TIME, nullable=False),
    )
    op.create_table(
        "paper_session_orders",
        sa.Column("id", BigIntKey, primary_key=True, autoincrement=True),
        sa.Column("key", KEY, nullable=False, unique=True),
        _run_id(),
        sa.Column("reference", sa.String(80), nullable=False),
        sa.Column("symbol", sa.String(40), nullable=False),
        sa.Column("side", sa.String(8), nullable=False),
        sa.Column("quantity", sa.Float(), nullable=False),
        sa.Column("limit_price", sa.Float()),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_bar", sa.Integer(), nullable=False),
        sa.Column("placed_at", TIME, nullable=False),
        sa.Column("expires_bar", sa.Integer()),
        sa.Column("booked_at", TIME, nullable=False),
        sa.Index(None, "run_id", "status"),
    )
    op.create_table(
        "paper_session_fills",
        sa.Column("id", BigIntKey, primary_key=True, autoincrement=True),
        sa.Column(
            "order_key",
            KEY,
            sa.ForeignKey("paper_session_orders.key", ondelete="CASCADE"),
            nullable=False,
            unique=True,
        ),
        _run_id(index=True),
        sa.Column("symbol", sa.String(40), nullable=False),
        sa.Column("side", sa.String(8), nullable=False),
        sa.Column("quantity", sa.Float(), nullable=False),
        sa.Column("price", sa.Float(), nullable=False),
        sa.Column("fee", sa.Float(), nullable=False),
        sa.Column("cash_change", sa.Float(), nullable=False),
        sa.Column("bar", sa.Integer(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("booked_at", TIME, nullable=False),
    )
    op.create_table(
        "paper_session_ledger",
        sa.Column("id", BigIntKey, primary_key=True, autoincrement=True),
        _run_id(),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("reference", sa.String(80), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("cash_change", sa.Float(), nullable=False),
        sa.Column("order_key", KEY, nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("booked_at", TIME, nullable=False),
        sa.UniqueConstraint("run_id", "seq"),
    )


def downgrade() -> None:
    for table in ("paper_session_ledger", "paper_session_fills", "paper_session_orders", "paper_sessions"):
        op.drop_table(table)
