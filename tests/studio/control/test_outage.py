"""Halting while the database is away: who was signed in still can, the halt goes out, and nothing is called proved."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from reflex.state import State
from reflex_base.event import Event

from runtime.desks import DESKS
from runtime.errors import Unavailable
from runtime.ids import RunId
from runtime.settings import Settings
from studio.access import SignInGate
from studio.everything.state import EverythingState
from studio.kill_switch.state import KillSwitchState
from studio.run_view.halt_state import UNCOUNTED, HaltState
from studio.services.accounts import hash_token
from studio.services.known_sessions import TRUST_SECONDS
from studio.session_state import actor_of
from studio.wiring import serving
from tasks.access import Permission, require
from tasks.control.context import build_control
from tasks.control.settings import open_local_rollout
from tasks.halt.keys import run_halt_key
from tests.studio.conftest import Office
from tests.studio.tabs import open_tab, state_of
from tests.tasks.broken_database import BrokenDatabase
from tests.tasks.desk_rows import under_way
from tests.tasks.desks import probe


@dataclass(frozen=True, kw_only=True)
class Outage:
    """An office whose database is away, and a run that was under way before."""

    office: Office
    database: BrokenDatabase
    run_id: str
    tab: State


pytestmark = pytest.mark.usefixtures("unlocked")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up looking soon: nothing is proved here."""
    for module in ("run_view.halt_state", "everything.state", "kill_switch.state"):
        monkeypatch.setattr(f"studio.{module}.LOOKS", 2)


@pytest.fixture
async def outage(
    office: Office, clean_redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Outage]:
    """Everything works, somebody is signed in, a session trades; then the database goes away."""
    probe.install(monkeypatch, *DESKS[:-1])
    database: Any = BrokenDatabase(office.container.database)
    database.broken = False
    settings = Settings(home=tmp_path, redis_url=clean_redis_url)
    control = build_control(settings, database=database, clock=office.clock)
    open_local_rollout(control)
    run_id = under_way(control, "paper")
    container = replace(office.container, settings=settings, control=control)
    monkeypatch.setattr(container.accounts, "_database", database)
    async with serving(container):
        tab = open_tab(office, "/control")
        await actor_of(tab)
        database.broken = True
        office.clock.advance(TRUST_SECONDS)
        yield Outage(office=replace(office, container=container), database=database, run_id=run_id, tab=tab)
        database.broken = False


async def test_the_gate_lets_who_was_signed_in_through_for_halting_only(outage: Outage) -> None:
    assert await SignInGate().preprocess(None, outage.tab, Event(name="anything")) is None  # pyright: ignore[reportArgumentType]

    actor = await actor_of(outage.tab)

    require(actor, Permission.HALT_ALL)
    with pytest.raises(Unavailable, match="only halting works"):
        require(actor, Permission.DRAW)


async def test_one_run_is_halted_by_its_key_and_nothing_is_called_proved(outage: Outage) -> None:
    halt = state_of(outage.tab, HaltState)

    halt.ask_desk_run("paper", outage.run_id)
    halt.write_reason("Drill")
    await HaltState.event_handlers["confirm"].fn(halt)

    assert outage.office.container.control.redis.get(run_halt_key(RunId(outage.run_id))) == "Drill"
    assert (halt.problem, halt.result.proved) == ("", False)
    assert "database" in halt.result.sentence


async def test_a_desk_is_halted_though_nobody_can_count_what_runs(outage: Outage) -> None:
    halt = state_of(outage.tab, HaltState)

    await halt.ask_desk("paper")

    assert (halt.open, halt.counts, halt.nothing) == (True, UNCOUNTED, False)
    halt.write_reason("Drill")
    halt.write_typed("HALT")
    assert halt.ready
    await HaltState.event_handlers["confirm"].fn(halt)
    assert (halt.problem, halt.result.proved) == ("", False)


async def test_everything_is_halted_and_the_switch_engaged_and_the_screen_says_what_is_not_written(
    outage: Outage,
) -> None:
    dialog = state_of(outage.tab, EverythingState)

    await dialog.ask()

    assert (dialog.open, dialog.uncounted, dialog.counts) == (True, UNCOUNTED, [])
    dialog.write_reason("Drill")
    dialog.write_typed("HALT")
    await EverythingState.event_handlers["confirm"].fn(dialog)
    control = outage.office.container.control
    assert control.redis.get(control.settings.risk_kill_switch_key) == "Drill"
    assert (dialog.problem, dialog.result.proved) == ("", False)


async def test_the_switch_is_engaged_from_its_own_dialog_too(outage: Outage) -> None:
    switch = state_of(outage.tab, KillSwitchState)

    await switch.look()
    assert switch.switch.state == "unknown"
    await switch.ask_engage()
    assert (switch.asking, switch.counts) == ("engage", UNCOUNTED)
    switch.write_reason("Drill")
    switch.write_typed("HALT")
    await KillSwitchState.event_handlers["send_engage"].fn(switch)

    control = outage.office.container.control
    assert control.redis.get(control.settings.risk_kill_switch_key) == "Drill"
    assert (switch.problem, switch.result.proved) == ("", False)


async def test_a_session_that_is_signed_out_during_the_outage_may_nothing_more(outage: Outage) -> None:
    accounts = outage.office.container.accounts

    with pytest.raises(Unavailable):
        accounts.sign_out(hash_token(outage.office.token))

    with pytest.raises(Unavailable):
        accounts.actor(hash_token(outage.office.token))
