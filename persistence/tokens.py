"""API tokens. They come in hashed; nothing here can let anybody in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from persistence.models import ApiTokenRow, UserRow
from runtime.ids import UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token that was asked for."""

    id: str
    user_id: UserId
    name: str
    token_hash: str
    hint: str
    scopes: Sequence[str]
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRecord:
    """A token as it may be shown: never the token itself."""

    id: str
    user_id: UserId
    name: str
    hint: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenBearer:
    """Who a live token speaks for."""

    token: TokenRecord
    user_name: str
    role: str


class TokenRepository:
    """Reads and writes tokens in the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def create(self, token: NewToken) -> None:
        """Write a token down."""
        self._session.add(
            ApiTokenRow(
                id=token.id,
                user_id=token.user_id,
                name=token.name,
                token_hash=token.token_hash,
                hint=token.hint,
                scopes=list(token.scopes),
                created_at=token.created_at,
                expires_at=token.expires_at,
            )
        )
        self._session.flush()

    def bearer(self, token_hash: str, now: datetime) -> TokenBearer | None:
        """Return who a token speaks for; None when it is unknown, has expired or was revoked."""
        found = self._session.execute(
            select(ApiTokenRow, UserRow)
            .join(UserRow, UserRow.id == ApiTokenRow.user_id)
            .where(
                ApiTokenRow.token_hash == token_hash,
                ApiTokenRow.revoked_at.is_(None),
                ApiTokenRow.expires_at > now,
                UserRow.disabled_at.is_(None),
            )
        ).one_or_none()
        if found is None:
            return None
        row, user = found
        return TokenBearer(token=_record(row), user_name=user.name, role=user.role)

    def touch(self, token_id: str, now: datetime) -> None:
        """Note that a token was used."""
        self._session.execute(update(ApiTokenRow).where(ApiTokenRow.id == token_id).values(last_used_at=now))

    def of_user(self, user_id: UserId) -> list[TokenRecord]:
        """Return an account's tokens, newest first, those that no longer work included."""
        rows = self._session.scalars(
            select(ApiTokenRow)
            .where(ApiTokenRow.user_id == user_id)
            .order_by(ApiTokenRow.created_at.desc(), ApiTokenRow.id)
        )
        return [_record(row) for row in rows]

    def revoke(self, token_id: str, user_id: UserId, now: datetime) -> TokenRecord | None:
        """Make one of an account's tokens useless; None when it has none of that id. The first time counts."""
        row = self._session.get(ApiTokenRow, token_id)
        if row is None or row.user_id != user_id:
            return None
        if row.revoked_at is None:
            row.revoked_at = now
            self._session.flush()
        return _record(row)


def _record(row: ApiTokenRow) -> TokenRecord:
    return TokenRecord(
        id=row.id,
        user_id=UserId(row.user_id),
        name=row.name,
        hint=row.hint,
        scopes=tuple(str(scope) for scope in row.scopes),
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
