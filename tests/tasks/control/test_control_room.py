"""The control room says what is the case on every desk, and asks no table that it need not ask."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from persistence.desk_runs import DeskRunRecord
from persistence.halts import HaltRepository
from runtime.desks import DESKS
from runtime.ids import RunId, UserId
from tasks.access import Actor, Role
from tasks.control.context import Control
from tasks.control.control_room import CARDS, HALTED_STAYS, Lane, RoomRun, control_room
from tasks.control.desk_halts import halt_desk, halt_desk_run
from tasks.control.settings import set_setting
from tasks.control.workers import presence, work_force
from tasks.desks.registry import desk_named
from tasks.halt.keys import worker_key
from tests.fakes import FakeClock
from tests.tasks.desk_rows import queued, under_way
from tests.tasks.desks import probe
from tests.tasks.runs import claimed, pending

ADMIN = Actor(id=UserId("admin"), name="ada", role=Role.ADMIN)
VIEWER = Actor(id=UserId("vic"), name="vic", role=Role.VIEWER)
STUDIO = "orchestration_studio_enabled"


@pytest.fixture(autouse=True)
def desks(monkeypatch: pytest.MonkeyPatch) -> None:
    """All six desks."""
    probe.install(monkeypatch, *DESKS[:-1])


def lane(control: Control, desk: str) -> Lane:
    return next(each for each in control_room(control, VIEWER) if each.desk == desk)


def run(control: Control, desk: str, run_id: RunId) -> RoomRun | None:
    return next((each for each in lane(control, desk).runs if each.run_id == run_id), None)


def test_every_desk_has_a_lane_in_the_order_of_fronts_and_nothing_is_an_empty_lane(control: Control) -> None:
    assert [(each.desk, each.active, each.runs) for each in control_room(control, VIEWER)] == [
        (desk, 0, ()) for desk in DESKS
    ]


def test_what_runs_and_what_waits_stands_in_its_lane(control: Control) -> None:
    running, waiting = under_way(control, "paper", name="session", by="ann"), queued(control, "paper")
    flow = pending(control.database, control.clock.now(), created_by="ann")

    paper, workflows = lane(control, "paper"), lane(control, "workflows")

    assert paper.active == 2
    assert {each.run_id: each.status for each in paper.runs} == {running: "running", waiting: "pending"}
    card = run(control, "paper", running)
    assert card is not None
    assert (card.name, card.owner, card.active, card.progress) == ("session", "ann", True, 0.0)
    assert [(each.run_id, each.status, each.owner) for each in workflows.runs] == [(flow, "pending", "ann")]


def test_a_halted_run_is_halting_until_it_is_proved_and_stays_for_ten_minutes(control: Control) -> None:
    clock = FakeClock(control.clock.now())
    room = replace(control, clock=clock)
    target = under_way(room, "rl")
    halt_desk_run(room, ADMIN, "rl", target, "Drill")

    halting = run(room, "rl", target)
    assert halting is not None
    assert (halting.status, halting.active, halting.reason) == ("halting", False, "Drill")
    clock.advance(HALTED_STAYS.total_seconds() + 60)
    # What is not proved is never taken off the screen.
    assert run(room, "rl", target) is not None
    with control.database.write() as session:
        HaltRepository(session).prove(target, last_effect_at=clock.now(), at=clock.now())
    assert run(room, "rl", target) is None
    clock.advance(-2 * HALTED_STAYS.total_seconds())
    halted = run(room, "rl", target)
    assert halted is not None
    assert (halted.status, halted.halt is not None) == ("halted", True)


def test_more_runs_than_cards_are_counted_all_the_same(control: Control) -> None:
    for _ in range(CARDS + 2):
        queued(control, "bots")
    halt_desk(control, ADMIN, "bots", "Drill")
    left = queued(control, "bots")

    bots = lane(control, "bots")

    assert (bots.active, len(bots.runs), bots.runs[0].run_id) == (1, CARDS, left)


def test_a_desk_says_what_its_running_runs_hold(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    def holds(_desk: object, _control: Control, record: DeskRunRecord) -> str:
        return f"{record.summary.name}: 2 open orders"

    monkeypatch.setattr(desk_named("paper"), "holds", classmethod(holds))
    running, waiting = under_way(control, "paper", name="session"), queued(control, "paper")

    held = {each.run_id: each.holds for each in lane(control, "paper").runs}

    assert held == {running: "session: 2 open orders", waiting: ""}


def test_what_a_workflow_told_last_comes_from_redis_and_is_missed_without_it(control: Control) -> None:
    target = claimed(control.database, control.clock.now()).run_id
    before = run(control, "workflows", target)
    control.redis.xadd(f"alphaswarm:run:{target}:events", {"frame": '{"message": "Waiting"}'})

    told = run(control, "workflows", target)

    assert before is not None
    assert told is not None
    assert (before.note, told.note) == ("", "Waiting")


def test_with_the_studio_off_no_table_of_the_workflows_is_asked(control: Control) -> None:
    claimed(control.database, control.clock.now())
    under_way(control, "agents")
    set_setting(control, ADMIN, STUDIO, False, "test")
    asked: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        room = control_room(control, VIEWER)
    finally:
        event.remove(Engine, "before_cursor_execute", note)

    assert asked
    assert not any(table in statement for statement in asked for table in ("workflow_", "run_dispatch"))
    assert (room[-1].runs, room[-1].active) == ((), 0)
    assert room[-1].off.startswith("The workflow studio is off")
    assert room[0].active == 1


def test_the_work_force_is_known_by_process_and_by_queue_or_not_at_all(control: Control) -> None:
    control.redis.set(worker_key("host:1:abc"), presence([RunId("r1")]), ex=10)
    control.redis.rpush("paper", "message")

    force = work_force(control, VIEWER)
    control.redis.connection_pool.disconnect()
    gone = replace(control, redis=type(control.redis).from_url("redis://127.0.0.1:1/0"))

    assert force is not None
    assert [(each.name, each.runs) for each in force.processes] == [("host:1:abc", ("r1",))]
    assert force.queues == {"default": 0, "agents": 0, "paper": 1, "training": 0, "backtest": 0}
    assert work_force(gone, VIEWER) is None
