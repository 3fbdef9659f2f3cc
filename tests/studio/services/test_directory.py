"""Managing accounts: who may, what it takes, what it ends, and that an installation never loses its last admin."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from persistence.controls import ControlRepository
from persistence.database import Database
from runtime.errors import AccessDenied, AlreadyExists, InvalidValue, NotFound, StudioError
from studio.services.accounts import (
    AccountDisabled,
    Accounts,
    SignedIn,
    SignInRefused,
    account_named,
    hash_token,
)
from studio.services.directory import Directory, LastAdmin
from studio.services.known_sessions import TRUST_SECONDS
from studio.services.tokens import Tokens
from tasks.access import PROOF_LIFE, Actor, Reauthentication, Role
from tests.fakes import FakeClock
from tests.studio.conftest import NAME, PASSWORD, QUICK

OTHER = "a sentence for Grace"
WHY = "joins the desk"


@pytest.fixture
def admin(accounts: Accounts) -> SignedIn:
    link = accounts.first_run_token()
    assert link
    return accounts.create_first_admin(link, NAME, PASSWORD)


@pytest.fixture
def directory(database: Database, clock: FakeClock, accounts: Accounts) -> Directory:
    return Directory(database, clock, accounts)


@pytest.fixture
def proof(accounts: Accounts, admin: SignedIn) -> Reauthentication:
    return accounts.reauthenticate(admin.actor, PASSWORD)


def newcomer(directory: Directory, admin: SignedIn, proof: Reauthentication, role: str = "analyst") -> str:
    return directory.create(admin.actor, "Grace", OTHER, role, proof).record.id


def actions(database: Database) -> list[tuple[str, str, str]]:
    with database.read() as session:
        entries = ControlRepository(session).audit()
    return [(entry.action, entry.target, entry.reason) for entry in reversed(entries)]


def test_an_account_is_made_with_a_role_and_can_sign_in(
    directory: Directory, accounts: Accounts, admin: SignedIn, proof: Reauthentication
) -> None:
    made = directory.create(admin.actor, "Grace", OTHER, "operator", proof)

    assert accounts.sign_in("grace", OTHER, address="x").actor.role is Role.OPERATOR
    assert (made.record.name, made.sessions, made.last_seen_at) == ("Grace", 0, None)
    assert [view.record.name for view in directory.all(admin.actor)] == [NAME, "Grace"]
    with pytest.raises(AlreadyExists):
        directory.create(admin.actor, "GRACE", OTHER, "viewer", proof)
    with pytest.raises(InvalidValue, match=r"no role 'king'.*viewer, analyst, operator, admin"):
        directory.create(admin.actor, "Henry", OTHER, "king", proof)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST, Role.OPERATOR])
def test_nobody_but_an_admin_manages_accounts(
    directory: Directory, admin: SignedIn, proof: Reauthentication, role: Role
) -> None:
    user = newcomer(directory, admin, proof)
    someone = Actor(id=admin.actor.id, name="x", role=role)

    for act in (
        lambda: directory.all(someone),
        lambda: directory.create(someone, "Eve", OTHER, "admin", proof),
        lambda: directory.set_role(someone, user, "admin", WHY, proof),
        lambda: directory.disable(someone, user, WHY),
        lambda: directory.enable(someone, user, WHY, proof),
        lambda: directory.reset_password(someone, user, OTHER, WHY, proof),
        lambda: directory.get(someone, user),
        lambda: directory.sessions(someone, user),
    ):
        with pytest.raises(AccessDenied, match="manage accounts"):
            act()


def test_power_takes_a_password_shown_within_the_last_minute_by_the_same_person(
    directory: Directory, admin: SignedIn, proof: Reauthentication, clock: FakeClock
) -> None:
    user = newcomer(directory, admin, proof)
    foreign = Reauthentication(user_id=directory.get(admin.actor, user).record.id, at=proof.at)
    stale = Reauthentication(user_id=admin.actor.id, at=clock.now() - PROOF_LIFE - timedelta(seconds=1))

    for bad in (foreign, stale):
        for act in (
            lambda bad=bad: directory.create(admin.actor, "Eve", OTHER, "admin", bad),
            lambda bad=bad: directory.set_role(admin.actor, user, "admin", WHY, bad),
            lambda bad=bad: directory.enable(admin.actor, user, WHY, bad),
            lambda bad=bad: directory.reset_password(admin.actor, user, OTHER, WHY, bad),
            lambda bad=bad: directory.change_own_password(admin.actor, OTHER, bad, session_hash=""),
        ):
            with pytest.raises(AccessDenied, match="password once more"):
                act()


def test_a_change_of_role_counts_at_once_and_is_written_down(
    directory: Directory, accounts: Accounts, admin: SignedIn, proof: Reauthentication, database: Database
) -> None:
    user = newcomer(directory, admin, proof)
    session = hash_token(accounts.sign_in("Grace", OTHER, address="x").token)
    accounts.actor(session)

    assert directory.set_role(admin.actor, user, "viewer", WHY, proof).record.role == "viewer"

    actor = accounts.actor(session)
    assert actor is not None
    assert actor.role is Role.VIEWER
    assert ("account.role", "Grace", WHY) in actions(database)


def test_a_disabled_account_is_out_everywhere_and_comes_back_whole(
    directory: Directory, accounts: Accounts, admin: SignedIn, database: Database, clock: FakeClock
) -> None:
    proof = accounts.reauthenticate(admin.actor, PASSWORD)
    user = newcomer(directory, admin, proof)
    signed_in = accounts.sign_in("Grace", OTHER, address="x")
    tokens = Tokens(database, clock)
    secret = tokens.create(signed_in.actor, "nightly", [], days=1).secret

    disabled = directory.disable(admin.actor, user, "left")

    assert (disabled.record.disabled_at, disabled.sessions) == (clock.now(), 0)
    assert accounts.actor(hash_token(signed_in.token)) is None
    assert tokens.actor(secret) is None
    with pytest.raises(AccountDisabled):
        accounts.sign_in("Grace", OTHER, address="x")
    with pytest.raises(SignInRefused):
        accounts.sign_in("Grace", "some other guess", address="x")
    with pytest.raises(AccessDenied, match="disabled"):
        account_named(database, "Grace")

    directory.enable(admin.actor, user, "came back", proof)

    assert accounts.sign_in("Grace", OTHER, address="y")
    assert tokens.actor(secret)
    assert [entry for entry in actions(database) if entry[0].endswith(("able", "refused"))] == [
        ("account.disable", "Grace", "left"),
        ("account.sign_in_refused", "Grace", "from x"),
        ("account.sign_in_refused", "Grace", "from x"),
        ("account.enable", "Grace", "came back"),
    ]


def test_the_last_admin_who_can_sign_in_stays_one(
    directory: Directory, admin: SignedIn, proof: Reauthentication
) -> None:
    second = newcomer(directory, admin, proof, role="admin")
    directory.disable(admin.actor, second, "left")

    with pytest.raises(LastAdmin, match="only admin"):
        directory.disable(admin.actor, admin.actor.id, "so long")
    with pytest.raises(LastAdmin, match="only admin"):
        directory.set_role(admin.actor, admin.actor.id, "viewer", "so long", proof)

    directory.enable(admin.actor, second, "needed", proof)
    assert directory.set_role(admin.actor, admin.actor.id, "viewer", "so long", proof).record.role == "viewer"


def test_two_admins_who_disable_each_other_at_once_leave_one(
    directory: Directory, admin: SignedIn, proof: Reauthentication
) -> None:
    second = newcomer(directory, admin, proof, role="admin")
    other = Actor(id=directory.get(admin.actor, second).record.id, name="Grace", role=Role.ADMIN)

    def attempt(by: Actor, target: str) -> bool:
        try:
            directory.disable(by, target, "a duel")
        except StudioError:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(attempt, admin.actor, second)
        last = threads.submit(attempt, other, admin.actor.id)
        results = [first.result(), last.result()]

    assert sorted(results) == [False, True]


def test_a_new_password_from_an_admin_ends_the_sessions_that_there_were(
    directory: Directory, accounts: Accounts, admin: SignedIn, proof: Reauthentication
) -> None:
    user = newcomer(directory, admin, proof)
    before = accounts.sign_in("Grace", OTHER, address="x")

    directory.reset_password(admin.actor, user, "another sentence", "forgot it", proof)

    assert accounts.actor(hash_token(before.token)) is None
    with pytest.raises(SignInRefused):
        accounts.sign_in("Grace", OTHER, address="x")
    assert accounts.sign_in("Grace", "another sentence", address="x")
    with pytest.raises(InvalidValue, match="your account's page"):
        directory.reset_password(admin.actor, admin.actor.id, "another sentence", "mine", proof)


def test_ones_own_new_password_keeps_this_session_and_ends_the_others(
    directory: Directory, accounts: Accounts, admin: SignedIn, proof: Reauthentication
) -> None:
    other = accounts.sign_in(NAME, PASSWORD, address="x")

    with pytest.raises(InvalidValue, match="at least 12"):
        directory.change_own_password(admin.actor, "short", proof, session_hash=hash_token(admin.token))
    directory.change_own_password(
        admin.actor, "another sentence", proof, session_hash=hash_token(admin.token)
    )

    assert accounts.actor(hash_token(admin.token)) == admin.actor
    assert accounts.actor(hash_token(other.token)) is None
    assert accounts.sign_in(NAME, "another sentence", address="x")


def test_sessions_are_listed_with_where_from_and_one_of_them_is_ended(
    directory: Directory, accounts: Accounts, admin: SignedIn, proof: Reauthentication, clock: FakeClock
) -> None:
    user = newcomer(directory, admin, proof)
    clock.advance(5)
    grace = accounts.sign_in("Grace", OTHER, address="10.0.0.7", client="Firefox")
    [listed] = directory.sessions(grace.actor, user)
    assert (listed.opened_from, listed.client, listed.created_at) == ("10.0.0.7", "Firefox", clock.now())
    [own] = directory.sessions(admin.actor, admin.actor.id)

    with pytest.raises(AccessDenied, match="manage accounts"):
        directory.revoke_session(grace.actor, own.id)
    with pytest.raises(NotFound):
        directory.revoke_session(grace.actor, "nothing")
    directory.revoke_session(admin.actor, listed.id)

    assert accounts.actor(hash_token(grace.token)) is None
    assert directory.sessions(admin.actor, user) == []


def test_a_token_changes_no_password_and_ends_no_session(
    directory: Directory, accounts: Accounts, admin: SignedIn, proof: Reauthentication
) -> None:
    token = Actor(id=admin.actor.id, name=NAME, role=Role.ADMIN, only=frozenset())

    with pytest.raises(AccessDenied, match="token"):
        accounts.reauthenticate(token, PASSWORD)
    with pytest.raises(AccessDenied, match="token"):
        directory.change_own_password(token, "another sentence", proof, session_hash="")
    with pytest.raises(AccessDenied, match="token"):
        directory.revoke_session(token, directory.sessions(admin.actor, admin.actor.id)[0].id)


def test_another_process_knows_of_it_within_two_seconds(
    directory: Directory, database: Database, accounts: Accounts, admin: SignedIn, clock: FakeClock
) -> None:
    proof = accounts.reauthenticate(admin.actor, PASSWORD)
    elsewhere = Accounts(database, clock, hasher=QUICK)
    user = newcomer(directory, admin, proof)
    session = hash_token(accounts.sign_in("Grace", OTHER, address="x").token)
    assert elsewhere.actor(session)

    directory.disable(admin.actor, user, "left")
    clock.advance(TRUST_SECONDS)

    assert elsewhere.actor(session) is None
