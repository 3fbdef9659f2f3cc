"""The kill switch in the browser: every tab knows within moments, nothing starts, and only a password releases it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from studio.services.accounts import Accounts
from tasks.access import Actor, Reauthentication, Role
from tasks.control.switch import engage, release, switch_status
from tests.e2e.conftest import OpenTab
from tests.e2e.drawings import copy_of
from tests.e2e.running_studio import RunningStudio
from tests.e2e.sign_in import PASSWORD, sign_in
from tests.e2e.watch import Watch

REASON = "Orders went out twice"


@pytest.fixture(autouse=True)
def released(studio: RunningStudio, admin: Actor) -> Iterator[None]:
    """Leave the switch as the next test expects it, also when this one fails half-way."""
    yield
    proof = Reauthentication(user_id=admin.id, at=studio.control.clock.now())
    if switch_status(studio.control).state != "released":
        release(studio.control, admin, "the browser test is over", proof)


def engage_in(page: Page) -> None:
    """Engage the switch from the menu of the top bar, and wait for the proof."""
    page.goto("/")
    page.get_by_test_id("halt-menu").click()
    page.get_by_test_id("engage-switch").click()
    expect(page.get_by_test_id("switch-counts")).to_be_visible()
    page.get_by_test_id("switch-reason-field").fill(REASON)
    expect(page.get_by_test_id("switch-confirm")).to_be_disabled()
    page.get_by_test_id("switch-typed").fill("HALT")
    page.get_by_test_id("switch-confirm").click()
    expect(page.get_by_test_id("halt-sentence")).to_have_attribute("data-proved", "true")
    page.get_by_test_id("switch-cancel").click()


def test_it_is_on_every_tab_nothing_starts_and_the_right_password_releases_it(
    studio: RunningStudio, admin: Actor, page: Page, open_tab: OpenTab, watch: Watch
) -> None:
    name = copy_of(studio.control, admin, "research.momentum_vs_reversion", "switch.refused")
    other = open_tab()
    other.goto("/runs")
    expect(other.get_by_test_id("switch-word")).to_have_attribute("data-state", "released")

    engage_in(page)

    banner = other.get_by_test_id("switch-banner")
    expect(banner).to_have_attribute("data-state", "engaged")
    expect(other.get_by_test_id("switch-reason")).to_have_text(REASON)
    expect(other.get_by_test_id("switch-who")).to_contain_text(admin.name)
    expect(other.get_by_test_id("switch-word")).to_have_attribute("data-state", "engaged")
    watch.expect("503")
    refused = page.request.post(
        f"/workflows/{name}/run", headers={"origin": studio.base_url}, data={"inputs": {}}
    )
    assert (refused.status, "kill switch is engaged" in refused.json()["detail"]) == (503, True)

    other.get_by_test_id("release-switch").click()
    other.get_by_test_id("switch-reason-field").fill("Checked the books")
    other.get_by_test_id("switch-password").fill("not the password")
    other.get_by_test_id("switch-confirm").click()
    expect(other.get_by_test_id("switch-problem")).to_have_text("This is not your password.")
    assert switch_status(studio.control).state == "engaged"
    other.get_by_test_id("switch-password").fill(PASSWORD)
    other.get_by_test_id("switch-confirm").click()

    expect(banner).to_have_count(0)
    expect(page.get_by_test_id("switch-banner")).to_have_count(0)
    expect(page.get_by_test_id("switch-word")).to_have_attribute("data-state", "released")


def test_what_was_done_is_in_the_audit_log(studio: RunningStudio, admin: Actor, page: Page) -> None:
    engage(studio.control, admin, REASON)
    page.goto("/runs")

    page.get_by_test_id("nav-audit").click()

    newest = page.locator("[data-action='kill_switch.engage']").first
    expect(newest).to_contain_text(REASON)
    page.get_by_test_id("audit-text").fill("nothing is called that")
    page.get_by_test_id("audit-search").click()
    expect(page.get_by_test_id("empty-state")).to_contain_text("No entry fits")
    page.get_by_test_id("audit-show-all").click()
    expect(newest).to_be_visible()
    with page.expect_download() as download:
        page.get_by_test_id("audit-csv").click()
    assert REASON in download.value.path().read_text()


def test_an_analyst_sees_it_without_a_way_to_release_it(
    studio: RunningStudio, admin: Actor, stranger: Page
) -> None:
    accounts = Accounts(studio.control.database, studio.control.clock, session_hours=1)
    accounts.create_account(admin, "Ann the analyst", PASSWORD, Role.ANALYST)
    engage(studio.control, admin, REASON)

    stranger.goto("/login?next=/audit")
    sign_in(stranger, "Ann the analyst", PASSWORD)

    expect(stranger.get_by_test_id("switch-banner")).to_have_attribute("data-state", "engaged")
    expect(stranger.get_by_test_id("switch-reason")).to_have_text(REASON)
    expect(stranger.get_by_test_id("release-switch")).to_have_count(0)
    expect(stranger.get_by_test_id("halt-menu")).to_have_count(0)
    expect(stranger.get_by_test_id("nav-audit")).to_have_count(0)
    expect(stranger.get_by_test_id("empty-state")).to_contain_text(re.compile("may not read the audit log"))
