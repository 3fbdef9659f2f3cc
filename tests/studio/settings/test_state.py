"""The settings page in a tab: staging, flipping behind checks, overriding in writing, and the full revert."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from studio.pages.settings.state import SettingsState
from studio.wiring import serving
from tasks.control.rollout import checks
from tasks.control.settings import settings_in_force
from tests.studio.conftest import Office
from tests.studio.tabs import open_tab, state_of

FUSION = "orchestration_fusion_enabled"


@pytest.fixture
async def page(office: Office, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SettingsState]:
    """The page, with the checks that need workers and a database file of their own answered."""
    for name in ("migration", "workers", "beat"):
        title, command, _ = checks._CHECKS[name]
        monkeypatch.setitem(checks._CHECKS, name, (title, command, lambda _c, _r: (True, "as told")))
    async with serving(office.container):
        state = state_of(open_tab(office, "/settings"), SettingsState)
        await state.open()
        yield state


async def flip(page: SettingsState) -> None:
    """Press the button."""
    async for _ in page.flip():
        pass


async def test_it_opens_on_the_phase_that_comes_next(page: SettingsState) -> None:
    assert page.loaded
    assert [line.state for line in page.phases][:4] == ["done", "done", "optional", "next"]
    assert page.text.number == 3
    assert [card.name for card in page.cards] == ["orchestration_schedule_enabled"]


async def test_a_flip_is_staged_explained_checked_and_in_force(page: SettingsState, office: Office) -> None:
    await page.choose_phase(4)
    await page.want(FUSION, "true")
    assert page.staged_count == 1
    assert "risk gate still decides" in page.effects[0]

    page.write_reason("phase 4")
    await flip(page)

    assert settings_in_force(office.container.control).live.orchestration_fusion_enabled
    assert "in force" in page.done
    assert page.staged_count == 0
    assert {check.name for check in page.checks} >= {"risk-gate", "regression"}
    assert (page.history[0].title, page.history[0].change) == ("Fusion", "default → On")
    assert page.cards[0].is_on


async def test_staging_what_is_there_already_is_nothing(page: SettingsState) -> None:
    await page.choose_phase(4)
    await page.want(FUSION, "true")
    await page.want(FUSION, "false")

    assert page.staged_count == 0
    assert page.effects == []


async def test_a_failed_check_blocks_and_nothing_staged_is_lost(
    page: SettingsState, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    title, command, _ = checks._CHECKS["risk-gate"]
    monkeypatch.setitem(checks._CHECKS, "risk-gate", (title, command, lambda _c, _r: (False, "2 went wrong")))
    await page.choose_phase(4)
    await page.want(FUSION, "true")
    page.write_reason("phase 4")

    await flip(page)
    assert page.blocked
    assert "2 went wrong" in page.problem
    assert (page.staged_count, page.reason) == (1, "phase 4")
    assert not settings_in_force(office.container.control).live.orchestration_fusion_enabled
    page.write_override("agreed with risk")
    await flip(page)

    assert settings_in_force(office.container.control).live.orchestration_fusion_enabled


async def test_a_bad_number_is_refused_by_field(page: SettingsState) -> None:
    await page.choose_phase(2)
    await page.want("orchestration_max_debate_rounds", "many")
    page.write_reason("why")

    await flip(page)

    assert "whole number" in page.problem
    assert page.staged_count == 1


async def test_another_tabs_flip_shows_and_keeps_what_is_staged_here(
    page: SettingsState, office: Office
) -> None:
    await page.choose_phase(2)
    await page.want("orchestration_max_debate_rounds", "4")
    other = state_of(open_tab(office, "/settings"), SettingsState)
    await other.open()
    await other.choose_phase(4)
    await other.want(FUSION, "true")
    other.write_reason("phase 4")
    await flip(other)

    await page.look()

    assert page.history[0].title == "Fusion"
    assert page.phases[4].state == "done"
    assert page.staged_count == 1
    assert {card.name: card.wanted for card in page.cards}["orchestration_max_debate_rounds"] == "4"


async def test_everything_is_taken_back_in_one_act(page: SettingsState, office: Office) -> None:
    await page.choose_phase(4)
    await page.want(FUSION, "true")
    page.write_reason("phase 4")
    await flip(page)

    page.write_revert_reason("drill")
    await page.revert()

    assert not settings_in_force(office.container.control).live.orchestration_fusion_enabled
    assert "back at its default" in page.done
    assert page.history[0].why == "drill"
