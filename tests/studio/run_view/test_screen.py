"""What the screen says of a reading."""

from dataclasses import replace
from typing import Any

import pytest

from runtime.ids import RunId
from runtime.status import RunStatus
from studio.charts.model import Preview
from studio.run_view.follower import Reading
from studio.run_view.projection import advance
from studio.run_view.screen import (
    SMALL,
    canvas_message,
    head,
    inspection,
    log_rows,
    refs_of,
    report_refs,
    shown_status,
)
from studio.run_view.view import RunView
from tests.studio.run_view.frames import START, at, ended, finished, frame, numbered, ref, running, started
from tests.studio.run_view.test_follower import halt, row

EMPTY = RunView(run_id=RunId("r1"))


def reading(
    *frames: dict[str, Any], status: RunStatus = "running", when: float = 1_000, **more: object
) -> Reading:
    view = advance(EMPTY, numbered(*frames))
    return Reading(
        **({"view": view, "record": row(status), "halt": None, "freshness": "live", "at": at(when)} | more)
    )


@pytest.mark.parametrize(
    ("frames", "status", "shown"),
    [
        ((), "pending", "pending"),
        ((started("a"),), "pending", "running"),
        ((started("a"),), "running", "running"),
        ((started("a"), {**running("a", 1), "status": "waiting"}), "running", "waiting"),
        ((started("a"), frame("waiting", "w", at(2))), "running", "waiting"),
        ((started("a"), frame("waiting", "w", at(2)), frame("answered", "a", at(3))), "pending", "pending"),
        ((started("a"), frame("resumed", "r", at(3), nodes=["a"])), "waiting", "running"),
        ((started("a"), ended(5)), "running", "completed"),
        ((started("a"),), "completed", "completed"),
        ((started("a"), ended(5, "error")), "error", "error"),
    ],
)
def test_the_final_word_is_the_rows(
    frames: tuple[dict[str, Any], ...], status: RunStatus, shown: str
) -> None:
    assert shown_status(reading(*frames, status=status)) == shown


def test_halted_is_said_only_with_the_proof() -> None:
    over = (started("a"), ended(5, "halted"))

    assert shown_status(reading(*over, status="halted", halt=halt(proved=False))) == "halting"
    assert shown_status(reading(*over, status="halted", halt=halt(proved=True))) == "halted"


def test_a_halt_that_the_row_does_not_know_yet_is_halting() -> None:
    frames = (started("a"), {**started("a"), "stage": "halting"})

    assert shown_status(reading(*frames)) == "halting"


def test_the_head_ticks_while_the_run_goes_on_and_stands_when_it_is_over() -> None:
    during = head(reading(started("a"), running("a", 0)))
    after = head(reading(started("a"), finished("a", 0, 100), ended(140), status="completed", when=99_000))

    assert (during.ticking, during.elapsed_ms, during.duration) == (True, 1_000, "")
    assert (after.ticking, after.duration, after.fraction) == (False, "140 ms", "1 of 1")
    assert (after.started_at, after.who, after.workflow) == (START.isoformat(), "ann", "demo")


def test_a_run_that_waits_for_a_worker_does_not_tick() -> None:
    assert not head(reading(status="pending")).ticking


def test_what_is_lost_is_said() -> None:
    lost = reading(started("a"))
    lost = replace(lost, view=replace(lost.view, lost=3))

    assert head(lost).note == "3 messages of this run are lost; its result is not affected."
    assert "last messages were not" in head(reading(status="error", silent=True)).note


def test_the_error_of_a_run_is_its_note() -> None:
    over = reading(started("a"), ended(5, "error", error="Redis went away."), status="error")

    assert head(over).note == "Redis went away."


def test_an_inspection_shows_both_sides_of_a_transition_and_its_round() -> None:
    last = {
        **finished("a", 50, 5, crumb={"status": "ok"}),
        "inputs": {"in": [ref("one"), ref("two")]},
    }
    view = reading(started("a"), finished("a", 0, 10), last).view
    digest = "d" * 64

    opened = inspection(view, "a#2", {digest: Preview(line="loaded")})

    assert (opened.round, opened.duration, opened.status) == ("2 of 2", "5 ms", "completed")
    assert [(each.key, each.line) for each in opened.inputs] == [("in-in-0", "one"), ("in-in-1", "two")]
    assert opened.outputs[0].preview.line == "loaded"
    assert '"status": "ok"' in opened.crumb
    assert inspection(view, "gone#1", {}).id == ""


def test_every_value_is_loaded_once() -> None:
    both = {**finished("a", 0, 5), "inputs": {"in": [ref("one"), ref("one")]}}

    assert len(refs_of(reading(started("a"), both).view.transition("a#1"))) == 1
    assert refs_of(None) == []


def test_the_newest_report_of_each_node_is_shown() -> None:
    report = {**finished("a", 0, 5), "outputs": {"report": ref("R", "report"), "table": ref("t", "table")}}

    assert [each.line for each in report_refs(reading(started("a"), report).view)] == ["R"]


def test_log_times_count_from_the_start() -> None:
    rows = log_rows(reading(started("a"), running("a", 250)).view)

    assert [(each.offset, each.stage) for each in rows] == [("+0.000 s", "start"), ("+0.250 s", "node")]


def test_a_small_canvas_is_told_everything_and_a_large_one_now_and_then() -> None:
    small = {f"n{n}": {} for n in range(SMALL)}
    large = {f"n{n}": {} for n in range(SMALL + 1)}

    assert canvas_message(small, {"n1": {}}, seq=2)["changes"] == small
    assert canvas_message(large, {"n1": {}}, seq=2)["changes"] == {"n1": {}}
    assert canvas_message(large, {"n1": {}}, seq=21)["changes"] == large
    assert canvas_message(large, {}, seq=1)["changes"] == large


def test_the_reason_of_a_halt_is_told_once_in_its_record() -> None:
    over = (started("a"), ended(5, "halted", error="drill"))

    assert head(reading(*over, status="halted", halt=halt(proved=True))).note == ""
    assert head(reading(*over, status="halted")).note == "drill"
