"""Decisions that agents remember, and runs that are exact replays of others. Additive."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0051_agent_memory"
down_revision: str | None = "0050_workflow_schedules"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

BY_AGENT = "ix_agent_memory_agent_embedder_as_of"


def upgrade() -> None:
    op.add_column("agent_memory", sa.Column("embedder", sa.String(240)))
    op.add_column("agent_memory", sa.Column("as_of", sa.Date()))
    op.add_column("agent_memory", sa.Column("decision", sa.JSON()))
    op.add_column("agent_memory", sa.Column("outcome", sa.JSON()))
    op.create_index(BY_AGENT, "agent_memory", ["agent", "embedder", "as_of"])
    op.add_column("workflow_run_dispatch", sa.Column("replay_of", sa.String(36)))


def downgrade() -> None:
    op.drop_column("workflow_run_dispatch", "replay_of")
    op.drop_index(BY_AGENT, "agent_memory")
    for column in ("outcome", "decision", "as_of", "embedder"):
        op.drop_column("agent_memory", column)
