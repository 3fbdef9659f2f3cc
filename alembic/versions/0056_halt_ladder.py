"""The last rungs of a halt: when a process was killed, and when a node that does not stop was given up. Additive."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0056_halt_ladder"
down_revision: str | None = "0055_rl_experiments"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

RUNGS = ("abandoned_at", "killed_at")


def upgrade() -> None:
    for rung in RUNGS:
        op.add_column("halt_items", sa.Column(rung, sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for rung in RUNGS:
        op.drop_column("halt_items", rung)
