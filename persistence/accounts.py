"""Accounts, their sessions, sign-in links and attempts. Tokens come in hashed; nothing here can sign anybody in."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from persistence.inserts import insert_into
from persistence.models import SessionRow, SignInAttemptRow, SignInLinkRow, UserRow
from runtime.errors import AlreadyExists, NotFound
from runtime.ids import UserId, new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRecord:
    """An account."""

    id: UserId
    name: str
    role: str
    password_hash: str
    created_at: datetime
    disabled_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """A signed-in browser."""

    id: str
    user_id: UserId
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    opened_from: str | None = None
    client: str | None = None
    verified_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a session is opened from."""

    address: str = ""
    client: str = ""
    """What the browser says of itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRecord:
    """A sign-in link, and what became of it."""

    purpose: str
    created_at: datetime
    expires_at: datetime
    superseded_at: datetime | None
    used_at: datetime | None


def name_key(name: str) -> str:
    """Return a name as it is compared: without case, width and surrounding space."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


class AccountRepository:
    """Reads and writes accounts in the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def create_user(self, *, name: str, role: str, password_hash: str, now: datetime) -> UserRecord:
        """Create an account; raises `AlreadyExists` when the name is taken, in whatever case."""
        row = self._session.scalar(
            insert_into(self._session, UserRow)
            .values(
                id=new_id(),
                name=name.strip(),
                name_key=name_key(name),
                role=role,
                password_hash=password_hash,
                created_at=now,
            )
            .on_conflict_do_nothing()
            .returning(UserRow)
        )
        if row is None:
            raise AlreadyExists(f"There is already an account named {name!r}.", field="name")
        return _user(row)

    def user_by_name(self, name: str) -> UserRecord | None:
        """Return the account of that name, in whatever case."""
        row = self._session.scalar(select(UserRow).where(UserRow.name_key == name_key(name)))
        return None if row is None else _user(row)

    def user_by_id(self, user_id: UserId) -> UserRecord | None:
        """Return an account."""
        row = self._session.get(UserRow, user_id)
        return None if row is None else _user(row)

    def user_by_subject(self, issuer: str, subject: str) -> UserRecord | None:
        """Return the account of whom an identity provider vouches for."""
        row = self._session.scalar(
            select(UserRow).where(UserRow.oidc_issuer == issuer, UserRow.oidc_subject == subject)
        )
        return None if row is None else _user(row)

    def set_subject(self, user_id: UserId, issuer: str, subject: str) -> None:
        """Bind an account to somebody at an identity provider."""
        self._session.execute(
            update(UserRow).where(UserRow.id == user_id).values(oidc_issuer=issuer, oidc_subject=subject)
        )

    def users(self) -> list[UserRecord]:
        """Return all accounts, by name."""
        return [_user(row) for row in self._session.scalars(select(UserRow).order_by(UserRow.name_key))]

    def count_users(self) -> int:
        """Return how many accounts there are."""
        return self._session.scalar(select(func.count()).select_from(UserRow)) or 0

    def set_password(self, user_id: UserId, password_hash: str) -> None:
        """Replace the password; raises `NotFound`. Sessions stay: see `revoke_sessions`."""
        changed = self._session.scalar(
            update(UserRow)
            .where(UserRow.id == user_id)
            .values(password_hash=password_hash)
            .returning(UserRow.id)
        )
        if changed is None:
            raise NotFound("account", user_id)

    def set_role(self, user_id: UserId, role: str) -> None:
        """Give an account another role."""
        self._session.execute(update(UserRow).where(UserRow.id == user_id).values(role=role))

    def set_disabled(self, user_id: UserId, at: datetime | None) -> None:
        """Let nobody sign in with an account from then on, or let them again."""
        self._session.execute(update(UserRow).where(UserRow.id == user_id).values(disabled_at=at))

    def count_able(self, role: str) -> int:
        """Return how many accounts of a role are not disabled."""
        query = (
            select(func.count())
            .select_from(UserRow)
            .where(UserRow.role == role, UserRow.disabled_at.is_(None))
        )
        return self._session.scalar(query) or 0

    def create_session(
        self,
        user_id: UserId,
        token_hash: str,
        *,
        now: datetime,
        expires_at: datetime,
        origin: Origin | None = None,
        verified_at: datetime | None = None,
    ) -> SessionRecord:
        """Sign a browser in."""
        row = SessionRow(
            id=new_id(),
            user_id=user_id,
            token_hash=token_hash,
            created_at=now,
            last_seen_at=now,
            expires_at=expires_at,
            opened_from=origin.address[:64] if origin else None,
            client=origin.client[:200] if origin else None,
            verified_at=verified_at,
        )
        self._session.add(row)
        self._session.flush()
        return _session(row)

    def session_user(self, token_hash: str, now: datetime) -> tuple[SessionRecord, UserRecord] | None:
        """Return whose session a token is; None when it is unknown, revoked or expired."""
        found = self._session.execute(
            select(SessionRow, UserRow)
            .join(UserRow, UserRow.id == SessionRow.user_id)
            .where(
                SessionRow.token_hash == token_hash,
                SessionRow.revoked_at.is_(None),
                SessionRow.expires_at > now,
                UserRow.disabled_at.is_(None),
            )
        ).one_or_none()
        return None if found is None else (_session(found[0]), _user(found[1]))

    def touch_session(self, session_id: str, *, now: datetime, expires_at: datetime) -> bool:
        """Note that a session is in use and move its end; False when it was revoked meanwhile."""
        changed = self._session.scalar(
            update(SessionRow)
            .where(SessionRow.id == session_id, SessionRow.revoked_at.is_(None))
            .values(last_seen_at=now, expires_at=expires_at)
            .returning(SessionRow.id)
        )
        return changed is not None

    def revoke_session(self, session_id: str, now: datetime) -> bool:
        """Sign one browser out; False when it already was."""
        changed = self._session.scalar(
            update(SessionRow)
            .where(SessionRow.id == session_id, SessionRow.revoked_at.is_(None))
            .values(revoked_at=now)
            .returning(SessionRow.id)
        )
        return changed is not None

    def live_sessions(self, user_id: UserId, now: datetime) -> list[SessionRecord]:
        """Return the open sessions of an account, the one used last first."""
        rows = self._session.scalars(
            select(SessionRow)
            .where(
                SessionRow.user_id == user_id, SessionRow.revoked_at.is_(None), SessionRow.expires_at > now
            )
            .order_by(SessionRow.last_seen_at.desc(), SessionRow.id)
        )
        return [_session(row) for row in rows]

    def session_counts(
        self, now: datetime, *, user_id: UserId | None = None
    ) -> dict[UserId, tuple[int, datetime]]:
        """Return by account, of one or of all, how many sessions are open, and when one of any age was last used."""
        is_live = and_(SessionRow.revoked_at.is_(None), SessionRow.expires_at > now)
        query = select(
            SessionRow.user_id, func.count().filter(is_live), func.max(SessionRow.last_seen_at)
        ).group_by(SessionRow.user_id)
        if user_id is not None:
            query = query.where(SessionRow.user_id == user_id)
        return {UserId(user): (count, seen) for user, count, seen in self._session.execute(query)}

    def session(self, session_id: str) -> SessionRecord | None:
        """Return a session, open or not."""
        row = self._session.get(SessionRow, session_id)
        return None if row is None else _session(row)

    def revoke_sessions(self, user_id: UserId, now: datetime, *, keep: str = "") -> int:
        """Sign an account out everywhere but in one session; return how many sessions that ended."""
        ended = self._session.scalars(
            update(SessionRow)
            .where(
                SessionRow.user_id == user_id, SessionRow.revoked_at.is_(None), SessionRow.token_hash != keep
            )
            .values(revoked_at=now)
            .returning(SessionRow.id)
        )
        return len(ended.all())

    def create_link(self, purpose: str, token_hash: str, *, now: datetime, expires_at: datetime) -> None:
        """Make a link that signs in once; it supersedes the older ones of its purpose."""
        self._session.execute(
            update(SignInLinkRow)
            .where(
                SignInLinkRow.purpose == purpose,
                SignInLinkRow.used_at.is_(None),
                SignInLinkRow.superseded_at.is_(None),
            )
            .values(superseded_at=now)
        )
        self._session.add(
            SignInLinkRow(
                id=new_id(), purpose=purpose, token_hash=token_hash, created_at=now, expires_at=expires_at
            )
        )
        self._session.flush()

    def use_link(self, token_hash: str, now: datetime) -> bool:
        """Use a link up; False when it is unknown, used, superseded or expired. Exactly one caller gets True."""
        used = self._session.scalar(
            update(SignInLinkRow)
            .where(
                SignInLinkRow.token_hash == token_hash,
                SignInLinkRow.used_at.is_(None),
                SignInLinkRow.superseded_at.is_(None),
                SignInLinkRow.expires_at > now,
            )
            .values(used_at=now)
            .returning(SignInLinkRow.id)
        )
        return used is not None

    def link(self, token_hash: str) -> LinkRecord | None:
        """Return a link in whatever state, so that a refusal can say why."""
        row = self._session.scalar(select(SignInLinkRow).where(SignInLinkRow.token_hash == token_hash))
        if row is None:
            return None
        return LinkRecord(
            purpose=row.purpose,
            created_at=row.created_at,
            expires_at=row.expires_at,
            superseded_at=row.superseded_at,
            used_at=row.used_at,
        )

    def queue_for(self, key: str) -> None:
        """Let attempts of one key in one after the other, until the end of the transaction.

        SQLite has one writer at a time anyway; on PostgreSQL parallel attempts would not see each other.
        """
        if self._session.get_bind().dialect.name == "postgresql":
            self._session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))

    def record_attempt(self, key: str, now: datetime, *, ok: bool) -> None:
        """Note an attempt to sign in."""
        self._session.add(SignInAttemptRow(key=key, at=now, ok=ok))
        self._session.flush()

    def recent_failures(self, key: str, since: datetime) -> int:
        """Return how many attempts have failed since then, counted from the last one that succeeded."""
        mine = and_(SignInAttemptRow.key == key, SignInAttemptRow.at >= since)
        last_success = (
            select(func.max(SignInAttemptRow.id)).where(mine, SignInAttemptRow.ok.is_(True)).scalar_subquery()
        )
        failures = select(func.count()).where(
            mine,
            SignInAttemptRow.ok.is_(False),
            or_(last_success.is_(None), SignInAttemptRow.id > last_success),
        )
        return self._session.scalar(failures) or 0

    def forget_attempts(self, before: datetime) -> None:
        """Delete attempts that no limit looks at any more."""
        self._session.execute(delete(SignInAttemptRow).where(SignInAttemptRow.at < before))


def _user(row: UserRow) -> UserRecord:
    return UserRecord(
        id=UserId(row.id),
        name=row.name,
        role=row.role,
        password_hash=row.password_hash,
        created_at=row.created_at,
        disabled_at=row.disabled_at,
    )


def _session(row: SessionRow) -> SessionRecord:
    return SessionRecord(
        id=row.id,
        user_id=UserId(row.user_id),
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        expires_at=row.expires_at,
        opened_from=row.opened_from,
        client=row.client,
        verified_at=row.verified_at,
    )
