"""Rows of revision 0045: people, their sessions, and the tenancy around everything else."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from persistence.models.base import Base, Id
from persistence.types import BigIntKey, FreeText


class UserRow(Base):
    """An account."""

    __tablename__ = "users"
    __table_args__ = (Index(None, "oidc_issuer", "oidc_subject", unique=True),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    name_key: Mapped[str] = mapped_column(String(240), index=True, unique=True)
    """The name as it is compared: normalised, without case."""
    role: Mapped[str] = mapped_column(String(32))
    password_hash: Mapped[str] = mapped_column(String(255))
    """Empty for an account that signs in at an identity provider only."""
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    """Since when nobody can sign in with it."""
    oidc_issuer: Mapped[str | None] = mapped_column(String(255))
    """The identity provider that vouches for them."""
    oidc_subject: Mapped[str | None] = mapped_column(String(255))
    """What that provider calls them."""


class WorkspaceRow(Base):
    """A tenant."""

    __tablename__ = "workspaces"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(160))
    created_at: Mapped[datetime]


class ProjectRow(Base):
    """A project of a workspace."""

    __tablename__ = "projects"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    workspace_id: Mapped[str] = mapped_column(Id, ForeignKey("workspaces.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(160))
    created_at: Mapped[datetime]


class ExperimentRow(Base):
    """The platform's umbrella over runs of one question."""

    __tablename__ = "alphaswarm_experiments"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    project_id: Mapped[str | None] = mapped_column(
        Id, ForeignKey("projects.id", ondelete="SET NULL"), index=True
    )
    name: Mapped[str] = mapped_column(String(160))
    created_at: Mapped[datetime]


class TestRow(Base):
    """One test of an experiment."""

    __tablename__ = "alphaswarm_tests"
    __test__ = False  # not a pytest class

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    experiment_id: Mapped[str | None] = mapped_column(
        Id, ForeignKey("alphaswarm_experiments.id", ondelete="SET NULL"), index=True
    )
    name: Mapped[str] = mapped_column(String(160))
    created_at: Mapped[datetime]


class SessionRow(Base):
    """A signed-in browser. Only the SHA-256 of its token is kept."""

    __tablename__ = "user_sessions"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), index=True, unique=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    opened_from: Mapped[str | None] = mapped_column(String(64))
    """The network address that signed in."""
    client: Mapped[str | None] = mapped_column(String(200))
    """What the browser said of itself, cut off."""
    verified_at: Mapped[datetime | None]
    """When they showed the identity provider who they are, for this session."""


class SignInLinkRow(Base):
    """A link that signs in once. A newer one of the same purpose supersedes it."""

    __tablename__ = "sign_in_links"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    purpose: Mapped[str] = mapped_column(String(32), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), index=True, unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class SignInAttemptRow(Base):
    """One attempt to sign in, for the rate limit."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (Index(None, "key", "at"),)

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(FreeText())
    """What the limit counts by, such as name and address."""
    at: Mapped[datetime]
    ok: Mapped[bool]
