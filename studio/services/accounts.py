"""Accounts, sessions and the first-run link: who may come in, and for how long.

Passwords are argon2id hashes. A session is an opaque random token in the browser's cookie; the database holds only its
SHA-256. A session ends 12 hours after it was last used and 7 days after it began, at once when it is revoked.
Failures are limited per name and address, attempts of all kinds per address; those of somebody who is signed in and has
to show the password again, per account. Synchronous: callers use threads.
"""

import hashlib
import logging
import secrets
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import Session

from persistence.accounts import AccountRepository, Origin, UserRecord, name_key
from persistence.controls import ControlRepository
from persistence.database import Database, open_database
from runtime.errors import AccessDenied, InvalidValue, NotFound, TooManyAttempts, Unavailable, UserError
from runtime.ids import UserId
from runtime.ports import Clock
from runtime.settings import Settings
from studio.services.account_audit import (
    audit_created,
    audit_refused,
    audit_sign_in,
    audit_sign_in_refused,
)
from studio.services.known_sessions import KnownSessions
from tasks.access import Actor, Permission, Reauthentication, Role, require
from tasks.control.context import SystemClock

_log = logging.getLogger(__name__)

PASSWORD_MIN, PASSWORD_MAX = 12, 1024
NAME_MAX = 60
SESSION_MAX = timedelta(days=7)
LINK_LIFE = timedelta(hours=24)
ATTEMPT_WINDOW = timedelta(minutes=15)
FAILURES_PER_NAME, ATTEMPTS_PER_ADDRESS = 5, 100
VERIFIED_LIFE = timedelta(minutes=5)
"""How long it counts that somebody without a password has shown their identity provider who they are."""
_TOUCH_AFTER = timedelta(minutes=1)
_NOTE_SECONDS = 0.25
_FIRST_RUN = "first-run"


class SignInRefused(UserError):
    """Name and password do not belong together; which of the two is wrong is not told."""

    code = "sign-in-refused"


class AccountDisabled(UserError):
    """Somebody may not come in any more. Told only to who knows the password."""

    code = "account-disabled"


class LinkSpent(UserError):
    """The first-run link was used, has expired or was replaced."""

    code = "link-spent"


class PasswordRefused(AccessDenied):
    """Who is signed in has shown a wrong password."""

    code = "password-refused"


class SignInAgain(AccessDenied):
    """Who has no password here must show their identity provider once more who they are."""

    code = "sign-in-again"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A fresh session. `token` is shown once, to the browser."""

    token: str
    actor: Actor
    expires_at: datetime


def hash_token(token: str) -> str:
    """Return what the database knows of a token; tokens have 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def initials_of(name: str) -> str:
    """Return one or two capital letters for the account menu."""
    words = [word for word in name.replace(".", " ").replace("_", " ").replace("-", " ").split() if word]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words[:1])).upper()


class Accounts:
    """Use cases around accounts; one instance per process."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        session_hours: float = 12.0,
        hasher: PasswordHasher | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._idle = timedelta(hours=session_hours)
        self._hasher = hasher or PasswordHasher()
        self._decoy = self._hasher.hash(secrets.token_hex(16))
        self._known = KnownSessions(clock, self._ask)
        self._notes = ThreadPoolExecutor(max_workers=1, thread_name_prefix="session-note")

    def is_empty(self) -> bool:
        """Tell whether no account exists yet."""
        with self._database.read() as session:
            return AccountRepository(session).count_users() == 0

    def first_run_token(self) -> str | None:
        """Make the token of a first-run link (24 h, replaces an older one); None once an account exists."""
        token = secrets.token_urlsafe(32)
        now = self._clock.now()
        with self._database.write() as session:
            accounts = AccountRepository(session)
            if accounts.count_users():
                return None
            accounts.create_link(_FIRST_RUN, hash_token(token), now=now, expires_at=now + LINK_LIFE)
            accounts.forget_attempts(now - ATTEMPT_WINDOW)
        return token

    def create_first_admin(
        self, link: str, name: str, password: str, *, address: str = "", client: str = ""
    ) -> SignedIn:
        """Redeem a first-run link: create the admin and sign them in, in one transaction."""
        clean = checked_name(name)
        checked_password(password)
        now, origin = self._clock.now(), Origin(address=address, client=client)
        with self._database.write() as session:
            accounts = AccountRepository(session)
            if accounts.count_users() or not accounts.use_link(hash_token(link), now):
                raise LinkSpent(
                    "This link was already used, has expired or was replaced by a newer one. If an account exists, "
                    "sign in with it; otherwise start the studio again and open the new link."
                )
            # Hashed only now: a stranger without a link must not be able to make us compute.
            user = accounts.create_user(
                name=clean, role=Role.ADMIN.value, password_hash=self._hasher.hash(password), now=now
            )
            audit_created(ControlRepository(session), user, by=user, why="first-run link", now=now)
            return self._open(accounts, _actor_of(user), now, origin)

    def sign_in(self, name: str, password: str, *, address: str, client: str = "") -> SignedIn:
        """Check name and password and open a session; equally slow for names that do not exist."""
        now, origin = self._clock.now(), Origin(address=address, client=client)
        key = f"{name_key(name)[:NAME_MAX]}|{address}"
        self._count_attempt({key: FAILURES_PER_NAME, f"|{address}": ATTEMPTS_PER_ADDRESS}, now)
        with self._database.read() as session:
            user = AccountRepository(session).user_by_name(name.strip())
        # An account without a password takes as long as one with another password.
        if not self._matches((user and user.password_hash) or self._decoy, password) or user is None:
            self._note_refusal(user, origin, now)
            raise SignInRefused("Name and password do not belong together.")
        with self._database.write() as session:
            accounts = AccountRepository(session)
            current = accounts.user_by_id(user.id)
            if (
                current is not None
                and current.disabled_at is None
                and current.password_hash == user.password_hash
            ):
                accounts.record_attempt(key, now, ok=True)
                if self._hasher.check_needs_rehash(user.password_hash):
                    accounts.set_password(user.id, self._hasher.hash(password))
                audit_sign_in(ControlRepository(session), user, origin, now=now)
                return self._open(accounts, _actor_of(current), now, origin)
        # Disabled, or given another password while this one was being checked.
        self._note_refusal(user, origin, now)
        if current is not None and current.disabled_at is not None:
            raise AccountDisabled("This account is disabled. Ask an admin to enable it.")
        raise SignInRefused("Name and password do not belong together.")

    def admit(
        self,
        find: Callable[[Session, datetime], UserRecord],
        *,
        address: str,
        client: str,
        verified_at: datetime | None,
    ) -> SignedIn:
        """Open a session for an account that somebody else vouches for; `find` returns it in the same transaction.

        `verified_at` is when they showed it who they are, if they just did. Raises `AccountDisabled`.
        """
        now, origin = self._clock.now(), Origin(address=address, client=client)
        with self._database.write() as session:
            user = find(session, now)
            if user.disabled_at is None:
                audit_sign_in(ControlRepository(session), user, origin, now=now)
                verified = None if verified_at is None else min(verified_at, now)
                return self._open(AccountRepository(session), _actor_of(user), now, origin, verified)
        self._note_refusal(user, origin, now)
        raise AccountDisabled("This account is disabled. Ask an admin to enable it.")

    def count_visit(self, address: str) -> None:
        """Count an attempt to sign in elsewhere towards those of an address; raises `TooManyAttempts`."""
        self._count_attempt({f"|{address}": ATTEMPTS_PER_ADDRESS}, self._clock.now())

    def has_password(self, user_id: UserId) -> bool:
        """Tell whether an account has a password here, and not only at an identity provider."""
        with self._database.read() as session:
            user = AccountRepository(session).user_by_id(user_id)
        return user is not None and bool(user.password_hash)

    def reauthenticate(
        self, actor: Actor, password: str, *, session: str = "", field: str = "password"
    ) -> Reauthentication:
        """Let somebody who is signed in show once more who they are, for what a stolen session must not do.

        By their password; without one here, their `session` (its hash) must have begun with it, at their identity provider,
        within five minutes. Raises `PasswordRefused`, `SignInAgain`, and `TooManyAttempts` after five in a quarter of an hour,
        from wherever.
        """
        if actor.only is not None:
            raise AccessDenied("A token cannot do this: it takes the person's password. Sign in for that.")
        with self._database.read() as rows:
            user = AccountRepository(rows).user_by_id(actor.id)
        if user is not None and not user.password_hash:
            return self._verified(actor, session)
        if not password:
            raise InvalidValue("Enter your password: it is needed for this.", field=field)
        now = self._clock.now()
        key = f"{actor.id}|again"
        self._count_attempt({key: FAILURES_PER_NAME}, now)
        if not self._matches(user.password_hash if user else self._decoy, password) or user is None:
            with self._database.write() as rows:
                audit_refused(ControlRepository(rows), actor, now=now)
            raise PasswordRefused("This is not your password.", field=field)
        with self._database.write() as rows:
            AccountRepository(rows).record_attempt(key, now, ok=True)
        return Reauthentication(user_id=actor.id, at=self._clock.now())

    def _verified(self, actor: Actor, session_hash: str) -> Reauthentication:
        now = self._clock.now()
        with self._database.read() as rows:
            found = AccountRepository(rows).session_user(session_hash, now)
        verified = found[0].verified_at if found and found[1].id == actor.id else None
        if verified is None or now - verified > VERIFIED_LIFE:
            raise SignInAgain(
                'You have no password here. Choose "Sign in again" on the page of your account, and repeat this within '
                "five minutes."
            )
        return Reauthentication(user_id=actor.id, at=now)

    def create_account(self, by: Actor, name: str, password: str, role: Role) -> Actor:
        """Create an account for somebody else; admins only."""
        require(by, Permission.ACCOUNTS)
        clean = checked_name(name)
        password_hash = self.new_hash(password)
        now = self._clock.now()
        with self._database.write() as session:
            user = AccountRepository(session).create_user(
                name=clean, role=role.value, password_hash=password_hash, now=now
            )
            audit_created(ControlRepository(session), user, by=by, why=f"as {role.value}", now=now)
        return _actor_of(user)

    def new_hash(self, password: str) -> str:
        """Return the hash of a password; raises `InvalidValue` for one that is too short or too long."""
        return self._hasher.hash(checked_password(password))

    def actor(self, session_hash: str) -> Actor | None:
        """Return who a live session belongs to; the answer may be `TRUST_SECONDS` old, and see `KnownSessions`."""
        return self._known.actor(session_hash)

    def sign_out(self, session_hash: str) -> None:
        """Revoke one session; at once in this process, within `TRUST_SECONDS` in others."""
        # First, and whatever becomes of the row: an outage must not keep a session that somebody has ended.
        self._known.forget(session_hash)
        with self._database.write() as session:
            accounts = AccountRepository(session)
            now = self._clock.now()
            if found := accounts.session_user(session_hash, now):
                accounts.revoke_session(found[0].id, now)
        self._known.forget(session_hash)

    def forget(self, user: UserId) -> None:
        """Ask the database anew about every session of an account: at once in this process, within 2 s in others."""
        self._known.forget_all_of(user)

    def _ask(self, session_hash: str) -> Actor | None:
        now = self._clock.now()
        with self._database.read() as session:
            found = AccountRepository(session).session_user(session_hash, now)
        if found is None:
            return None
        record, user = found
        end = record.created_at + SESSION_MAX
        if now >= end:
            return None
        if now - record.last_seen_at > _TOUCH_AFTER:
            # Reading has answered; nobody who wants to halt something waits for a lock that writing needs.
            noted = self._notes.submit(self._touch, record.id, now=now, expires_at=min(now + self._idle, end))
            wait([noted], timeout=_NOTE_SECONDS)
        return _actor_of(user)

    def _touch(self, session_id: str, *, now: datetime, expires_at: datetime) -> None:
        try:
            with self._database.write() as session:
                AccountRepository(session).touch_session(session_id, now=now, expires_at=expires_at)
        except Unavailable:
            # Whoever could be read is signed in; the next look notes the use.
            _log.info("the use of a session could not be noted")

    def _open(
        self,
        accounts: AccountRepository,
        actor: Actor,
        now: datetime,
        origin: Origin,
        verified_at: datetime | None = None,
    ) -> SignedIn:
        token = secrets.token_urlsafe(32)
        expires_at = now + self._idle
        accounts.create_session(
            actor.id,
            hash_token(token),
            now=now,
            expires_at=expires_at,
            origin=origin,
            verified_at=verified_at,
        )
        return SignedIn(token=token, actor=actor, expires_at=expires_at)

    def _note_refusal(self, user: UserRecord | None, origin: Origin, now: datetime) -> None:
        # Also of names that there are not: the answer must take as long.
        with self._database.write() as session:
            audit_sign_in_refused(ControlRepository(session), user, origin, now=now)

    def _count_attempt(self, limits: Mapping[str, int], now: datetime) -> None:
        """Record the attempt as a failure before the password is looked at, so that parallel guesses all count."""
        with self._database.write() as session:
            accounts = AccountRepository(session)
            for key, limit in limits.items():
                accounts.queue_for(key)
                if accounts.recent_failures(key, now - ATTEMPT_WINDOW) >= limit:
                    raise TooManyAttempts(
                        f"Too many attempts. Wait {int(ATTEMPT_WINDOW.total_seconds() // 60)} minutes."
                    )
            for key in limits:
                accounts.record_attempt(key, now, ok=False)

    def _matches(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password[: PASSWORD_MAX + 1])
        except (VerificationError, InvalidHashError):
            return False


def account_named(database: Database, name: str) -> Actor:
    """Return an account by its name, without a password: for whoever has the machine. Raises `NotFound`."""
    with database.read() as session:
        accounts = AccountRepository(session)
        user = accounts.user_by_name(name)
        if user is None:
            raise NotFound("account", name, known=[known.name for known in accounts.users()])
    if user.disabled_at is not None:
        raise AccessDenied(f"The account {user.name!r} is disabled. Act as somebody else.")
    return _actor_of(user)


def first_run_link(base_url: str) -> str | None:
    """Return a fresh link that creates the first admin; None when an account exists. For the launcher."""
    database = open_database(Settings().resolved_database_url())
    try:
        token = Accounts(database, SystemClock()).first_run_token()
    finally:
        database.dispose()
    return f"{base_url.rstrip('/')}/login?link={token}" if token else None


def is_last_admin(accounts: AccountRepository, user: UserRecord) -> bool:
    """Tell whether an installation would be left without an admin who can sign in if this account were none."""
    is_able = user.role == Role.ADMIN.value and user.disabled_at is None
    return is_able and accounts.count_able(Role.ADMIN.value) == 1


def _actor_of(user: UserRecord) -> Actor:
    return Actor(id=UserId(user.id), name=user.name, role=Role(user.role))


def checked_name(name: str) -> str:
    """Return a name with single spaces; raises `InvalidValue`."""
    clean = " ".join(name.split())
    if not clean or len(clean) > NAME_MAX or not clean.isprintable():
        raise InvalidValue(f"The name must have 1 to {NAME_MAX} visible characters.", field="name")
    return clean


def checked_password(password: str) -> str:
    """Return a password that is neither too short nor too long; raises `InvalidValue`."""
    if len(password) < PASSWORD_MIN:
        raise InvalidValue(f"The password needs at least {PASSWORD_MIN} characters.", field="password")
    if len(password) > PASSWORD_MAX:
        raise InvalidValue(f"The password may have at most {PASSWORD_MAX} characters.", field="password")
    return password
