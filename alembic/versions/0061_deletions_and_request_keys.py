"""Workflows that were deleted and can be restored, and keys under which a run is asked for once. Additive."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0061_deletions_and_request_keys"
down_revision: str | None = "0060_agent_specs"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "workflow_deletions",
        sa.Column(
            "spec_id",
            sa.String(36),
            sa.ForeignKey("workflow_specs.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("name", sa.String(160), nullable=False, unique=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_by_name", sa.String(120), nullable=False),
    )
    op.create_table(
        "run_request_keys",
        sa.Column("actor_id", sa.String(36), primary_key=True),
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("run_id", sa.String(36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    # What was deleted has a name that nobody can type: without the table it would be lost.
    op.execute(
        "UPDATE workflow_specs SET name = (SELECT d.name FROM workflow_deletions d WHERE d.spec_id = workflow_specs.id) "
        "WHERE id IN (SELECT d.spec_id FROM workflow_deletions d)"
    )
    op.drop_table("run_request_keys")
    op.drop_table("workflow_deletions")
