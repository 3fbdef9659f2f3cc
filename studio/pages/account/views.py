"""One's own sessions and tokens, ready to show. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from persistence.accounts import SessionRecord
from persistence.tokens import TokenRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    """A browser that is signed in."""

    id: str
    client: str
    opened_from: str
    created_at: str
    """ISO times."""
    last_seen_at: str
    is_this: bool
    """Whether it is the one that this page is open in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLine:
    """An API token, without its secret."""

    id: str
    name: str
    hint: str
    scopes: str
    expires_at: str
    """ISO times."""
    last_used_at: str
    ended: str
    """revoked or expired; empty for one that works."""


def session_lines(records: Sequence[SessionRecord], this: str) -> list[SessionLine]:
    """Return the lines of the sessions; `this` is the id of the one that asks."""
    return [
        SessionLine(
            id=record.id,
            client=record.client or "unknown browser",
            opened_from=record.opened_from or "unknown",
            created_at=record.created_at.isoformat(),
            last_seen_at=record.last_seen_at.isoformat(),
            is_this=record.id == this,
        )
        for record in records
    ]


def token_lines(records: Sequence[TokenRecord], now: datetime) -> list[TokenLine]:
    """Return the lines of the tokens."""
    return [
        TokenLine(
            id=record.id,
            name=record.name,
            hint=f"{record.hint}…",
            scopes=", ".join(record.scopes),
            expires_at=record.expires_at.isoformat(),
            last_used_at=record.last_used_at.isoformat() if record.last_used_at else "",
            ended="revoked" if record.revoked_at else "expired" if record.expires_at <= now else "",
        )
        for record in records
    ]
