"""The accounts of an installation: made, given a role, disabled; and their sessions. For admins, and for oneself.

What gives somebody power (an account, a role, a password, an account brought back) takes the admin's password once more:
an open tab that somebody left must not be enough. An installation always keeps an admin who can sign in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from persistence.accounts import AccountRepository, SessionRecord, UserRecord
from persistence.controls import ControlRepository
from persistence.database import Database
from runtime.errors import AccessDenied, InvalidValue, NotFound
from runtime.ids import UserId
from runtime.ports import Clock
from studio.services.account_audit import audit_change
from studio.services.accounts import Accounts, is_last_admin
from tasks.access import Actor, Permission, Reauthentication, Role, require
from tasks.control.settings import checked_reason

_ADMINS = "admins"


class LastAdmin(InvalidValue):
    """The change would leave nobody who can manage the installation."""

    code = "last-admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """An account as admins see it."""

    record: UserRecord
    sessions: int
    """How many are open."""
    last_seen_at: datetime | None


class Directory:
    """Use cases around accounts of others and sessions; one instance per process."""

    def __init__(self, database: Database, clock: Clock, accounts: Accounts) -> None:
        self._database = database
        self._clock = clock
        self._accounts = accounts

    def all(self, actor: Actor) -> list[AccountView]:
        """Return all accounts by name; admins only."""
        require(actor, Permission.ACCOUNTS)
        with self._database.read() as session:
            accounts = AccountRepository(session)
            seen = accounts.session_counts(self._clock.now())
            users = accounts.users()
        return [_view(user, seen) for user in users]

    def create(self, by: Actor, name: str, password: str, role: str, proof: Reauthentication) -> AccountView:
        """Create an account for somebody else; raises `AlreadyExists` and `InvalidValue` by field."""
        self._permit(by, proof)
        made = self._accounts.create_account(by, name, password, checked_role(role))
        return self.get(by, made.id)

    def get(self, actor: Actor, user_id: str) -> AccountView:
        """Return one account; raises `NotFound`. Of others for admins only."""
        _own_or_admin(actor, user_id)
        with self._database.read() as session:
            accounts = AccountRepository(session)
            user = accounts.user_by_id(UserId(user_id))
            seen = accounts.session_counts(self._clock.now(), user_id=UserId(user_id))
        if user is None:
            raise NotFound("account", user_id)
        return _view(user, seen)

    def set_role(
        self, by: Actor, user_id: str, role: str, reason: str, proof: Reauthentication
    ) -> AccountView:
        """Give an account another role; it counts within two seconds, in open tabs as well."""
        self._permit(by, proof)
        wanted, why, now = checked_role(role), checked_reason(reason), self._clock.now()
        with self._database.write() as session:
            accounts = AccountRepository(session)
            user = self._change(accounts, user_id)
            if wanted is not Role.ADMIN:
                self._keep_an_admin(accounts, user)
            accounts.set_role(user.id, wanted.value)
            detail = {"from": user.role, "to": wanted.value}
            audit_change(ControlRepository(session), "role", user, by=by, why=why, now=now, detail=detail)
        self._accounts.forget(user.id)
        return self.get(by, user_id)

    def disable(self, by: Actor, user_id: str, reason: str) -> AccountView:
        """Let nobody sign in with an account any more: its sessions end and its tokens speak for nobody."""
        require(by, Permission.ACCOUNTS)
        why, now = checked_reason(reason), self._clock.now()
        with self._database.write() as session:
            accounts = AccountRepository(session)
            user = self._change(accounts, user_id)
            self._keep_an_admin(accounts, user)
            if user.disabled_at is None:
                accounts.set_disabled(user.id, now)
                accounts.revoke_sessions(user.id, now)
                audit_change(ControlRepository(session), "disable", user, by=by, why=why, now=now)
        self._accounts.forget(user.id)
        return self.get(by, user_id)

    def enable(self, by: Actor, user_id: str, reason: str, proof: Reauthentication) -> AccountView:
        """Let somebody sign in again; their tokens work again until they expire."""
        self._permit(by, proof)
        why, now = checked_reason(reason), self._clock.now()
        with self._database.write() as session:
            accounts = AccountRepository(session)
            user = self._change(accounts, user_id)
            if user.disabled_at is not None:
                accounts.set_disabled(user.id, None)
                audit_change(ControlRepository(session), "enable", user, by=by, why=why, now=now)
        return self.get(by, user_id)

    def reset_password(
        self, by: Actor, user_id: str, password: str, reason: str, proof: Reauthentication
    ) -> None:
        """Give somebody else a new password, and sign them out everywhere."""
        self._permit(by, proof)
        if user_id == by.id:
            raise InvalidValue("Change your own password on your account's page.", field="password")
        why, now = checked_reason(reason), self._clock.now()
        password_hash = self._accounts.new_hash(password)
        with self._database.write() as session:
            accounts = AccountRepository(session)
            user = self._change(accounts, user_id)
            accounts.set_password(user.id, password_hash)
            accounts.revoke_sessions(user.id, now)
            audit_change(ControlRepository(session), "password", user, by=by, why=why, now=now)
        self._accounts.forget(user.id)

    def change_own_password(
        self, actor: Actor, password: str, proof: Reauthentication, *, session_hash: str
    ) -> None:
        """Replace one's own password, and end one's other sessions; takes the one of now."""
        _person(actor)
        self._fresh(actor, proof)
        if not self._accounts.has_password(actor.id):
            raise InvalidValue(
                "You sign in at your identity provider and have no password here.", field="password"
            )
        now = self._clock.now()
        password_hash = self._accounts.new_hash(password)
        with self._database.write() as session:
            accounts = AccountRepository(session)
            user = self._change(accounts, actor.id)
            accounts.set_password(user.id, password_hash)
            accounts.revoke_sessions(user.id, now, keep=session_hash)
            why = "by themselves"
            audit_change(ControlRepository(session), "password", user, by=actor, why=why, now=now)
        self._accounts.forget(user.id)

    def sessions(self, actor: Actor, user_id: str) -> list[SessionRecord]:
        """Return the open sessions of an account, the one used last first; of others for admins only."""
        _own_or_admin(actor, user_id)
        with self._database.read() as session:
            accounts = AccountRepository(session)
            if accounts.user_by_id(UserId(user_id)) is None:
                raise NotFound("account", user_id)
            return accounts.live_sessions(UserId(user_id), self._clock.now())

    def session_id(self, session_hash: str) -> str:
        """Return the id by which the session of a browser is listed; empty when it has ended."""
        with self._database.read() as session:
            found = AccountRepository(session).session_user(session_hash, self._clock.now())
        return found[0].id if found else ""

    def revoke_session(self, actor: Actor, session_id: str) -> None:
        """Sign one browser out; of others for admins only. Raises `NotFound`, also for what is not one's own."""
        _person(actor)
        now = self._clock.now()
        with self._database.write() as session:
            accounts = AccountRepository(session)
            record = accounts.session(session_id)
            if record is None:
                raise NotFound("session", session_id)
            _own_or_admin(actor, record.user_id)
            user = self._change(accounts, record.user_id)
            if accounts.revoke_session(session_id, now):
                detail = {"session": session_id}
                audit_change(
                    ControlRepository(session),
                    "sign_out",
                    user,
                    by=actor,
                    why="revoked",
                    now=now,
                    detail=detail,
                )
        self._accounts.forget(user.id)

    def _permit(self, by: Actor, proof: Reauthentication) -> None:
        require(by, Permission.ACCOUNTS)
        self._fresh(by, proof)

    def _fresh(self, actor: Actor, proof: Reauthentication) -> None:
        if not proof.is_fresh(actor, self._clock.now()):
            raise AccessDenied("Show your password once more for this.", field="your_password")

    def _change(self, accounts: AccountRepository, user_id: str) -> UserRecord:
        # One after the other: two admins who take each other's role away at once must not both succeed.
        accounts.queue_for(_ADMINS)
        user = accounts.user_by_id(UserId(user_id))
        if user is None:
            raise NotFound("account", user_id)
        return user

    def _keep_an_admin(self, accounts: AccountRepository, user: UserRecord) -> None:
        if is_last_admin(accounts, user):
            raise LastAdmin(
                f"{user.name} is the only admin who can sign in. Make somebody else an admin first.",
                field="role",
            )


def checked_role(role: str) -> Role:
    """Return a role; raises `InvalidValue` with those that there are."""
    try:
        return Role(role)
    except ValueError:
        known = ", ".join(each.value for each in Role)
        raise InvalidValue(f"There is no role {role!r}. Roles are: {known}.", field="role") from None


def _view(user: UserRecord, seen: Mapping[UserId, tuple[int, datetime]]) -> AccountView:
    count, last = seen.get(user.id, (0, None))
    return AccountView(record=user, sessions=0 if user.disabled_at else count, last_seen_at=last)


def _own_or_admin(actor: Actor, user_id: str) -> None:
    if actor.id != user_id:
        require(actor, Permission.ACCOUNTS)


def _person(actor: Actor) -> None:
    if actor.only is not None:
        raise AccessDenied("A token cannot change passwords or sessions. Sign in for that.")
