"""Halting everything: the switch and every desk, whatever becomes of one of them, and never a word too much."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import redis

from persistence.controls import ControlRepository
from persistence.desk_runs import DeskRunRepository
from persistence.halts import HaltRepository
from persistence.models import DeskRunRow
from runtime.desks import DESKS
from runtime.errors import AccessDenied, InvalidValue, NotFound
from runtime.ids import RunId, UserId
from tasks.access import Actor, Reauthentication, Role
from tasks.control.context import Control
from tasks.control.halt_everything import (
    everything_status,
    halt_everything,
    lanes,
    recent_everything,
)
from tasks.control.reaper import reap
from tasks.control.settings import set_setting
from tasks.control.switch import release, switch_status
from tests.tasks.broken_database import BrokenDatabase
from tests.tasks.desk_rows import queued, under_way
from tests.tasks.desks import probe
from tests.tasks.runs import claimed, pending

ADMIN = Actor(id=UserId("admin"), name="ada", role=Role.ADMIN)
OPERATOR = Actor(id=UserId("op"), name="oli", role=Role.OPERATOR)
ANALYST = Actor(id=UserId("ann"), name="ann", role=Role.ANALYST)
PROPAGATION = "orchestration_kill_propagation_enabled"


@pytest.fixture(autouse=True)
def desks(monkeypatch: pytest.MonkeyPatch) -> None:
    """All six desks."""
    probe.install(monkeypatch, *DESKS[:-1])


@pytest.fixture
def control(control: Control) -> Control:
    """With a budget that a busy machine keeps as well."""
    return with_budget(control, 30.0)


def with_budget(control: Control, seconds: float) -> Control:
    pinned = {"orchestration_halt_check_timeout_seconds": seconds}
    return replace(control, settings=control.settings.model_copy(update=pinned))


def prove(control: Control, *runs: RunId) -> None:
    """Write, as a worker does, that these runs have done their last."""
    now = control.clock.now()
    with control.database.write() as session:
        for run in runs:
            HaltRepository(session).prove(run, last_effect_at=now, at=now)


def test_what_runs_on_any_desk_is_halted_and_each_lane_tells_its_own(control: Control) -> None:
    runs = {desk: under_way(control, desk) for desk in DESKS[:-1]}
    runs["workflows"] = claimed(control.database, control.clock.now()).run_id

    state = halt_everything(control, OPERATOR, "  Fat finger ", "HALT")

    assert [lane.desk for lane in state.lanes] == list(DESKS)
    assert {lane.desk: [item.run_id for item in lane.items] for lane in state.lanes} == {
        desk: [run] for desk, run in runs.items()
    }
    assert {lane.state for lane in state.lanes} == {"halting"}
    assert (state.halt.reason, state.proved) == ("Fat finger", False)
    assert switch_status(control).state == "engaged"
    prove(control, *runs.values())
    after = everything_status(control, ADMIN, state.halt.id)
    assert after.proved
    assert {lane.state for lane in after.lanes} == {"stopped"}


def test_nothing_to_halt_is_no_error_and_doing_it_twice_is_none_either(control: Control) -> None:
    first = halt_everything(control, ADMIN, "Drill", "HALT")
    second = halt_everything(control, ADMIN, "Drill", "HALT")

    assert first.proved
    assert second.proved
    assert [state.halt.id for state in recent_everything(control, ADMIN, limit=2)] == [
        second.halt.id,
        first.halt.id,
    ]
    assert all(lane.items == () for lane in second.lanes)


def test_what_waits_is_proved_at_once(control: Control) -> None:
    queued(control, "rl")
    pending(control.database, control.clock.now())

    state = halt_everything(control, ADMIN, "Drill", "HALT")

    assert state.proved
    assert {lane.desk for lane in state.lanes if lane.items} == {"rl", "workflows"}


def test_who_may_not_and_what_is_not_typed_is_refused_before_anything_is_done(control: Control) -> None:
    run = under_way(control, "paper")

    with pytest.raises(AccessDenied):
        halt_everything(control, ANALYST, "Drill", "HALT")
    with pytest.raises(InvalidValue, match="Type HALT"):
        halt_everything(control, OPERATOR, "Drill", "halt")
    with pytest.raises(InvalidValue, match="reason"):
        halt_everything(control, OPERATOR, "  ", "HALT")

    assert switch_status(control).state == "released"
    with control.database.read() as session:
        assert DeskRunRepository(session).is_halted(run) is False


def test_with_propagation_off_the_lane_sends_no_halt_and_says_that_the_switch_stopped_it(
    control: Control,
) -> None:
    set_setting(control, ADMIN, PROPAGATION, False, "test")
    run = claimed(control.database, control.clock.now()).run_id

    state = halt_everything(control, OPERATOR, "Drill", "HALT")

    lane = state.lanes[-1]
    assert "kill propagation is off" in lane.part.refused
    assert lane.part.halt_id is None
    assert ([item.run_id for item in lane.items], lane.by_switch, lane.state) == ([run], 1, "halting")
    prove(control, run)
    assert everything_status(control, ADMIN, state.halt.id).proved


# SQLite has one lock for everything: there one desk alone cannot be kept busy.
@pytest.mark.parametrize("database", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_one_desk_that_cannot_be_written_keeps_no_other_from_being_halted(control: Control) -> None:
    runs = {desk: under_way(control, desk) for desk in ("agents", "paper", "rl")}
    with control.database.write() as session:
        session.get(DeskRunRow, runs["paper"], with_for_update=True)
        state = halt_everything(with_budget(control, 2.0), OPERATOR, "Drill", "HALT")

        lane = {lane.desk: lane for lane in state.lanes}
        assert [item.run_id for item in lane["agents"].items] == [runs["agents"]]
        assert [item.run_id for item in lane["rl"].items] == [runs["rl"]]
        assert lane["paper"].state == "unwritten"
        assert not state.proved
    reap(control)
    later = everything_status(control, ADMIN, state.halt.id)
    assert [item.run_id for lane in later.lanes for item in lane.items if lane.desk == "paper"] == [
        runs["paper"]
    ]


def test_a_desk_that_breaks_says_so_in_its_lane(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("tasks.control.halt_everything.halt_workflows", broken)
    run = under_way(control, "bots")

    state = halt_everything(control, OPERATOR, "Drill", "HALT")

    assert (state.lanes[-1].state, state.proved) == ("failed", False)
    assert "ZeroDivisionError" in state.lanes[-1].part.failed
    assert [item.run_id for lane in state.lanes for item in lane.items] == [run]


@pytest.fixture
def cut_off(control: Control) -> Control:
    """The same, while the database is away."""
    return replace(control, database=BrokenDatabase(control.database))  # pyright: ignore[reportArgumentType]


def test_while_the_database_is_away_everything_is_told_and_the_rows_follow(
    control: Control, cut_off: Control
) -> None:
    run = under_way(control, "paper")

    state = halt_everything(cut_off, ADMIN, "Storm", "HALT")

    assert (state.switch.failed, state.switch_written, state.proved) == ("", False, False)
    assert {lane.state for lane in state.lanes} == {"unwritten"}
    assert control.redis.exists(control.settings.risk_kill_switch_key)
    reap(control)
    with control.database.read() as session:
        assert DeskRunRepository(session).is_halted(run)


def test_what_neither_database_nor_redis_takes_is_called_a_failure(cut_off: Control) -> None:
    gone = redis.Redis.from_url("redis://127.0.0.1:1/0", decode_responses=True, socket_connect_timeout=0.1)

    state = halt_everything(replace(cut_off, redis=gone), ADMIN, "Storm", "HALT")

    assert "may not be engaged" in state.switch.failed
    assert {lane.state for lane in state.lanes} == {"failed"}
    assert not state.proved


def test_each_part_is_in_the_audit_log(control: Control) -> None:
    halt_everything(control, OPERATOR, "Drill", "HALT")

    with control.database.read() as session:
        entries = ControlRepository(session).audit()
    assert {"kill_switch.engage", "halt.agents", "halt.quant-agents", "halt.workflows"} <= {
        entry.action for entry in entries if entry.actor_name == "oli"
    }


def test_after_the_release_a_halt_of_everything_is_still_on_record(control: Control) -> None:
    state = halt_everything(control, ADMIN, "Drill", "HALT")
    release(control, ADMIN, "Over", Reauthentication(user_id=ADMIN.id, at=control.clock.now()))

    assert everything_status(control, OPERATOR, state.halt.id).halt == state.halt
    with pytest.raises(NotFound, match="nothing-here"):
        everything_status(control, OPERATOR, "nothing-here")


def test_the_desks_that_can_be_halted_are_those_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    probe.install(monkeypatch, "paper")

    assert lanes() == ["paper", "workflows"]
