"""Signing in at an identity provider, in a browser: out of the studio, back in, and once more where a password would be asked."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.chromium import new_window
from tests.e2e.running_studio import RunningStudio
from tests.e2e.watch import Watch
from tests.support.oidc_provider import CLIENT_ID, CLIENT_SECRET, OidcProvider, running_provider


@pytest.fixture(scope="module")
def provider() -> Iterator[OidcProvider]:
    with running_provider() as running:
        running.person |= {"groups": ["boss"]}
        yield running


@pytest.fixture(scope="module")
def joined(provider: OidcProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    """An installation that knows the provider, and has no account yet."""
    running = RunningStudio.start(
        tmp_path_factory.mktemp("joined"),
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=CLIENT_SECRET,
        oidc_title="Example",
        oidc_roles="boss=admin",
    )
    yield running
    assert running.stop() == 0


@pytest.fixture
def newcomer(browser: Browser, joined: RunningStudio) -> Iterator[Page]:
    """A browser that was never here."""
    context = new_window(browser, joined.base_url, None)
    page = context.new_page()
    watch = Watch.of(page)
    yield page
    context.close()
    watch.check()


def at_the_provider(page: Page) -> None:
    page.get_by_role("button", name="I am Grace").click()


def test_somebody_comes_in_by_the_provider_and_shows_it_once_more_who_they_are(newcomer: Page) -> None:
    newcomer.goto("/login?next=/accounts")
    link = newcomer.get_by_test_id("other-way-in")
    expect(link).to_have_text("Sign in with Example")
    link.click()
    at_the_provider(newcomer)

    expect(newcomer).to_have_url(re.compile("/accounts$"))
    expect(newcomer.get_by_test_id("row-Grace Hopper")).to_contain_text("admin")
    newcomer.get_by_test_id("new-account").click()
    newcomer.get_by_test_id("change-name").fill("Eve")
    newcomer.get_by_test_id("change-password").fill("a sentence for Eve")
    newcomer.get_by_test_id("change-confirm").click()
    expect(newcomer.get_by_test_id("change-problem")).to_contain_text("Sign in again")

    newcomer.goto("/account")
    expect(newcomer.get_by_test_id("signs-in-elsewhere")).to_be_visible()
    expect(newcomer.get_by_test_id("change-password")).to_have_count(0)
    newcomer.get_by_test_id("other-way-in").click()
    at_the_provider(newcomer)
    expect(newcomer.get_by_test_id("signs-in-elsewhere")).to_be_visible()

    newcomer.goto("/accounts")
    newcomer.get_by_test_id("new-account").click()
    newcomer.get_by_test_id("change-name").fill("Eve")
    newcomer.get_by_test_id("change-password").fill("a sentence for Eve")
    newcomer.get_by_test_id("change-confirm").click()
    expect(newcomer.get_by_test_id("row-Eve")).to_be_visible()


def test_who_has_no_role_here_is_told_so_on_the_sign_in_page(newcomer: Page, provider: OidcProvider) -> None:
    provider.person |= {"sub": "u-2", "groups": []}
    newcomer.goto("/login")
    newcomer.get_by_test_id("other-way-in").click()
    at_the_provider(newcomer)

    expect(newcomer.get_by_test_id("login-message")).to_contain_text("no role here")
    expect(newcomer.get_by_test_id("sign-in-form")).to_be_visible()
