"""Whom an identity provider vouches for, and when they last showed it who they are. Additive."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0063_single_sign_on"
down_revision: str | None = "0062_account_management"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("users", sa.Column("oidc_issuer", sa.String(255), nullable=True))
    op.add_column("users", sa.Column("oidc_subject", sa.String(255), nullable=True))
    op.create_index(
        "ix_users_oidc_issuer_oidc_subject", "users", ["oidc_issuer", "oidc_subject"], unique=True
    )
    op.add_column("user_sessions", sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    # Accounts without a password stay, and nobody signs in with them until an admin gives them one.
    op.drop_column("user_sessions", "verified_at")
    op.drop_index("ix_users_oidc_issuer_oidc_subject", "users")
    op.drop_column("users", "oidc_subject")
    op.drop_column("users", "oidc_issuer")
