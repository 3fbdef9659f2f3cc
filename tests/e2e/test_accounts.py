"""Accounts in a browser: an admin lets somebody in and out again, and everybody minds their own."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from studio.services.accounts import Accounts
from tasks.access import Actor, Role
from tests.e2e.running_studio import RunningStudio
from tests.e2e.sign_in import PASSWORD, sign_in

OTHER = "a sentence for Grace"


@pytest.mark.usefixtures("admin")
def test_an_admin_lets_somebody_in_gives_them_a_role_and_shuts_them_out(page: Page, stranger: Page) -> None:
    page.goto("/")
    page.get_by_test_id("account-menu").click()
    page.get_by_test_id("to-accounts").click()
    page.get_by_test_id("new-account").click()
    page.get_by_test_id("change-name").fill("Grace")
    page.get_by_test_id("change-password").fill(OTHER)
    page.get_by_test_id("change-your_password").fill("not my password")
    page.get_by_test_id("change-confirm").click()
    expect(page.get_by_test_id("change-problem")).to_have_text("This is not your password.")
    page.get_by_test_id("change-your_password").fill(PASSWORD)
    page.get_by_test_id("change-confirm").click()
    expect(page.get_by_test_id("accounts-done")).to_have_text("Grace can sign in now.")
    expect(page.get_by_test_id("row-Grace")).to_contain_text("analyst")

    stranger.goto("/login?next=/accounts")
    sign_in(stranger, "Grace", OTHER)
    expect(stranger.get_by_test_id("empty-state")).to_contain_text(re.compile("may not manage accounts"))
    expect(stranger.get_by_test_id("new-account")).to_have_count(0)

    page.get_by_test_id("role-Grace").click()
    page.get_by_test_id("change-role").click()
    page.get_by_role("option", name=re.compile("^operator")).click()
    page.get_by_test_id("change-reason").fill("Watches the desk")
    page.get_by_test_id("change-your_password").fill(PASSWORD)
    page.get_by_test_id("change-confirm").click()
    expect(page.get_by_test_id("row-Grace")).to_contain_text("operator")

    page.get_by_test_id("disable-Grace").click()
    page.get_by_test_id("change-reason").fill("Left the desk")
    page.get_by_test_id("change-confirm").click()
    expect(page.get_by_test_id("row-Grace")).to_contain_text("disabled")
    stranger.goto("/runs")
    expect(stranger).to_have_url(re.compile("/login"))


def test_somebody_makes_a_token_sees_it_once_and_ends_another_browser(
    studio: RunningStudio, admin: Actor, stranger: Page
) -> None:
    accounts = Accounts(studio.control.database, studio.control.clock, session_hours=1)
    accounts.create_account(admin, "Tom of the tokens", OTHER, Role.ANALYST)
    accounts.sign_in("Tom of the tokens", OTHER, address="10.0.0.7", client="Another browser")
    stranger.goto("/login?next=/account")
    sign_in(stranger, "Tom of the tokens", OTHER)

    expect(stranger.get_by_test_id("sessions")).to_contain_text("Another browser")
    stranger.get_by_test_id("end-session").click()
    expect(stranger.get_by_test_id("sessions")).not_to_contain_text("Another browser")

    stranger.get_by_test_id("token-name").fill("Nightly report")
    stranger.get_by_test_id("scope-run").click()
    stranger.get_by_test_id("make-token").click()
    secret = stranger.get_by_test_id("token-secret")
    expect(secret).to_have_text(re.compile("^ast_"))
    told = secret.inner_text()
    stranger.get_by_test_id("forget-secret").click()
    expect(secret).to_have_count(0)
    stranger.reload()
    line = stranger.get_by_test_id("token-Nightly report")
    expect(line).to_contain_text("read, run")
    # It expires in thirty days, which is a date.
    expect(line.locator("time").first).to_have_text(re.compile(r"^[A-Z][a-z]{2} \d"))
    assert told not in stranger.content()

    stranger.get_by_test_id("revoke-Nightly report").click()
    stranger.get_by_test_id("revoke-confirm").click()
    expect(line).to_contain_text("revoked")
