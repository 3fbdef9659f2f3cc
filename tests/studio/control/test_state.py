"""The control room of a tab, on a real database: what it shows, what it keeps when the database is away, who it asks for."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runtime.desks import DESKS
from runtime.errors import NotFound
from runtime.settings import Settings
from studio.everything.state import EverythingState
from studio.pages.control.state import LOOK_SECONDS, ControlState
from studio.pages.desk_run.state import DeskRunState
from studio.run_view.halt_state import HaltState
from studio.wiring import serving
from tasks.control.context import build_control
from tasks.control.settings import open_local_rollout, set_setting
from tests.studio.conftest import NAME, PASSWORD, Office
from tests.studio.tabs import open_tab, state_of
from tests.tasks.broken_database import BrokenDatabase
from tests.tasks.desk_rows import queued, under_way
from tests.tasks.desks import probe

SECONDS = 2.0
"""How long a look goes on here."""


pytestmark = pytest.mark.usefixtures("unlocked")


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a look end soon."""
    for page in ("control", "desk_run"):
        monkeypatch.setattr(f"studio.pages.{page}.state.WATCH_SECONDS", SECONDS)


@pytest.fixture
async def room(
    office: Office, clean_redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Office]:
    """A web process with Redis, the rollout on and all six desks."""
    probe.install(monkeypatch, *DESKS[:-1])
    settings = Settings(home=tmp_path, redis_url=clean_redis_url)
    control = build_control(settings, database=office.container.database, clock=office.clock)
    open_local_rollout(control)
    container = replace(office.container, settings=settings, control=control)
    async with serving(container):
        yield replace(office, container=container)


async def looked(room: Office) -> ControlState:
    """Return the control room of a new tab after its looks."""
    state = state_of(open_tab(room, "/control"), ControlState)
    await look(state)
    return state


async def look(state: ControlState) -> None:
    await ControlState.event_handlers["watch"].fn(state)


async def test_each_lane_shows_what_is_its_own(room: Office) -> None:
    paper, agents = under_way(room.container.control, "paper"), queued(room.container.control, "quant-agents")

    state = await looked(room)

    assert [card.run_id for card in state.paper.cards] == [paper]
    assert [card.run_id for card in state.quant_agents.cards] == [agents]
    assert (state.loaded, state.problem, state.words) == (True, "", "2 under way")
    assert [queue.name for queue in state.workers.queues][:2] == ["default", "agents"]


async def test_a_look_ends_by_itself_and_sends_only_what_differs(room: Office) -> None:
    state = await looked(room)
    looks = [pause for pause in room.clock.slept if pause == LOOK_SECONDS]
    state._clean()  # pyright: ignore[reportPrivateUsage]  what Reflex does after it has sent

    await look(state)

    assert len(looks) == math.ceil(SECONDS / LOOK_SECONDS)
    assert not {"paper", "workflows", "last", "words"} & set(state.dirty_vars)


async def test_while_the_database_is_away_the_last_known_state_stays_and_is_called_old(
    room: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = under_way(room.container.control, "paper")
    state = await looked(room)
    away: Any = BrokenDatabase(room.container.database)
    gone = replace(room.container.control, database=away)
    monkeypatch.setattr("studio.pages.control.state.services", lambda: replace(room.container, control=gone))

    await look(state)

    assert [card.run_id for card in state.paper.cards] == [run]
    assert "it is away" in state.problem
    assert state.seen_at
    away.broken = False
    await look(state)
    assert state.problem == ""


async def test_with_the_studio_off_the_room_works_and_the_workflows_say_so(room: Office) -> None:
    control = room.container.control
    admin = room.container.accounts.sign_in(NAME, PASSWORD, address="x").actor
    set_setting(control, admin, "orchestration_studio_enabled", False, "test")
    under_way(control, "bots")

    state = await looked(room)

    assert state.bots.active == 1
    assert state.workflows.off.startswith("The workflow studio is off")


async def test_tabs_show_the_watchdog_and_the_halts(room: Office) -> None:
    state = state_of(open_tab(room, "/control"), ControlState)

    state.choose_tab("watchdog")
    await look(state)
    state.choose_tab("halts")
    await look(state)
    state.choose_tab("'; drop table")

    assert (state.watchdog.loaded, state.halts_loaded, state.tab) == (True, True, "workers")


async def test_a_desk_is_halted_from_its_dialog_with_the_typed_word(room: Office) -> None:
    queued(room.container.control, "rl")
    halt = state_of(open_tab(room, "/control"), HaltState)

    await halt.ask_desk("rl")
    halt.write_reason("Drill")
    without = halt.ready
    halt.write_typed("HALT")
    await HaltState.event_handlers["confirm"].fn(halt)

    assert (without, halt.counts) == (False, "1 run of this desk.")
    assert (halt.result.proved, len(halt.result.lines)) == (True, 1)
    with pytest.raises(NotFound, match="lr"):
        await halt.ask_desk("lr")


async def test_one_run_of_a_desk_needs_no_word(room: Office) -> None:
    run = queued(room.container.control, "agents")
    halt = state_of(open_tab(room, "/control"), HaltState)

    halt.ask_desk_run("agents", run)
    halt.write_reason("Drill")
    ready = halt.ready
    await HaltState.event_handlers["confirm"].fn(halt)

    assert ready
    assert halt.result.proved


async def test_everything_is_counted_halted_and_shown_again_by_its_id(room: Office) -> None:
    queued(room.container.control, "bots")
    dialog = state_of(open_tab(room, "/control"), EverythingState)

    await dialog.ask()
    counts = {count.desk: count.count for count in dialog.counts}
    dialog.write_reason("Drill")
    dialog.write_typed("HALT")
    await EverythingState.event_handlers["confirm"].fn(dialog)
    later = state_of(open_tab(room, "/control"), EverythingState)
    await EverythingState.event_handlers["show"].fn(later, dialog.result.id)

    assert (counts["bots"], counts["workflows"]) == (1, 0)
    assert (dialog.result.proved, dialog.ready) == (True, False)
    assert (later.open, later.result) == (True, dialog.result)


async def test_the_page_of_a_desk_run_follows_it_and_says_when_there_is_none(room: Office) -> None:
    run = under_way(room.container.control, "paper", name="session")
    state = state_of(open_tab(room, "/control/paper", desk="paper", run_id=run), DeskRunState)
    wrong = state_of(open_tab(room, "/control/rl", desk="rl", run_id=run), DeskRunState)

    await DeskRunState.event_handlers["follow"].fn(state)
    await DeskRunState.event_handlers["follow"].fn(wrong)

    assert (state.head.name, state.head.status, state.missing) == ("session", "running", "")
    assert run in wrong.missing
