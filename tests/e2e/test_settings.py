"""An admin rolls everything back to phase 0 and out again, phase by phase, in the browser; others are refused, with the reason."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect

from studio.services.accounts import Accounts
from tasks.access import Actor, Role
from tasks.control.settings import settings_in_force
from tasks.halt.keys import BEAT_KEY
from tests.e2e.chromium import new_window
from tests.e2e.conftest import OpenTab
from tests.e2e.running_studio import RunningStudio
from tests.e2e.sign_in import sign_in
from tests.integration.installation import eventually

OFF = "Off"
FLAGS_BY_PHASE = {
    2: ["orchestration_crew_adapter_enabled"],
    3: ["orchestration_schedule_enabled"],
    4: ["orchestration_fusion_enabled"],
    5: ["orchestration_studio_enabled", "orchestration_workflow_versioning_enabled"],
    6: ["orchestration_kill_propagation_enabled"],
}


def flip_phase(page: Page, number: int) -> None:
    """Open a phase, switch its flags on, say why, and wait until it is in force."""
    page.get_by_test_id(f"phase-{number}").click()
    for name in FLAGS_BY_PHASE[number]:
        page.get_by_test_id(f"switch-{name}").click()
        expect(page.get_by_test_id(f"value-{name}")).to_have_text("On")
    page.get_by_test_id("flip-reason").fill(f"phase {number} of the drill")
    page.get_by_test_id("flip").click()
    expect(page.get_by_test_id("settings-done")).to_contain_text("in force", timeout=30_000)
    expect(page.get_by_test_id("check-kill-switch")).to_have_attribute("data-ok", "true")
    expect(page.get_by_test_id(f"phase-{number}")).to_have_attribute("data-state", "done")


def test_an_admin_takes_an_installation_back_to_phase_0_and_through_all_phases(
    page: Page, studio: RunningStudio, admin: Actor
) -> None:
    page.goto("/settings")
    page.get_by_test_id("full-revert").click()
    page.get_by_test_id("revert-reason").fill("drill: full revert")
    page.get_by_test_id("revert-confirm").click()
    expect(page.get_by_test_id("settings-done")).to_contain_text("back at its default")
    live = settings_in_force(studio.control).live
    assert not any(getattr(live, name) for names in FLAGS_BY_PHASE.values() for name in names)
    expect(page.get_by_test_id("phase-3")).to_have_attribute("data-state", "next")

    # Beat has its first tick ten seconds after it has started.
    eventually(lambda: studio.control.redis.exists(BEAT_KEY))
    for number in FLAGS_BY_PHASE:
        flip_phase(page, number)

    live = settings_in_force(studio.control).live
    assert all(getattr(live, name) for names in FLAGS_BY_PHASE.values() for name in names)
    expect(page.get_by_test_id("settings-history")).to_contain_text("phase 6 of the drill")
    expect(page.get_by_test_id("settings-history")).to_contain_text("drill: full revert")


def test_a_flip_shows_in_another_tab_by_itself(page: Page, open_tab: OpenTab, studio: RunningStudio) -> None:
    other = open_tab()
    for tab in (page, other):
        tab.goto("/settings")
        tab.get_by_test_id("phase-4").click()
        expect(tab.get_by_test_id("value-orchestration_fusion_enabled")).to_have_text("On")

    page.get_by_test_id("switch-orchestration_fusion_enabled").click()
    page.get_by_test_id("flip-reason").fill("back for a moment")
    page.get_by_test_id("flip").click()
    expect(page.get_by_test_id("settings-done")).to_be_visible()

    expect(other.get_by_test_id("value-orchestration_fusion_enabled")).to_have_text(OFF, timeout=5_000)
    assert not settings_in_force(studio.control).live.orchestration_fusion_enabled
    flip_phase(page, 4)


def test_an_operator_sees_everything_and_can_change_nothing(
    browser: Browser, studio: RunningStudio, admin: Actor
) -> None:
    accounts = Accounts(studio.control.database, studio.control.clock)
    accounts.create_account(admin, "Settings Operator", "a sentence for operators", Role.OPERATOR)
    context = new_window(browser, studio.base_url, None)
    page = context.new_page()
    page.goto("/login")
    sign_in(page, "Settings Operator", "a sentence for operators")
    page.wait_for_url(re.compile(r"/$"))

    page.goto("/settings")

    expect(page.get_by_test_id("settings-read-only")).to_contain_text("operator")
    expect(page.get_by_test_id("switch-orchestration_kill_propagation_enabled")).to_be_disabled()
    expect(page.get_by_test_id("full-revert")).to_have_count(0)
    context.close()
