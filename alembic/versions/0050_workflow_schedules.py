"""When workflows start by themselves. Additive."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0050_workflow_schedules"
down_revision: str | None = "0049_desks"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

ID = sa.String(36)
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "workflow_schedules",
        sa.Column("id", ID, primary_key=True),
        sa.Column(
            "spec_id", ID, sa.ForeignKey("workflow_specs.id", ondelete="CASCADE"), nullable=False, unique=True
        ),
        sa.Column("key", sa.String(180), nullable=False, unique=True),
        sa.Column("cron", sa.String(200), nullable=False),
        sa.Column("interval_seconds", sa.Integer(), nullable=False),
        sa.Column("timezone", sa.String(64), nullable=False),
        sa.Column("misfire", sa.String(8), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("anchor", TIME, nullable=False),
        sa.Column("last_slot", TIME, nullable=False),
        sa.Column("next_slot", TIME, index=True),
        sa.Column("last_run_id", ID),
        sa.Column("last_run_at", TIME),
        sa.Column("last_error", sa.Text()),
        sa.Column("updated_by", ID, nullable=False),
        sa.Column("updated_by_name", sa.String(120), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("workflow_schedules")
