"""Requests to halt everything, each with the halts it was made of. Additive."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0054_everything_halts"
down_revision: str | None = "0053_paper_sessions"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "everything_halts",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.String(36)),
        sa.Column("actor_name", sa.String(120), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("parts", sa.JSON(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("everything_halts")
