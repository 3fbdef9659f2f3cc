"""Accounts, ready to show. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from studio.services.directory import AccountView


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLine:
    """One line of the list."""

    id: str
    name: str
    role: str
    disabled_at: str
    """ISO time; empty for one that can sign in."""
    sessions: int
    """How many are open."""
    last_seen_at: str
    """ISO time; empty for one that has no open session."""


def account_lines(views: Sequence[AccountView]) -> list[AccountLine]:
    """Return the lines of the list."""
    return [_line(view) for view in views]


def _line(view: AccountView) -> AccountLine:
    user, seen = view.record, view.last_seen_at
    return AccountLine(
        id=user.id,
        name=user.name,
        role=user.role,
        disabled_at=user.disabled_at.isoformat() if user.disabled_at else "",
        sessions=view.sessions,
        last_seen_at=seen.isoformat() if seen else "",
    )
