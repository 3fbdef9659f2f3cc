"""Signing in at an identity provider: whom it vouches for gets the account that belongs to them, made the first time."""

from datetime import datetime

from sqlalchemy.orm import Session

from persistence.accounts import AccountRepository, UserRecord
from persistence.controls import ControlRepository
from runtime.errors import AlreadyExists
from runtime.ports import Clock
from studio.services.account_audit import audit_change, audit_created
from studio.services.accounts import NAME_MAX, Accounts, SignedIn, SignInRefused, is_last_admin
from studio.services.oidc.config import OidcConfig
from studio.services.oidc.identity import Identity, identity_in
from studio.services.oidc.provider import Provider, ProviderRefused, Request, new_request

NAMES_TRIED = 100


class AnswerStale(SignInRefused):
    """The answer belongs to no request of this browser, or comes too late."""

    code = "oidc-stale"


class SingleSignOn:
    """Use cases around one identity provider; one instance per process."""

    def __init__(self, config: OidcConfig, accounts: Accounts, clock: Clock) -> None:
        self.title = config.title
        self._config = config
        self._accounts = accounts
        self._clock = clock
        self._provider = Provider(config, clock)

    def begin(self, *, back: str, address: str, again: bool = False) -> tuple[Request, str]:
        """Return what the browser has to keep, and where it goes; raises `ProviderFailed`, `TooManyAttempts`."""
        # Each asks the provider: nobody may have us ask it without end.
        self._accounts.count_visit(address)
        asked = new_request(again=again)
        return asked, self._provider.address(asked, back=back)

    def finish(
        self,
        asked: Request | None,
        *,
        state: str,
        code: str,
        error: str,
        back: str,
        address: str,
        client: str,
    ) -> SignedIn:
        """Open a session for whom the provider's answer vouches.

        Raises `AnswerStale`, `ProviderRefused`, `ProviderFailed`, `NoRole`, `AccountDisabled`.
        """
        if asked is None or not state or state != asked.state:
            raise AnswerStale("This sign-in was begun elsewhere or too long ago. Begin again.")
        if error or not code:
            raise ProviderRefused(f"{self.title} did not sign you in.")
        identity = identity_in(self._provider.claims(asked, code, back=back), self._config)
        return self._accounts.admit(
            lambda session, now: self._account(session, identity, now),
            address=address,
            client=client,
            # Only what was shown for this very request: an open session at the provider proves nobody's presence.
            verified_at=identity.verified_at if asked.again else None,
        )

    def _account(self, session: Session, identity: Identity, now: datetime) -> UserRecord:
        accounts, controls = AccountRepository(session), ControlRepository(session)
        user = accounts.user_by_subject(self._config.issuer, identity.subject)
        why = f"by {self.title}"
        if user is None:
            user = self._made(accounts, identity, now)
            audit_created(controls, user, by=user, why=f"first sign-in {why}", now=now)
        elif identity.decides_role and user.role != identity.role.value:
            if is_last_admin(accounts, user):
                return user
            accounts.set_role(user.id, identity.role.value)
            detail = {"from": user.role, "to": identity.role.value}
            audit_change(controls, "role", user, by=user, why=why, now=now, detail=detail)
            user = accounts.user_by_id(user.id) or user
        return user

    def _made(self, accounts: AccountRepository, identity: Identity, now: datetime) -> UserRecord:
        """Make the account; where its name is somebody else's, a number tells them apart."""
        for number in range(1, NAMES_TRIED):
            suffix = "" if number == 1 else f" {number}"
            name = f"{identity.name[: NAME_MAX - len(suffix)]}{suffix}"
            if accounts.user_by_name(name) is None:
                user = accounts.create_user(name=name, role=identity.role.value, password_hash="", now=now)
                accounts.set_subject(user.id, self._config.issuer, identity.subject)
                return user
        raise AlreadyExists(f"There are too many accounts named {identity.name!r}.", field="name")
