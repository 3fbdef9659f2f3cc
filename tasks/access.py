"""Who may do what: roles, permissions and the one table that joins them.

Every front (UI events, REST, later MCP and the CLI) resolves an `Actor` and calls `require`; so do the control
functions of this package. No other module compares roles.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from runtime.errors import AccessDenied, Unavailable
from runtime.ids import UserId


class Role(StrEnum):
    """What an account is for."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    OPERATOR = "operator"
    ADMIN = "admin"


class Permission(StrEnum):
    """One thing that is allowed or not."""

    READ = "read"
    """See workflows, runs and their results."""
    DRAW = "draw"
    """Create, change, publish and delete workflows."""
    RUN = "run"
    """Start a run."""
    HALT = "halt"
    """Halt one run; see `OWN_ONLY`."""
    HALT_ALL = "halt-all"
    """Halt everything of a desk, or all desks."""
    APPROVE = "approve"
    """Answer a run that waits for a person."""
    APPROVE_AS_ADMIN = "approve-as-admin"
    """Answer a run that waits for an admin."""
    ENGAGE = "engage"
    """Engage the kill switch."""
    RELEASE = "release"
    """Release the kill switch."""
    AUDIT = "audit"
    """Read who did what."""
    SETTINGS = "settings"
    """Change flags and limits."""
    ACCOUNTS = "accounts"
    """Create accounts, change roles, revoke sessions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody who is signed in, as of now."""

    id: UserId
    name: str
    role: Role
    only: frozenset[Permission] | None = None
    """What a program may do that acts in their name; None for the person themselves."""
    unconfirmed: bool = False
    """The database does not answer, so that the session still stands is what was known before."""


PROOF_LIFE = timedelta(minutes=1)
"""How long a password that was shown once more counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reauthentication:
    """That somebody has just shown their password once more. Made by who checks passwords, and by nobody else."""

    user_id: UserId
    at: datetime

    def is_fresh(self, actor: Actor, now: datetime) -> bool:
        """Tell whether it is this actor's, and no older than a minute."""
        return self.user_id == actor.id and now - PROOF_LIFE <= self.at <= now


ALLOWED: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset({Permission.READ}),
    Role.ANALYST: frozenset({Permission.READ, Permission.DRAW, Permission.RUN, Permission.HALT}),
    Role.OPERATOR: frozenset(
        {
            Permission.READ,
            Permission.HALT,
            Permission.HALT_ALL,
            Permission.APPROVE,
            Permission.ENGAGE,
            Permission.RELEASE,
            Permission.AUDIT,
        }
    ),
    Role.ADMIN: frozenset(Permission),
}
OWN_ONLY: frozenset[tuple[Role, Permission]] = frozenset({(Role.ANALYST, Permission.HALT)})
"""Permissions that reach only what the actor started."""
WHILE_UNCONFIRMED = frozenset({Permission.READ, Permission.HALT, Permission.HALT_ALL, Permission.ENGAGE})
"""What needs no answer of the database: stopping must not wait for it."""

_WORDS: dict[Permission, str] = {
    Permission.READ: "see this",
    Permission.DRAW: "change workflows",
    Permission.RUN: "start runs",
    Permission.HALT: "halt runs",
    Permission.HALT_ALL: "halt a whole desk",
    Permission.APPROVE: "answer approvals",
    Permission.APPROVE_AS_ADMIN: "answer approvals that ask for an admin",
    Permission.ENGAGE: "engage the kill switch",
    Permission.RELEASE: "release the kill switch",
    Permission.AUDIT: "read the audit log",
    Permission.SETTINGS: "change settings",
    Permission.ACCOUNTS: "manage accounts",
}


def may(actor: Actor, permission: Permission, *, owner: UserId | None = None) -> bool:
    """Tell whether the actor may do this to something of `owner` (None: nobody's)."""
    if actor.unconfirmed and permission not in WHILE_UNCONFIRMED:
        return False
    if permission not in ALLOWED[actor.role] or (actor.only is not None and permission not in actor.only):
        return False
    return (actor.role, permission) not in OWN_ONLY or owner == actor.id


def require(actor: Actor, permission: Permission, *, owner: UserId | None = None) -> None:
    """Raise `AccessDenied` with the reason and who can help, unless the actor may; `Unavailable` where nobody can say."""
    if may(actor, permission, owner=owner):
        return
    if actor.unconfirmed and permission not in WHILE_UNCONFIRMED:
        raise Unavailable(
            "The database does not answer, so your sign-in cannot be checked. Until it does, only halting works."
        )
    if actor.only is not None and permission not in actor.only and permission in ALLOWED[actor.role]:
        raise AccessDenied(
            f"This token may not {_WORDS[permission]}: it lacks the scope {permission.value!r}. Make one that has it."
        )
    able = ", ".join(
        role for role in Role if permission in ALLOWED[role] and (role, permission) not in OWN_ONLY
    )
    if permission in ALLOWED[actor.role]:
        raise AccessDenied(
            f"Your role {actor.role.value!r} may {_WORDS[permission]} only where you started them. "
            f"Roles that may everywhere: {able}."
        )
    raise AccessDenied(
        f"Your role {actor.role.value!r} may not {_WORDS[permission]}. Roles that may: {able}."
    )


def require_any(actor: Actor, permission: Permission) -> None:
    """Raise `AccessDenied` when the actor may do this to nothing at all: said before anything is looked for."""
    require(actor, permission, owner=actor.id)
