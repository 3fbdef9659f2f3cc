from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from persistence.accounts import AccountRepository
from persistence.controls import ControlRepository
from persistence.database import Database
from persistence.models import SessionRow, SignInLinkRow, UserRow
from runtime.errors import AccessDenied, AlreadyExists, InvalidValue, StudioError, TooManyAttempts
from studio.services.accounts import (
    ATTEMPT_WINDOW,
    FAILURES_PER_NAME,
    Accounts,
    LinkSpent,
    PasswordRefused,
    SignedIn,
    SignInRefused,
    hash_token,
    initials_of,
)
from studio.services.known_sessions import TRUST_SECONDS
from tasks.access import Role
from tests.fakes import FakeClock
from tests.studio.conftest import NAME, PASSWORD, QUICK

HOME = "127.0.0.1"
HOUR = 3600.0


@pytest.fixture
def admin(accounts: Accounts) -> SignedIn:
    link = accounts.first_run_token()
    assert link
    return accounts.create_first_admin(link, NAME, PASSWORD)


def test_the_first_run_link_makes_an_admin_who_is_signed_in(accounts: Accounts, admin: SignedIn) -> None:
    assert (admin.actor.name, admin.actor.role) == (NAME, Role.ADMIN)
    assert accounts.actor(hash_token(admin.token)) == admin.actor


def test_a_first_run_link_works_once(accounts: Accounts) -> None:
    link = accounts.first_run_token()
    assert link
    accounts.create_first_admin(link, NAME, PASSWORD)

    with pytest.raises(LinkSpent, match="already used"):
        accounts.create_first_admin(link, "Mallory", PASSWORD)


def test_a_first_run_link_lives_a_day(accounts: Accounts, clock: FakeClock) -> None:
    link = accounts.first_run_token()
    assert link
    clock.advance(24 * HOUR + 1)

    with pytest.raises(LinkSpent):
        accounts.create_first_admin(link, NAME, PASSWORD)
    assert accounts.is_empty()


def test_a_newer_first_run_link_replaces_the_older(accounts: Accounts) -> None:
    old, new = accounts.first_run_token(), accounts.first_run_token()
    assert old
    assert new

    with pytest.raises(LinkSpent):
        accounts.create_first_admin(old, NAME, PASSWORD)
    assert accounts.create_first_admin(new, NAME, PASSWORD).actor.role is Role.ADMIN


def test_a_refused_password_leaves_the_link_usable(accounts: Accounts) -> None:
    link = accounts.first_run_token()
    assert link
    with pytest.raises(InvalidValue, match="at least 12"):
        accounts.create_first_admin(link, NAME, "short")

    assert accounts.create_first_admin(link, NAME, PASSWORD)


def test_no_first_run_link_once_an_account_exists(accounts: Accounts, admin: SignedIn) -> None:
    assert accounts.first_run_token() is None


def test_two_at_once_get_one_admin_out_of_one_link(accounts: Accounts, database: Database) -> None:
    link = accounts.first_run_token()
    assert link

    def redeem(name: str) -> bool:
        try:
            accounts.create_first_admin(link, name, PASSWORD)
        except LinkSpent:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(redeem, ["a", "b", "c", "d"]))

    assert outcomes.count(True) == 1
    with database.read() as session:
        assert len(session.scalars(select(UserRow)).all()) == 1


def test_nothing_stored_signs_anybody_in(accounts: Accounts, database: Database) -> None:
    link = accounts.first_run_token()
    assert link
    signed_in = accounts.create_first_admin(link, NAME, PASSWORD)

    with database.read() as session:
        stored = {
            *session.scalars(select(SessionRow.token_hash)),
            *session.scalars(select(SignInLinkRow.token_hash)),
            *session.scalars(select(UserRow.password_hash)),
        }
    assert not {signed_in.token, link, PASSWORD} & stored
    assert hash_token(signed_in.token) in stored
    assert any(value.startswith("$argon2id$") for value in stored)


def test_name_and_password_open_a_session(accounts: Accounts, admin: SignedIn) -> None:
    again = accounts.sign_in("  ada LOVELACE ", PASSWORD, address=HOME)

    assert again.actor == admin.actor
    assert again.token != admin.token


@pytest.mark.parametrize(("name", "password"), [(NAME, "wrong password"), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(
    accounts: Accounts, admin: SignedIn, name: str, password: str
) -> None:
    with pytest.raises(SignInRefused, match=r"^Name and password do not belong together\.$"):
        accounts.sign_in(name, password, address=HOME)


def test_an_unknown_name_costs_as_much_work_as_a_known_one(
    accounts: Accounts, admin: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []

    def counted(stored: str, password: str) -> bool:
        checked.append(stored)
        return False

    monkeypatch.setattr(accounts, "_matches", counted)
    for name in (NAME, "nobody"):
        with pytest.raises(SignInRefused):
            accounts.sign_in(name, "wrong password", address=HOME)

    assert len(checked) == 2
    assert all(stored.startswith("$argon2id$") for stored in checked)


def test_guessing_is_stopped_even_when_the_last_guess_is_right(accounts: Accounts, admin: SignedIn) -> None:
    for _ in range(FAILURES_PER_NAME):
        with pytest.raises(SignInRefused):
            accounts.sign_in(NAME, "wrong password", address=HOME)

    with pytest.raises(TooManyAttempts, match="15 minutes"):
        accounts.sign_in(NAME, PASSWORD, address=HOME)


def test_a_limit_ends_with_its_window(accounts: Accounts, admin: SignedIn, clock: FakeClock) -> None:
    for _ in range(FAILURES_PER_NAME):
        with pytest.raises(SignInRefused):
            accounts.sign_in(NAME, "wrong password", address=HOME)
    clock.advance(ATTEMPT_WINDOW.total_seconds() + 1)

    assert accounts.sign_in(NAME, PASSWORD, address=HOME)


def test_one_address_cannot_lock_out_another(accounts: Accounts, admin: SignedIn) -> None:
    for _ in range(FAILURES_PER_NAME):
        with pytest.raises(SignInRefused):
            accounts.sign_in(NAME, "wrong password", address="10.0.0.66")

    assert accounts.sign_in(NAME, PASSWORD, address=HOME)


def test_signing_in_often_is_no_attack(accounts: Accounts, admin: SignedIn) -> None:
    for _ in range(FAILURES_PER_NAME * 2):
        accounts.sign_in(NAME, PASSWORD, address=HOME)


def test_parallel_guesses_all_count(accounts: Accounts, admin: SignedIn) -> None:
    def guess(number: int) -> str:
        try:
            accounts.sign_in(NAME, f"wrong password {number}", address=HOME)
        except (SignInRefused, TooManyAttempts) as error:
            return error.code
        return "in"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(guess, range(16)))

    assert answers.count("sign-in-refused") == FAILURES_PER_NAME


def test_a_session_ends_when_it_is_not_used(accounts: Accounts, admin: SignedIn, clock: FakeClock) -> None:
    clock.advance(12 * HOUR + 1)

    assert accounts.actor(hash_token(admin.token)) is None


def test_a_session_in_use_slides_but_not_beyond_a_week(
    accounts: Accounts, admin: SignedIn, clock: FakeClock
) -> None:
    session = hash_token(admin.token)
    for _ in range(16):
        clock.advance(10 * HOUR)
        assert accounts.actor(session) == admin.actor
    clock.advance(8 * HOUR + 1)

    assert accounts.actor(session) is None


def test_signing_out_counts_at_once(accounts: Accounts, admin: SignedIn) -> None:
    session = hash_token(admin.token)
    assert accounts.actor(session)

    accounts.sign_out(session)

    assert accounts.actor(session) is None


def test_a_revocation_by_another_process_counts_within_two_seconds(
    accounts: Accounts, admin: SignedIn, database: Database, clock: FakeClock
) -> None:
    session = hash_token(admin.token)
    assert accounts.actor(session)

    Accounts(database, clock, hasher=QUICK).sign_out(session)
    clock.advance(TRUST_SECONDS)

    assert accounts.actor(session) is None


def test_a_change_of_role_shows_within_two_seconds(
    accounts: Accounts, admin: SignedIn, database: Database, clock: FakeClock
) -> None:
    session = hash_token(admin.token)
    assert accounts.actor(session)
    with database.write() as writing:
        row = writing.scalars(select(UserRow)).one()
        row.role = "viewer"
    clock.advance(TRUST_SECONDS)

    actor = accounts.actor(session)

    assert actor is not None
    assert actor.role is Role.VIEWER


def test_an_unknown_or_empty_token_is_nobody(accounts: Accounts, admin: SignedIn) -> None:
    assert accounts.actor("") is None
    assert accounts.actor(admin.token) is None  # the token itself instead of its hash


def test_admins_create_accounts(accounts: Accounts, admin: SignedIn) -> None:
    made = accounts.create_account(admin.actor, "Grace", PASSWORD, Role.ANALYST)

    assert accounts.sign_in("grace", PASSWORD, address=HOME).actor == made


def test_nobody_else_creates_accounts(accounts: Accounts, admin: SignedIn) -> None:
    analyst = accounts.create_account(admin.actor, "Grace", PASSWORD, Role.ANALYST)

    with pytest.raises(AccessDenied):
        accounts.create_account(analyst, "Mallory", PASSWORD, Role.ADMIN)


def test_a_taken_name_is_refused_whatever_its_case(accounts: Accounts, admin: SignedIn) -> None:
    with pytest.raises(AlreadyExists):
        accounts.create_account(admin.actor, NAME.upper(), PASSWORD, Role.VIEWER)


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\x00b", "tab\u202eflip"])
def test_a_name_that_cannot_be_read_is_refused(accounts: Accounts, admin: SignedIn, name: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        accounts.create_account(admin.actor, name, PASSWORD, Role.VIEWER)

    assert refused.value.field == "name"


@pytest.mark.parametrize("password", ["", "elevenchars", "x" * 1025])
def test_a_password_too_short_or_too_long_is_refused(
    accounts: Accounts, admin: SignedIn, password: str
) -> None:
    with pytest.raises(InvalidValue) as refused:
        accounts.create_account(admin.actor, "Grace", password, Role.VIEWER)

    assert refused.value.field == "password"


def test_a_session_says_when_it_ends(admin: SignedIn, clock: FakeClock) -> None:
    assert admin.expires_at == clock.now() + timedelta(hours=12)


@pytest.mark.parametrize(
    ("name", "initials"), [("Ada Lovelace", "AL"), ("ops", "O"), ("a.b-c", "AC"), ("Émile", "É"), ("", "")]
)
def test_initials_are_one_or_two_letters(name: str, initials: str) -> None:
    assert initials_of(name) == initials


def test_a_password_shown_again_proves_who_it_is(
    accounts: Accounts, admin: SignedIn, clock: FakeClock
) -> None:
    proof = accounts.reauthenticate(admin.actor, PASSWORD)

    assert (proof.user_id, proof.at) == (admin.actor.id, clock.now())


@pytest.mark.parametrize(("password", "error"), [("guess", PasswordRefused), ("", InvalidValue)])
def test_a_wrong_password_proves_nothing_and_names_its_field(
    accounts: Accounts, admin: SignedIn, password: str, error: type[StudioError]
) -> None:
    with pytest.raises(error) as refused:
        accounts.reauthenticate(admin.actor, password)

    assert refused.value.field == "password"


def test_showing_a_password_again_is_limited_and_the_limit_passes(
    accounts: Accounts, admin: SignedIn, clock: FakeClock
) -> None:
    for _ in range(FAILURES_PER_NAME):
        with pytest.raises(PasswordRefused):
            accounts.reauthenticate(admin.actor, "guess")
    with pytest.raises(TooManyAttempts):
        accounts.reauthenticate(admin.actor, PASSWORD)
    # A limit of its own: signing in is still possible.
    assert accounts.sign_in(NAME, PASSWORD, address=HOME)

    clock.advance(ATTEMPT_WINDOW.total_seconds() + 1)

    assert accounts.reauthenticate(admin.actor, PASSWORD)


def test_accounts_and_wrong_passwords_are_in_the_audit_log(
    accounts: Accounts, admin: SignedIn, database: Database
) -> None:
    accounts.create_account(admin.actor, "Bob", PASSWORD, Role.VIEWER)
    with pytest.raises(PasswordRefused):
        accounts.reauthenticate(admin.actor, "guess")

    with database.read() as session:
        entries = ControlRepository(session).audit()

    assert [(entry.action, entry.target, entry.actor_name) for entry in entries] == [
        ("account.password_refused", NAME, NAME),
        ("account.create", "Bob", NAME),
        ("account.create", NAME, NAME),
    ]
    assert all(entry.reason and entry.detail for entry in entries)
    assert "guess" not in str(entries)


def test_signing_in_and_failing_to_are_in_the_audit_log_with_where_from(
    accounts: Accounts, admin: SignedIn, database: Database
) -> None:
    accounts.sign_in(NAME, PASSWORD, address=HOME, client="Firefox")
    for name in (NAME, "a password in the wrong field"):
        with pytest.raises(SignInRefused):
            accounts.sign_in(name, "a wrong guess", address=HOME)

    with database.read() as session:
        unknown, known, signed_in = ControlRepository(session).audit()[:3]

    assert (unknown.action, unknown.target, unknown.actor_id) == (
        "account.sign_in_refused",
        "an unknown name",
        None,
    )
    assert (known.action, known.target, known.reason) == ("account.sign_in_refused", NAME, f"from {HOME}")
    assert (signed_in.action, signed_in.target, signed_in.detail["client"]) == (
        "account.sign_in",
        NAME,
        "Firefox",
    )
    assert "wrong field" not in str(unknown)


def test_a_password_that_is_replaced_while_it_is_being_checked_opens_nothing(
    accounts: Accounts, admin: SignedIn, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    matches = accounts._matches

    def replaced_meanwhile(stored: str, password: str) -> bool:
        with database.write() as session:
            AccountRepository(session).set_password(admin.actor.id, QUICK.hash("another sentence"))
        return matches(stored, password)

    monkeypatch.setattr(accounts, "_matches", replaced_meanwhile)

    with pytest.raises(SignInRefused):
        accounts.sign_in(NAME, PASSWORD, address=HOME)
