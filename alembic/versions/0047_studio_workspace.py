"""The studio's own tables: drafts, dispatch, events, artifacts, halts, the paper broker. Additive."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from persistence.types import BigIntKey

revision: str = "0047_studio_workspace"
down_revision: str | None = "0046_workflow_versioning"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

ID = sa.String(36)
TIME = sa.DateTime(timezone=True)
NEWEST_RUNS = "ix_workflow_runs_workflow_spec_name_started_at"
TABLES = (
    "workflow_drafts",
    "workflow_draft_edits",
    "workflow_run_dispatch",
    "workflow_run_events",
    "artifacts",
    "halts",
    "halt_items",
    "paper_accounts",
    "paper_orders",
    "paper_fills",
)


def upgrade() -> None:
    create_drafts()
    create_runs()
    create_halts()
    create_paper()
    op.create_index(NEWEST_RUNS, "workflow_runs", ["workflow_spec_name", "started_at"])


def downgrade() -> None:
    op.drop_index(NEWEST_RUNS, "workflow_runs")
    for table in reversed(TABLES):
        op.drop_table(table)


def create_drafts() -> None:
    op.create_table(
        "workflow_drafts",
        sa.Column("spec_id", ID, sa.ForeignKey("workflow_specs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("spec", sa.JSON(), nullable=False),
        sa.Column("layout", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("updated_by", sa.String(120), nullable=False),
    )
    op.create_table(
        "workflow_draft_edits",
        sa.Column("id", BigIntKey, primary_key=True, autoincrement=True),
        sa.Column(
            "spec_id", ID, sa.ForeignKey("workflow_drafts.spec_id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("change", sa.JSON(), nullable=False),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.Column("author", sa.String(120), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Index(None, "spec_id", "undone"),
    )


def create_runs() -> None:
    op.create_table(
        "workflow_run_dispatch",
        sa.Column("run_id", ID, sa.ForeignKey("workflow_runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("spec_hash", sa.String(64), nullable=False),
        sa.Column("spec", sa.JSON(), nullable=False),
        sa.Column("layout", sa.JSON(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("lease_until", TIME, index=True),
        sa.Column("worker", sa.Text()),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("dispatched_at", TIME),
        sa.Column("claimed_at", TIME),
        sa.Column("closed_at", TIME),
        sa.Column("created_by", ID),
        sa.Column("created_by_name", sa.String(120), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
    )
    op.create_table(
        "workflow_run_events",
        sa.Column("id", BigIntKey, primary_key=True, autoincrement=True),
        sa.Column("run_id", ID, sa.ForeignKey("workflow_runs.id", ondelete="CASCADE"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("frame", sa.JSON(), nullable=False),
        sa.UniqueConstraint("run_id", "seq"),
    )
    op.create_table(
        "artifacts",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("media", sa.String(40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
    )


def create_halts() -> None:
    op.create_table(
        "halts",
        sa.Column("id", ID, primary_key=True),
        sa.Column("scope", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor_id", ID),
        sa.Column("actor_name", sa.String(120), nullable=False),
        sa.Column("requested_at", TIME, nullable=False, index=True),
    )
    op.create_table(
        "halt_items",
        sa.Column("halt_id", ID, sa.ForeignKey("halts.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("run_id", ID, primary_key=True, index=True),
        sa.Column("prior_status", sa.String(32), nullable=False),
        sa.Column("requested_at", TIME, nullable=False),
        sa.Column("acknowledged_at", TIME),
        sa.Column("cancelled_at", TIME),
        sa.Column("last_effect_at", TIME),
        sa.Column("proved_at", TIME),
        sa.Column("state", sa.String(16), nullable=False, index=True),
    )


def create_paper() -> None:
    op.create_table(
        "paper_accounts",
        sa.Column("name", sa.String(120), primary_key=True),
        sa.Column("initial_cash", sa.Float(), nullable=False),
        sa.Column("opened_at", TIME, nullable=False),
    )
    op.create_table(
        "paper_orders",
        sa.Column("id", ID, primary_key=True),
        sa.Column("idempotency_key", sa.String(255), nullable=False, index=True, unique=True),
        sa.Column("run_id", ID, nullable=False, index=True),
        sa.Column("workflow", sa.String(160), nullable=False),
        sa.Column("node_id", sa.String(160), nullable=False),
        sa.Column("account", sa.String(120), nullable=False),
        sa.Column("symbol", sa.String(40), nullable=False),
        sa.Column("side", sa.String(8), nullable=False),
        sa.Column("quantity", sa.Float(), nullable=False),
        sa.Column("price_limit", sa.Float()),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("created_at", TIME, nullable=False),
        sa.Index(None, "account", "created_at"),
    )
    op.create_table(
        "paper_fills",
        sa.Column("id", ID, primary_key=True),
        sa.Column(
            "order_id", ID, sa.ForeignKey("paper_orders.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column("quantity", sa.Float(), nullable=False),
        sa.Column("price", sa.Float(), nullable=False),
        sa.Column("fee", sa.Float(), nullable=False),
        sa.Column("slippage_bps", sa.Float(), nullable=False),
        sa.Column("at", TIME, nullable=False),
    )
