"""The desks beside the workflows: their runs and what these tell; a halt says which desk it hit. Additive."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from persistence.types import BigIntKey

revision: str = "0049_desks"
down_revision: str | None = "0048_agent_run_steps"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

ID = sa.String(36)
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "desk_runs",
        sa.Column("id", ID, primary_key=True),
        sa.Column("desk", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(48), nullable=False),
        sa.Column("name", sa.String(160), nullable=False, index=True),
        sa.Column("queue", sa.String(24), nullable=False),
        sa.Column("task_id", sa.String(120), nullable=False, index=True),
        sa.Column("parent_id", ID, index=True),
        sa.Column("status", sa.String(16), nullable=False, index=True),
        sa.Column("config", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON()),
        sa.Column("error", sa.Text()),
        sa.Column("progress", sa.Float(), nullable=False, server_default="0"),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("cost_usd", sa.Float(), nullable=False, server_default="0"),
        sa.Column("n_calls", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("created_by", ID, index=True),
        sa.Column("created_by_name", sa.String(120), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("dispatched_at", TIME),
        sa.Column("started_at", TIME),
        sa.Column("heard_at", TIME),
        sa.Column("completed_at", TIME),
        sa.Column("closed_at", TIME),
        sa.Column("token", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("lease_until", TIME, index=True),
        sa.Column("worker", sa.Text()),
        sa.Index(None, "desk", "status", "created_at"),
    )
    op.create_table(
        "desk_run_events",
        sa.Column("id", BigIntKey, primary_key=True, autoincrement=True),
        sa.Column("run_id", ID, sa.ForeignKey("desk_runs.id", ondelete="CASCADE"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("frame", sa.JSON(), nullable=False),
        sa.UniqueConstraint("run_id", "seq"),
    )
    op.add_column("halt_items", sa.Column("desk", sa.String(24), nullable=False, server_default="workflows"))


def downgrade() -> None:
    op.drop_column("halt_items", "desk")
    op.drop_table("desk_run_events")
    op.drop_table("desk_runs")
