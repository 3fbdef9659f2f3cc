"""What the control room says of lanes, halts and workers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from persistence.everything_halts import EverythingHalt, HaltPart
from persistence.halts import HaltItem
from runtime.desks import DeskName
from runtime.ids import HaltId, RunId, SpecName
from studio.everything.views import EverythingView, everything_view
from studio.pages.control.tab_views import UNKNOWN, halt_entries, watchdog_view, workers_view
from studio.pages.control.views import lane_view, room_sentence
from studio.pages.desk_run.result import facts, result_preview
from tasks.control.control_room import Lane, RoomRun
from tasks.control.halt_everything import EverythingState, LaneHalt
from tasks.control.halts import HaltRecord
from tasks.control.watchdog import Candidate, Health
from tasks.control.workers import WorkerProcess, WorkForce
from tests.studio.run_view.frames import START
from tests.studio.run_view.test_halts import item

TITLES: dict[DeskName, str] = {"paper": "Paper trading", "workflows": "Workflows"}
REFUSED = "Nothing was halted: kill propagation is off."


def room_run(**changes: Any) -> RoomRun:
    values: dict[str, Any] = {
        "run_id": RunId("0123456789ab"), "desk": "paper", "name": "session", "kind": "session", "status": "running",
        "active": True, "owner": None, "owner_name": "ann", "created_at": START, "started_at": START, "progress": 0.42,
        "note": "bar 7", "cost_usd": 0.0, "holds": "1 open order", "halt": None, "reason": "",
    }  # fmt: skip
    return RoomRun(**values | changes)


def lane_halt(desk: DeskName = "paper", *items: HaltItem, **changes: Any) -> LaneHalt:
    values: dict[str, Any] = {"desk": desk, "part": HaltPart(halt_id=HaltId("h1")), "items": items}
    return LaneHalt(**values | changes)


def everything(*lanes: LaneHalt, switch: HaltPart | None = None, written: bool = True) -> EverythingState:
    part = switch or HaltPart(halt_id=HaltId("h0"))
    halt = EverythingHalt(
        id=HaltId("all"), reason="fat finger drill", actor_id=None, actor_name="ops", requested_at=START,
        parts={"kill_switch": part, **{lane.desk: lane.part for lane in lanes}},
    )  # fmt: skip
    return EverythingState(halt=halt, switch=part, switch_written=written, lanes=lanes)


def test_a_running_run_shows_what_it_does_and_what_it_holds() -> None:
    card = lane_view(Lane(desk="paper", active=1, runs=(room_run(),))).cards[0]

    assert (card.progress, card.note, card.holds, card.short_id) == (
        "42%",
        "bar 7",
        "1 open order",
        "01234567",
    )
    assert (card.address, card.cost, card.was_halted) == ("/control/paper/0123456789ab", "", False)


def test_a_halted_run_shows_its_times_and_why_and_no_progress() -> None:
    halted = room_run(
        status="halted", active=False, halt=item("proved", ack=4, effect=18), reason="Drill", progress=0.42
    )

    card = lane_view(Lane(desk="paper", runs=(halted,))).cards[0]

    assert (card.was_halted, card.reason, card.progress) == (True, "Drill", "")
    assert (card.times.acknowledged, card.times.last_effect) == ("4 ms", "18 ms")


def test_what_is_not_shown_is_counted() -> None:
    lanes = (Lane(desk="paper", active=30, runs=(room_run(), room_run(status="halting", active=False))),)

    view = lane_view(lanes[0])

    assert (view.active, view.more, view.halting) == (30, 29, 1)
    assert room_sentence(lanes) == "30 under way, 1 halting"
    assert room_sentence(()) == "Nothing runs"


def test_a_workflow_opens_on_its_own_page_and_waits_as_asked_for() -> None:
    flow = room_run(desk="workflows", status="pending", progress=None, started_at=None)

    card = lane_view(Lane(desk="workflows", active=1, runs=(flow,))).cards[0]

    assert (card.address, card.waits, card.progress) == ("/runs/0123456789ab", True, "")


def test_everything_is_called_stopped_only_when_every_lane_is_proved() -> None:
    busy = everything_view(everything(lane_halt("paper", item("acknowledged", ack=2))), TITLES)
    done = everything_view(everything(lane_halt("paper", item("proved", ack=2, effect=18))), TITLES)

    assert (busy.proved, busy.settled, busy.lanes[0].tone) == (False, False, "busy")
    assert busy.sentence.startswith("0 of 1 lanes proved stopped, 0 of 1 runs.")
    assert (done.proved, done.settled, done.lanes[0].tone) == (True, True, "ok")
    assert (
        done.sentence == "All 1 lanes have stopped, proved: 1 run, last side effect 18 ms after the request."
    )
    assert done.short == "1 of 1 lanes proved stopped, last side effect 18 ms after the request"


def test_with_propagation_off_the_lane_is_amber_and_says_what_has_stopped_it() -> None:
    lane = lane_halt(
        "workflows", item("proved", ack=2, effect=5), part=HaltPart(refused=REFUSED), by_switch=1
    )

    view = everything_view(everything(lane), TITLES)

    assert (view.proved, view.lanes[0].tone) == (True, "warn")
    assert view.lanes[0].words == (
        "Propagation is off: this lane sent no halt. The kill switch stops workflows all the same: 1 run stopped, proved."
    )


@pytest.mark.parametrize(
    ("lane", "switch", "tone", "words"),
    [
        (lane_halt(part=HaltPart(failed="It broke.")), None, "bad", "Not halted by this lane: It broke."),
        (
            lane_halt("workflows", part=HaltPart(refused=REFUSED), switched=False),
            HaltPart(failed="Away."),
            "warn",
            "Not halted: propagation is off, and the kill switch may not be engaged.",
        ),
        (lane_halt(row_written=False), None, "warn", "The workers have been told; the database has not taken it yet."),
        (lane_halt(), None, "ok", "Nothing was running."),
    ],
)  # fmt: skip
def test_each_lane_says_what_became_of_it(
    lane: LaneHalt, switch: HaltPart | None, tone: str, words: str
) -> None:
    view = everything_view(everything(lane, switch=switch), TITLES)

    assert (view.lanes[0].tone, view.lanes[0].words) == (tone, words)
    assert view.proved == (tone == "ok")


def test_a_switch_that_may_not_be_engaged_is_never_called_engaged() -> None:
    view = everything_view(everything(lane_halt(), switch=HaltPart(failed="Nobody took it.")), TITLES)

    assert not view.switch_engaged
    assert "may not be engaged: Nobody took it." in view.sentence
    assert everything_view(None, TITLES) == EverythingView()


def test_the_parts_of_a_halt_of_everything_are_one_entry_of_the_list() -> None:
    def record(halt_id: str, scope: Any, seconds: int) -> HaltRecord:
        at = START + timedelta(seconds=seconds)
        return HaltRecord(id=HaltId(halt_id), scope=scope, reason="drill", actor_name="ann", requested_at=at)

    halts = [record("h2", "run", 9), record("h1", "paper", 0), record("h0", "kill_switch", 0)]

    entries = halt_entries(halts, [everything(lane_halt("paper", item("proved", ack=1)))], TITLES)

    assert [(entry.id, entry.what, entry.hit) for entry in entries] == [
        ("h2", "One run and what it started: 0", "0 runs"),
        ("all", "Everything", "1 run"),
    ]


def test_workers_are_named_with_what_they_execute_and_unknown_is_not_none() -> None:
    force = WorkForce(
        processes=(
            WorkerProcess(name="host:12:ab", runs=(RunId("r1"),)),
            WorkerProcess(name="host:13:cd", runs=()),
        ),
        queues={"default": 2},
    )

    view = workers_view(force, {RunId("r1"): ("rl", "policy")})

    assert [(line.name, line.what, line.address) for line in view.processes] == [
        ("host · process 12", "policy", "/control/rl/r1"),
        ("host · process 13", "", ""),
    ]
    assert [(queue.name, queue.waiting) for queue in view.queues] == [("default", 2)]
    assert workers_view(None, {}).unknown == UNKNOWN


def test_the_watchdog_says_who_is_silent_and_for_how_long_a_run_may_be() -> None:
    silent = Candidate(
        run_id=RunId("0123456789ab"), workflow_spec_name=SpecName("flow"), started_at=START, task_id=None,
        stalled_seconds=61.4, status="running",
    )  # fmt: skip
    health = Health(running=1, stalled_candidates=[silent], stall_threshold_seconds=300)

    view = watchdog_view(health)

    assert (view.threshold, view.last_look, view.silent[0].silent) == ("300 s", "", "61 s")
    assert watchdog_view(None, off="off").off == "off"


def test_a_result_is_figures_tables_and_charts_and_raw_only_where_it_must_be() -> None:
    shown = result_preview(
        {
            "sharpe": 1.25, "done": True, "nothing": None, "essay": "x" * 100,
            "limits": {"gross": 1.0, "name": "a"}, "folds": [{"fold": 1, "score": 0.5}, {"fold": 2}],
            "curve": [float(n) for n in range(20)], "symbols": ["AAPL", "MSFT"], "deep": {"a": {"b": {"c": 1}}},
            "per_symbol": {"AAPL": {"weight": 0.5}, "MSFT": {"weight": 0.5}}, "empty": [],
        }
    )  # fmt: skip

    assert [(metric.label, metric.value) for metric in shown.metrics] == [
        ("Sharpe", "1.250"),
        ("Done", "yes"),
    ]
    assert [table.title for table in shown.tables] == ["Limits", "Folds", "Symbols", "Per symbol"]
    assert shown.tables[1].rows == [["1", "0.5000"], ["2", "–"]]
    assert shown.tables[3].rows[0] == ["AAPL", "0.5000"]
    assert [chart.title for chart in shown.charts] == ["Curve"]
    assert [(text.title, text.code) for text in shown.texts] == [("Essay", False), ("Deep", True)]
    assert result_preview(None).is_empty


def test_a_config_is_a_list_of_names_and_values() -> None:
    assert [(fact.label, fact.value) for fact in facts({"run_name": "a", "universe": ["X", "Y"], "risk": {"a": 1}})] == [
        ("Run name", "a"),
        ("Universe", "X, Y"),
        ("Risk", '{"a": 1}'),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("1991-02-15T00:00:00+00:00", "1991-02-15"),
        ("1991-02-15T14:30:00+00:00", "1991-02-15 14:30:00+00:00"),
        ("2024-13-45T99", "2024-13-45T99"),
        ("an order, TBD", "an order, TBD"),
    ],
)
def test_a_moment_of_a_result_is_shown_as_one(told: str, shown: str) -> None:
    assert [metric.value for metric in result_preview({"current_time": told}).metrics] == [shown]
