"""Accounts that are disabled, and where a session was opened from. Additive."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0062_account_management"
down_revision: str | None = "0061_deletions_and_request_keys"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("users", sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("user_sessions", sa.Column("opened_from", sa.String(64), nullable=True))
    op.add_column("user_sessions", sa.Column("client", sa.String(200), nullable=True))


def downgrade() -> None:
    # The revision below cannot tell that an account is disabled: none may come to life again by going back.
    op.execute(
        "DELETE FROM user_sessions WHERE user_id IN (SELECT id FROM users WHERE disabled_at IS NOT NULL)"
    )
    op.execute("UPDATE users SET password_hash = '' WHERE disabled_at IS NOT NULL")
    op.drop_column("user_sessions", "client")
    op.drop_column("user_sessions", "opened_from")
    op.drop_column("users", "disabled_at")
