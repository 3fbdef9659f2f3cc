"""The workflow control plane: specs, their frozen versions, runs. Additive: nothing else is touched."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0046_workflow_versioning"
down_revision: str | None = "0045_pgvector_foundation"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

ID = sa.String(36)
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "workflow_specs",
        sa.Column("id", ID, primary_key=True),
        sa.Column("name", sa.String(160), nullable=False, index=True, unique=True),
        sa.Column("adapter", sa.String(120), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("current_version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("annotations", sa.JSON()),
        sa.Column("created_at", TIME, nullable=False, server_default=sa.func.now()),
        sa.Column("updated_at", TIME, nullable=False, server_default=sa.func.now()),
        *ownership(),
    )
    op.create_table(
        "workflow_spec_versions",
        sa.Column("id", ID, primary_key=True),
        reference("spec_id", "workflow_specs.id", ondelete="CASCADE", nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("spec_hash", sa.String(64), nullable=False, index=True, unique=True),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("notes", sa.Text()),
        sa.Column("created_by", sa.String(120)),
        sa.Column("created_at", TIME, nullable=False, server_default=sa.func.now()),
        *ownership(),
        sa.Index(None, "spec_id", "version"),
    )
    op.create_table(
        "workflow_runs",
        sa.Column("id", ID, primary_key=True),
        sa.Column("workflow_spec_name", sa.String(160), nullable=False, index=True),
        reference("spec_version_id", "workflow_spec_versions.id"),
        sa.Column("parent_run_id", ID, index=True),
        sa.Column("task_id", sa.String(120), index=True),
        sa.Column("session_id", ID, index=True),
        sa.Column("status", sa.String(32), nullable=False, server_default="pending", index=True),
        sa.Column("inputs", sa.JSON()),
        sa.Column("final_state", sa.JSON()),
        sa.Column("breadcrumbs", sa.JSON()),
        sa.Column("cost_usd", sa.Float(), nullable=False, server_default="0"),
        sa.Column("n_calls", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("n_tool_calls", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("n_rag_hits", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("duration_ms", sa.Float()),
        sa.Column("halted", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("error", sa.Text()),
        sa.Column("started_at", TIME, nullable=False, server_default=sa.func.now()),
        sa.Column("completed_at", TIME),
        reference("experiment_id", "alphaswarm_experiments.id"),
        reference("test_id", "alphaswarm_tests.id"),
        *ownership(),
        sa.Index(None, "status", "started_at"),
    )


def downgrade() -> None:
    for table in ("workflow_runs", "workflow_spec_versions", "workflow_specs"):
        op.drop_table(table)


def reference(name: str, target: str, *, ondelete: str = "SET NULL", nullable: bool = True) -> sa.Column[str]:
    """Return an indexed column that refers to `target`."""
    return sa.Column(name, ID, sa.ForeignKey(target, ondelete=ondelete), nullable=nullable, index=True)


def ownership() -> tuple[sa.Column[str], ...]:
    """Return the columns that say whose row it is."""
    return (
        reference("owner_user_id", "users.id"),
        reference("workspace_id", "workspaces.id"),
        reference("project_id", "projects.id"),
    )
