"""Schedules in a browser: one is written with its meaning beside it, comes, is paused, changed and taken away."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from studio.services.accounts import Accounts
from tasks.access import Actor, Role
from tests.e2e.drawings import copy_of
from tests.e2e.running_studio import RunningStudio
from tests.e2e.sign_in import sign_in

PATIENCE = 60_000
"""Milliseconds: the shortest interval is ten seconds, and a run must have started then."""
PASSWORD = "a sentence for Otto"


def drawn(studio: RunningStudio, admin: Actor, name: str) -> str:
    return copy_of(studio.control, admin, "trader.trend_filter", name)


def test_a_schedule_is_written_starts_a_run_and_is_paused_changed_and_deleted(
    studio: RunningStudio, admin: Actor, page: Page
) -> None:
    workflow = drawn(studio, admin, "trader.by_the_clock")
    page.goto("/")
    page.get_by_test_id("nav-schedules").click()
    page.get_by_test_id("new-schedule").click()
    page.get_by_test_id("schedule-workflow").fill(workflow)
    page.get_by_test_id("schedule-timezone").fill("America/New_York")
    expect(page.get_by_test_id("rhythm-words")).to_have_text("At 13:30 on Monday through Friday")
    expect(page.get_by_test_id("rhythm-times").get_by_role("listitem")).to_have_count(10)
    page.get_by_test_id("schedule-cron").fill("0 25 * * *")
    expect(page.get_by_test_id("rhythm-problem")).to_contain_text("hour")
    page.get_by_test_id("schedule-kind").click()
    page.get_by_role("option", name="At an interval").click()
    page.get_by_test_id("schedule-unit").click()
    page.get_by_role("option", name="seconds").click()
    page.get_by_test_id("schedule-every").fill("3")
    page.get_by_test_id("schedule-save").click()
    expect(page.get_by_test_id("schedule-problem")).to_contain_text("10 to")
    page.get_by_test_id("schedule-every").fill("10")
    expect(page.get_by_test_id("rhythm-words")).to_have_text("Every 10 seconds")
    page.get_by_test_id("schedule-save").click()

    row = page.get_by_test_id(f"row-{workflow}")
    expect(row).to_contain_text("Every 10 seconds")
    expect(row.get_by_role("link", name=re.compile("ago|just now"))).to_be_visible(timeout=PATIENCE)
    page.get_by_test_id(f"pause-{workflow}").click()
    expect(row).to_contain_text("It is paused.")

    page.get_by_test_id(f"edit-{workflow}").click()
    expect(page.get_by_test_id("schedule-every")).to_have_value("10")
    page.get_by_test_id("schedule-every").fill("7200")
    page.get_by_test_id("schedule-save").click()
    expect(row).to_contain_text("Every 2 hours")
    expect(row).to_contain_text("It is paused.")
    page.get_by_test_id(f"resume-{workflow}").click()
    expect(row).not_to_contain_text("paused")
    page.get_by_test_id(f"times-of-{workflow}").click()
    expect(page.get_by_test_id(f"times-{workflow}").get_by_role("listitem")).to_have_count(10)

    page.get_by_test_id(f"delete-{workflow}").click()
    page.get_by_test_id("delete-schedule-confirm").click()
    expect(row).to_have_count(0)


def test_an_operator_may_pause_a_schedule_and_nothing_else(
    studio: RunningStudio, admin: Actor, page: Page, stranger: Page
) -> None:
    workflow = drawn(studio, admin, "trader.for_otto")
    accounts = Accounts(studio.control.database, studio.control.clock, session_hours=1)
    accounts.create_account(admin, "Otto", PASSWORD, Role.OPERATOR)
    page.goto("/schedules")
    page.get_by_test_id("new-schedule").click()
    page.get_by_test_id("schedule-workflow").fill(workflow)
    page.get_by_test_id("schedule-save").click()
    expect(page.get_by_test_id("schedules-done")).to_be_visible()

    stranger.goto("/login?next=/schedules")
    sign_in(stranger, "Otto", PASSWORD)
    expect(stranger.get_by_test_id("new-schedule")).to_be_disabled()
    expect(stranger.get_by_test_id(f"edit-{workflow}")).to_have_count(0)
    stranger.get_by_test_id(f"pause-{workflow}").click()

    expect(stranger.get_by_test_id(f"row-{workflow}")).to_contain_text("It is paused.")
    expect(stranger.get_by_test_id(f"resume-{workflow}")).to_have_count(0)
    # The other one's page follows by itself.
    expect(page.get_by_test_id(f"row-{workflow}")).to_contain_text("It is paused.")
