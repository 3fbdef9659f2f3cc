"""The platform before workflows: accounts, tenancy, audit, overrides, kill switch, agent memory.

`agent_memory.embedding` is a pgvector column where PostgreSQL has the extension and lets us create it; JSON elsewhere.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

from persistence.types import BigIntKey, Vector

revision: str = "0045_pgvector_foundation"
down_revision: str | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

ID = sa.String(36)
TIME = sa.DateTime(timezone=True)
TABLES = (
    "workspaces",
    "users",
    "projects",
    "alphaswarm_experiments",
    "alphaswarm_tests",
    "user_sessions",
    "sign_in_links",
    "sign_in_attempts",
    "audit_entries",
    "setting_overrides",
    "setting_changes",
    "kill_switch",
    "agent_memory",
)


def upgrade() -> None:
    create_tenancy()
    create_sign_in()
    create_controls()
    op.create_table(
        "agent_memory",
        sa.Column("id", ID, primary_key=True),
        sa.Column("agent", sa.String(160), nullable=False, index=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("embedding", embedding_type()),
        sa.Column("created_at", TIME, nullable=False),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def create_tenancy() -> None:
    op.create_table(
        "workspaces",
        sa.Column("id", ID, primary_key=True),
        sa.Column("name", sa.String(160), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
    )
    op.create_table(
        "users",
        sa.Column("id", ID, primary_key=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("name_key", sa.String(240), nullable=False, index=True, unique=True),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("password_hash", sa.String(255), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
    )
    op.create_table(
        "projects",
        sa.Column("id", ID, primary_key=True),
        sa.Column(
            "workspace_id", ID, sa.ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column("name", sa.String(160), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
    )
    op.create_table(
        "alphaswarm_experiments",
        sa.Column("id", ID, primary_key=True),
        sa.Column("project_id", ID, sa.ForeignKey("projects.id", ondelete="SET NULL"), index=True),
        sa.Column("name", sa.String(160), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
    )
    op.create_table(
        "alphaswarm_tests",
        sa.Column("id", ID, primary_key=True),
        sa.Column(
            "experiment_id", ID, sa.ForeignKey("alphaswarm_experiments.id", ondelete="SET NULL"), index=True
        ),
        sa.Column("name", sa.String(160), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
    )


def create_sign_in() -> None:
    op.create_table(
        "user_sessions",
        sa.Column("id", ID, primary_key=True),
        sa.Column("user_id", ID, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("token_hash", sa.String(64), nullable=False, index=True, unique=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("last_seen_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("revoked_at", TIME),
    )
    op.create_table(
        "sign_in_links",
        sa.Column("id", ID, primary_key=True),
        sa.Column("purpose", sa.String(32), nullable=False, index=True),
        sa.Column("token_hash", sa.String(64), nullable=False, index=True, unique=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("superseded_at", TIME),
        sa.Column("used_at", TIME),
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column("id", BigIntKey, primary_key=True, autoincrement=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Index(None, "key", "at"),
    )


def create_controls() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("id", BigIntKey, primary_key=True, autoincrement=True),
        sa.Column("at", TIME, nullable=False, index=True),
        sa.Column("actor_id", ID, index=True),
        sa.Column("actor_name", sa.String(120), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("target", sa.String(255), nullable=False, index=True),
        sa.Column("reason", sa.Text()),
        sa.Column("detail", sa.JSON()),
        sa.Index(None, "action", "at"),
    )
    op.create_table(
        "setting_overrides",
        sa.Column("name", sa.String(120), primary_key=True),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("updated_by", ID),
        sa.Column("updated_by_name", sa.String(120), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("updated_at", TIME, nullable=False),
    )
    op.create_table(
        "setting_changes",
        sa.Column("id", BigIntKey, primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(120), nullable=False, index=True),
        sa.Column("old", sa.JSON()),
        sa.Column("new", sa.JSON()),
        sa.Column("actor_id", ID),
        sa.Column("actor_name", sa.String(120), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("at", TIME, nullable=False),
    )
    kill_switch = op.create_table(
        "kill_switch",
        sa.Column("id", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("engaged", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("by_id", ID),
        sa.Column("by_name", sa.String(120)),
        sa.Column("at", TIME),
        sa.CheckConstraint("id = 1", name="one_row"),
    )
    op.bulk_insert(kill_switch, [{"id": 1, "engaged": False}])


def embedding_type() -> TypeEngine[Any]:
    """Return the vector type when the server has it, or lets us add it; JSON otherwise."""
    bind = op.get_bind()
    if bind.dialect.name != "postgresql":
        return sa.JSON()
    if bind.scalar(sa.text("SELECT 1 FROM pg_extension WHERE extname = 'vector'")):
        return Vector()
    if not bind.scalar(sa.text("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'")):
        return sa.JSON()
    try:
        with bind.begin_nested():
            bind.execute(sa.text("CREATE EXTENSION vector"))
    except sa.exc.DBAPIError:
        # Creating an extension takes rights that an application's role need not have.
        return sa.JSON()
    return Vector()
