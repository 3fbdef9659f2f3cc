"""Runs that wait for a person, and runs that are resumed. Additive."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0058_approvals"
down_revision: str | None = "0057_bots"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

ID = sa.String(36)
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        "workflow_run_dispatch", sa.Column("active_ms", sa.Float(), nullable=False, server_default="0")
    )
    op.add_column("workflow_run_dispatch", sa.Column("last_effect_at", TIME))
    op.add_column("workflow_run_dispatch", sa.Column("queued_at", TIME))
    op.create_table(
        "workflow_approvals",
        sa.Column("run_id", ID, sa.ForeignKey("workflow_runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("subject", sa.String(200), primary_key=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("who", sa.String(16), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("expires_at", TIME),
        sa.Column("answered_at", TIME),
        sa.Column("answered_by", ID),
        sa.Column("answered_by_name", sa.String(120), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("amount_usd", sa.Float()),
    )


def downgrade() -> None:
    op.drop_table("workflow_approvals")
    for column in ("queued_at", "last_effect_at", "active_ms"):
        op.drop_column("workflow_run_dispatch", column)
