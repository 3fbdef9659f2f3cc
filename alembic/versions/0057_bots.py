"""Bots and their versions, which the database refuses to change. Additive."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0057_bots"
down_revision: str | None = "0056_halt_ladder"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

ID = sa.String(36)
TIME = sa.DateTime(timezone=True)
WORDS = "A version of a bot is never changed."


def upgrade() -> None:
    op.create_table(
        "bots",
        sa.Column("id", ID, primary_key=True),
        sa.Column("slug", sa.String(80), nullable=False, unique=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("current_version", sa.Integer(), nullable=False),
        sa.Column("created_by", ID),
        sa.Column("created_by_name", sa.String(120), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("deleted_at", TIME),
    )
    op.create_table(
        "bot_versions",
        sa.Column("id", ID, primary_key=True),
        sa.Column("bot_id", ID, sa.ForeignKey("bots.id", ondelete="CASCADE"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("spec_hash", sa.String(64), nullable=False, index=True),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("created_by_name", sa.String(120), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.UniqueConstraint("bot_id", "version"),
        sa.UniqueConstraint("bot_id", "spec_hash"),
    )
    if op.get_bind().dialect.name == "postgresql":
        guard_postgresql()
        return
    op.execute(
        "CREATE TRIGGER bot_versions_no_update BEFORE UPDATE ON bot_versions "
        f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
    )


def downgrade() -> None:
    op.drop_table("bot_versions")
    op.drop_table("bots")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_bot_version_change()")


def guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_bot_version_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN RAISE EXCEPTION '{WORDS}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER bot_versions_no_update BEFORE UPDATE ON bot_versions "
        "FOR EACH ROW EXECUTE FUNCTION refuse_bot_version_change()"
    )
