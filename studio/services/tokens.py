"""API tokens: a program's way in, in the name of an account, never with more rights than it, and for a limited time.

A token has 256 random bits, is shown once and kept as its SHA-256. Its scopes are permissions; what the account's role may
not do its tokens may not do either, whatever their scopes say.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from persistence.controls import AuditEntry, ControlRepository
from persistence.database import Database
from persistence.tokens import NewToken, TokenRecord, TokenRepository
from runtime.errors import AccessDenied, InvalidValue, NotFound
from runtime.ids import UserId, new_id
from runtime.ports import Clock
from studio.services.accounts import hash_token
from tasks.access import ALLOWED, Actor, Permission, Role

PREFIX = "ast_"
NAME_MAX, DAYS_MAX = 60, 366
FORBIDDEN = frozenset({Permission.ACCOUNTS, Permission.RELEASE})
"""What no token may do: both ask for a person."""
_TOUCH_AFTER = timedelta(minutes=1)
_HINT = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeToken:
    """A fresh token. `secret` is shown once."""

    secret: str
    record: TokenRecord


class Tokens:
    """Use cases around API tokens; one instance per process."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create(self, actor: Actor, name: str, scopes: Sequence[str], *, days: int) -> MadeToken:
        """Make a token for oneself. Raises `InvalidValue` for a bad name, scope or life, `AccessDenied` for one made by a token."""
        _person(actor)
        clean, wanted = _checked_name(name), _checked_scopes(actor, scopes)
        if not 1 <= days <= DAYS_MAX:
            raise InvalidValue(f"A token lives 1 to {DAYS_MAX} days.", field="days")
        secret, now = PREFIX + secrets.token_urlsafe(32), self._clock.now()
        token = NewToken(
            id=new_id(),
            user_id=actor.id,
            name=clean,
            token_hash=hash_token(secret),
            hint=secret[: len(PREFIX) + _HINT],
            scopes=[scope.value for scope in wanted],
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        with self._database.write() as session:
            TokenRepository(session).create(token)
            self._audit(ControlRepository(session), actor, "token.create", token.hint, token.name)
            [record] = [one for one in TokenRepository(session).of_user(actor.id) if one.id == token.id]
        return MadeToken(secret=secret, record=record)

    def actor(self, secret: str) -> Actor | None:
        """Return who a token speaks for, limited to its scopes; None when it is no good."""
        if not secret.startswith(PREFIX):
            return None
        now = self._clock.now()
        with self._database.read() as session:
            found = TokenRepository(session).bearer(hash_token(secret), now)
        if found is None:
            return None
        used = found.token.last_used_at
        if used is None or now - used > _TOUCH_AFTER:
            with self._database.write() as session:
                TokenRepository(session).touch(found.token.id, now)
        scopes = frozenset(Permission(scope) for scope in found.token.scopes)
        return Actor(id=found.token.user_id, name=found.user_name, role=Role(found.role), only=scopes)

    def of(self, actor: Actor) -> list[TokenRecord]:
        """Return one's own tokens, newest first."""
        with self._database.read() as session:
            return TokenRepository(session).of_user(actor.id)

    def revoke(self, actor: Actor, token_id: str) -> None:
        """Make one of one's own tokens useless, at once and everywhere."""
        _person(actor)
        with self._database.write() as session:
            revoked = TokenRepository(session).revoke(token_id, UserId(actor.id), self._clock.now())
            if revoked is None:
                raise NotFound("token", token_id)
            self._audit(ControlRepository(session), actor, "token.revoke", revoked.hint, revoked.name)

    def _audit(self, controls: ControlRepository, actor: Actor, action: str, hint: str, name: str) -> None:
        controls.append_audit(
            AuditEntry(
                at=self._clock.now(),
                actor_id=actor.id,
                actor_name=actor.name,
                action=action,
                target=hint,
                reason=name,
                detail={"scope": "token"},
            )
        )


def _person(actor: Actor) -> None:
    if actor.only is not None:
        raise AccessDenied("A token cannot make or revoke tokens. Sign in for that.")


def _checked_name(name: str) -> str:
    clean = name.strip()
    if not 1 <= len(clean) <= NAME_MAX:
        raise InvalidValue(f"A token's name has 1 to {NAME_MAX} characters.", field="name")
    return clean


def possible_scopes(actor: Actor) -> list[str]:
    """Return the scopes that a token of this account may have, in their order."""
    allowed = ALLOWED[actor.role] - FORBIDDEN
    return [permission.value for permission in Permission if permission in allowed]


def _checked_scopes(actor: Actor, scopes: Sequence[str]) -> list[Permission]:
    """Return the scopes in their order; `READ` is always among them."""
    possible = possible_scopes(actor)
    for scope in scopes:
        if scope not in possible:
            known = ", ".join(possible)
            raise InvalidValue(
                f"A token of yours cannot have the scope {scope!r}. It may have: {known}.", field="scopes"
            )
    wanted = {Permission.READ, *(Permission(scope) for scope in scopes)}
    return [permission for permission in Permission if permission in wanted]
