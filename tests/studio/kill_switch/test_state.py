"""The kill switch on a page: looked at by a beat, released with a password that is never kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from reflex.state import State
from reflex_base.event import Event

from studio.access import SWITCH_BEAT, SignInGate
from studio.kill_switch.state import KillSwitchState
from studio.session_state import session_of
from studio.wiring import serving
from tasks.access import Role
from tasks.control.context import build_control
from tasks.control.switch import engage, switch_status
from tests.studio.conftest import NAME, PASSWORD, Office
from tests.studio.tabs import open_tab, state_of
from tests.tasks.broken_database import BrokenDatabase


@pytest.fixture
async def tab(office: Office, clean_redis_url: str) -> AsyncIterator[tuple[State, Office]]:
    """A tab of the admin on a server with a Redis of its own."""
    settings = office.container.settings.model_copy(update={"redis_url": clean_redis_url})
    control = build_control(settings, database=office.container.database, clock=office.clock)
    served = replace(office, container=replace(office.container, control=control))
    async with serving(served.container):
        yield open_tab(office), served


async def test_a_look_shows_who_engaged_it_and_sends_nothing_when_nothing_changed(
    tab: tuple[State, Office],
) -> None:
    root, office = tab
    page = state_of(root, KillSwitchState)
    await page.look()
    assert page.switch.state == "released"
    admin = office.container.accounts.sign_in(NAME, PASSWORD, address="x").actor
    engage(office.container.control, admin, "Storm")

    await page.look()
    root._clean()
    await page.look()

    assert (page.switch.state, page.switch.who, page.switch.reason) == ("engaged", NAME, "Storm")
    assert "switch" not in page.dirty_vars


async def test_a_wrong_password_is_said_and_the_right_one_releases(tab: tuple[State, Office]) -> None:
    root, office = tab
    admin = office.container.accounts.sign_in(NAME, PASSWORD, address="x").actor
    engage(office.container.control, admin, "Storm")
    page = state_of(root, KillSwitchState)
    await page.look()
    page.ask_release()
    page.write_reason("Over")

    await page.send_release({"password": "guess"})
    wrong = (page.problem, page.asking, switch_status(office.container.control).state)
    await page.send_release({"password": PASSWORD})

    assert wrong == ("This is not your password.", "release", "engaged")
    assert (page.asking, page.switch.state) == ("", "released")
    assert switch_status(office.container.control).reason == "Over"
    assert PASSWORD not in str(root.dict())


async def test_without_a_reason_nothing_is_sent(tab: tuple[State, Office]) -> None:
    root, office = tab
    admin = office.container.accounts.sign_in(NAME, PASSWORD, address="x").actor
    engage(office.container.control, admin, "Storm")
    page = state_of(root, KillSwitchState)
    page.ask_release()
    page.write_reason("  ")

    await page.send_release({"password": PASSWORD})

    assert switch_status(office.container.control).state == "engaged"


async def test_what_engaging_would_stop_is_counted(tab: tuple[State, Office]) -> None:
    page = state_of(tab[0], KillSwitchState)

    await page.ask_engage()

    assert (page.asking, page.counts) == ("engage", "Nothing is under way.")
    page.write_reason("Storm")
    assert not page.ready
    page.write_typed("HALT")
    assert page.ready


async def test_while_nobody_can_be_looked_up_the_beat_is_answered_by_not_known(
    tab: tuple[State, Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, office = tab
    page = state_of(root, KillSwitchState)
    await page.look()
    root._clean()
    away = BrokenDatabase(office.container.database)
    monkeypatch.setattr(office.container.accounts, "_database", away)
    office.container.accounts._known.forget(session_of(root))

    update = await SignInGate().preprocess(None, root, Event(name=f"state.{SWITCH_BEAT}"))  # pyright: ignore[reportArgumentType]

    assert update is not None
    told = next(values for name, values in update.delta.items() if name.endswith("kill_switch_state"))
    assert any("unknown" in str(value) for value in told.values())
    assert Role.ADMIN.value not in str(update.delta)


def test_the_beat_is_the_look_of_the_state() -> None:
    assert f"{KillSwitchState.get_name()}.look".endswith(SWITCH_BEAT)
