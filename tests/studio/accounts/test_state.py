"""The pages of accounts, on a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from studio.pages.account.state import AccountState
from studio.pages.accounts.state import AccountsState, Asking
from studio.services.accounts import SignInRefused
from studio.wiring import serving
from tests.studio.conftest import NAME, PASSWORD, Office
from tests.studio.tabs import open_tab, state_of

OTHER = "a sentence for Grace"
NEW = "another sentence for Grace"


@pytest.fixture
async def accounts(office: Office) -> AsyncIterator[AccountsState]:
    async with serving(office.container):
        yield state_of(open_tab(office, "/accounts"), AccountsState)


@pytest.fixture
async def account(office: Office) -> AsyncIterator[AccountState]:
    async with serving(office.container):
        yield state_of(open_tab(office, "/account"), AccountState)


async def change(accounts: AccountsState, asking: Asking, whom: str = "", **form: str) -> None:
    wanted = next((line.id for line in accounts.lines if line.name == whom), "")
    role = form.pop("role", "")
    accounts.ask(asking, wanted)
    if role:
        accounts.choose_role(role)
    await accounts.send({"your_password": PASSWORD, **form})


async def newcomer(accounts: AccountsState) -> None:
    await accounts.open()
    await change(accounts, "create", name="Grace", password=OTHER)


async def test_an_account_is_made_and_shown_with_what_it_may(accounts: AccountsState, office: Office) -> None:
    await newcomer(accounts)

    assert [(line.name, line.role) for line in accounts.lines] == [(NAME, "admin"), ("Grace", "analyst")]
    assert (accounts.asking, accounts.done) == ("", "Grace can sign in now.")
    assert office.container.accounts.sign_in("Grace", OTHER, address="here").actor.name == "Grace"


async def test_a_role_is_changed_and_the_dialog_begins_with_the_one_of_now(accounts: AccountsState) -> None:
    await newcomer(accounts)
    grace = accounts.lines[1]
    accounts.ask("role", grace.id)
    before = accounts.role

    await change(accounts, "role", "Grace", role="operator", reason="Watches the desk")

    assert (before, accounts.lines[1].role) == ("analyst", "operator")


async def test_disabling_and_enabling_are_shown_and_are_what_happens(
    accounts: AccountsState, office: Office
) -> None:
    await newcomer(accounts)
    await change(accounts, "disable", "Grace", reason="Left the desk")
    disabled = accounts.lines[1].disabled_at
    await change(accounts, "enable", "Grace", reason="Is back")

    assert disabled
    assert not accounts.lines[1].disabled_at
    assert office.container.accounts.sign_in("Grace", OTHER, address="here")


async def test_a_reset_password_replaces_the_old_one(accounts: AccountsState, office: Office) -> None:
    await newcomer(accounts)

    await change(accounts, "password", "Grace", password=NEW, reason="Forgot it")

    assert office.container.accounts.sign_in("Grace", NEW, address="here")
    with pytest.raises(SignInRefused):
        office.container.accounts.sign_in("Grace", OTHER, address="here")


@pytest.mark.parametrize(
    ("asking", "form", "words"),
    [
        ("create", {"name": "Eve", "password": "short"}, "at least 12"),
        ("create", {"name": " ", "password": OTHER}, "visible characters"),
        ("create", {"name": "Eve", "password": OTHER, "your_password": "wrong"}, "not your password"),
        ("create", {"name": "Eve", "password": OTHER, "your_password": ""}, "Enter your password"),
        ("disable", {"reason": "Goes home"}, "only admin"),
        ("role", {"role": "viewer", "reason": ""}, "reason"),
    ],
)
async def test_what_is_refused_is_said_and_the_dialog_stays_open(
    asking: Asking, form: dict[str, str], words: str, accounts: AccountsState
) -> None:
    await accounts.open()

    if asking == "create":
        accounts.ask("create", "")
        await accounts.send({"your_password": PASSWORD, **form})
    else:
        await change(accounts, asking, NAME, **form)

    assert words in accounts.problem
    assert accounts.asking == asking
    assert [line.name for line in accounts.lines] == [NAME]


async def test_no_password_stays_in_the_state(accounts: AccountsState) -> None:
    await newcomer(accounts)

    held = repr(accounts.dict())

    assert OTHER not in held
    assert PASSWORD not in held


async def test_who_is_no_admin_any_more_is_told_so_and_shown_nothing(
    accounts: AccountsState, office: Office
) -> None:
    await newcomer(accounts)
    await change(accounts, "role", "Grace", role="admin", reason="Takes over")
    await change(accounts, "role", NAME, role="viewer", reason="Retires")
    accounts.lines = []

    await accounts.open()

    assert accounts.denied
    assert accounts.lines == []


async def test_the_own_page_shows_its_own_browser_and_signs_out_another(
    account: AccountState, office: Office
) -> None:
    office.container.accounts.sign_in(NAME, PASSWORD, address="10.0.0.7", client="Another browser")
    await account.open()
    other = next(line for line in account.sessions if not line.is_this)
    count = len(account.sessions)

    await account.end_session(other.id)

    assert (count, other.client, other.opened_from) == (2, "Another browser", "10.0.0.7")
    assert [line.is_this for line in account.sessions] == [True]


async def test_a_new_password_keeps_this_browser_and_ends_the_others(
    account: AccountState, office: Office
) -> None:
    office.container.accounts.sign_in(NAME, PASSWORD, address="10.0.0.7")
    await account.open()

    await account.change_password({"your_password": PASSWORD, "password": NEW})

    assert (account.password_problem, account.password_done) == ("", True)
    assert [line.is_this for line in account.sessions] == [True]
    assert office.container.accounts.sign_in(NAME, NEW, address="here")


async def test_a_wrong_password_changes_nothing(account: AccountState, office: Office) -> None:
    await account.open()

    await account.change_password({"your_password": "not this one", "password": NEW})

    assert (account.password_problem, account.password_done) == ("This is not your password.", False)
    assert office.container.accounts.sign_in(NAME, PASSWORD, address="here")


async def test_a_token_is_shown_once_works_and_is_revoked(account: AccountState, office: Office) -> None:
    await account.open()
    account.choose_scope("run", True)
    account.choose_scope("draw", True)
    account.choose_scope("draw", False)

    await account.make_token({"token_name": "Nightly report", "token_days": "7"})
    secret = account.secret
    works = office.container.tokens.actor(secret)
    account.forget_secret()
    await account.revoke_token(account.tokens[0].id)

    assert works is not None
    assert (account.tokens[0].name, account.tokens[0].scopes, account.tokens[0].ended) == (
        "Nightly report", "read, run", "revoked",
    )  # fmt: skip
    assert office.container.tokens.actor(secret) is None
    assert secret not in repr(account.dict())


@pytest.mark.parametrize(
    ("name", "days", "words"),
    [
        ("", "7", "name"),
        ("Report", "", "1 to 366 days"),
        ("Report", "soon", "'soon'"),
        ("Report", "-1", "'-1'"),
        ("Report", "99999999999", "1 to 366 days"),
    ],
)
async def test_a_token_that_cannot_be_made_is_refused_in_words(
    name: str, days: str, words: str, account: AccountState
) -> None:
    await account.open()

    await account.make_token({"token_name": name, "token_days": days})

    assert words in account.token_problem
    assert (account.secret, account.tokens) == ("", [])


async def test_what_a_token_may_never_do_is_not_offered(account: AccountState) -> None:
    await account.open()

    assert not {"accounts", "release", "read"} & set(account.scopes)
    assert "halt" in account.scopes
