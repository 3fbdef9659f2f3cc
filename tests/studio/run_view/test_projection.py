"""The fold of frames into a view."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.ids import RunId
from studio.run_view.projection import MAX_LOG, advance, has_gap
from studio.run_view.view import (
    NodeState,
    RunView,
    active_ms,
    changes,
    duration_text,
    elapsed_ms,
    node_states,
)
from tests.studio.run_view.frames import (
    at,
    ended,
    finished,
    frame,
    numbered,
    progressed,
    running,
    started,
)

EMPTY = RunView(run_id=RunId("r1"))
WHOLE = numbered(
    started("prices", "momentum", "report"),
    running("prices", 5),
    finished("prices", 5, 95),
    running("momentum", 110),
    progressed("momentum", 120, 0.5, "half"),
    finished("momentum", 110, 40, line="20 signals · AAPL +0.50"),
    running("report", 160),
    finished("report", 160, 10),
    ended(200, cost_usd=0.75),
)


def test_a_whole_run_ends_completed_with_one_transition_per_node() -> None:
    view = advance(EMPTY, WHOLE)

    assert (view.status, view.seq, view.spec) == ("completed", 9, "demo")
    assert [(each.id, each.status, each.duration_ms) for each in view.transitions] == [
        ("prices#1", "completed", 95),
        ("momentum#1", "completed", 40),
        ("report#1", "completed", 10),
    ]
    assert elapsed_ms(view, at(10_000)) == 200


@given(st.lists(st.integers(0, len(WHOLE)), max_size=5))
def test_batches_of_any_size_give_the_same_view(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(WHOLE)]
    view = EMPTY
    for first, last in itertools.pairwise(edges):
        view = advance(view, WHOLE[first:last])

    assert view == advance(EMPTY, WHOLE)


@given(st.permutations(WHOLE))
def test_the_order_inside_a_batch_does_not_matter(frames: list[dict[str, object]]) -> None:
    assert advance(EMPTY, frames) == advance(EMPTY, WHOLE)


@given(st.lists(st.sampled_from(WHOLE), max_size=30))
def test_frames_seen_again_change_nothing(again: list[dict[str, object]]) -> None:
    view = advance(EMPTY, WHOLE[:6])

    assert advance(view, [each for each in again if each["seq"] <= 6]) is view


def test_a_gap_stops_the_view_until_the_missing_frame_arrives() -> None:
    view = advance(EMPTY, [*WHOLE[:2], *WHOLE[3:]])

    assert view.seq == 2
    assert has_gap(view, WHOLE[3:])
    assert not has_gap(view, WHOLE[2:])
    assert advance(view, WHOLE[2:]) == advance(EMPTY, WHOLE)


def test_a_gap_that_nobody_can_fill_is_crossed_and_counted() -> None:
    view = advance(EMPTY, [*WHOLE[:2], *WHOLE[4:]], across_gaps=True)

    assert (view.status, view.lost) == ("completed", 2)


def test_nothing_changes_after_the_terminal_frame() -> None:
    view = advance(EMPTY, WHOLE)

    assert advance(view, [{**started("other"), "seq": 10}]) is view


def test_pending_nodes_are_known_from_the_start_and_skipped_at_the_end() -> None:
    before = advance(EMPTY, WHOLE[:3])
    after = advance(before, [{**ended(120, "halted"), "seq": 4}])

    assert node_states(before)["report"] == NodeState(status="pending")
    assert node_states(after)["report"] == NodeState(status="skipped")


def test_a_halted_run_leaves_no_transition_running() -> None:
    view = advance(EMPTY, numbered(started("wait"), running("wait", 10), ended(510, "halted")))

    assert view.status == "halted"
    assert [(each.status, each.duration_ms) for each in view.transitions] == [("halted", 500.0)]


def test_a_lost_worker_leaves_the_open_transition_in_error() -> None:
    view = advance(EMPTY, numbered(started("a"), running("a", 0), ended(90, "error", error="worker lost")))

    assert (view.status, view.error, view.transitions[0].status) == ("error", "worker lost", "error")


def test_an_error_frame_without_a_result_speaks_through_its_message() -> None:
    view = advance(EMPTY, numbered(frame("error", "No worker took it.", at(1))))

    assert (view.status, view.error) == ("error", "No worker took it.")


def test_a_loop_makes_one_transition_per_round() -> None:
    frames = numbered(
        started("a"), running("a", 0), finished("a", 0, 10), running("a", 20), finished("a", 20, 10)
    )

    view = advance(EMPTY, frames)

    assert [each.id for each in view.transitions] == ["a#1", "a#2"]
    assert view.last_of("a") == view.transition("a#2")


def test_a_late_joiner_of_a_trimmed_stream_sees_nodes_without_the_start_frame() -> None:
    view = advance(EMPTY, WHOLE[5:], across_gaps=True)

    assert view.started_at == at(110)
    assert list(node_states(view)) == ["momentum", "report"]


def test_progress_shows_on_the_running_node_and_goes_when_it_ends() -> None:
    during = advance(EMPTY, WHOLE[:5])
    after = advance(during, WHOLE[5:6])

    assert node_states(during)["momentum"].line == "50% · half"
    assert node_states(after)["momentum"].line == "20 signals · AAPL +0.50 · 40 ms"


def test_changes_name_only_what_differs() -> None:
    before = advance(EMPTY, WHOLE[:3])
    after = advance(before, WHOLE[3:4])

    assert changes(before, after) == {"momentum": {"status": "running", "line": ""}}
    assert changes(after, after) == {}


def test_suspension_is_shown_until_a_source_answers_again() -> None:
    held = advance(EMPTY, numbered(started("a"), frame("suspended", "s", at(5), reason="Redis is silent")))

    assert held.suspended == "Redis is silent"
    assert advance(held, [{**frame("resumed", "r", at(6)), "seq": 3}]).suspended == ""


def test_a_node_that_waits_makes_the_run_wait() -> None:
    waits = {**running("ask", 1), "status": "waiting"}

    assert advance(EMPTY, numbered(started("ask"), waits)).status == "waiting"


def test_a_run_that_waits_goes_on_in_the_same_story() -> None:
    waits = {**running("ask", 10), "status": "waiting"}
    told = numbered(
        started("ask", "b"),
        waits,
        frame("waiting", "Waits for a person: Ask", at(20)),
        frame("answered", "Ask: approved by olga", at(5_000), approved=True),
        frame("resumed", "It goes on after an answer.", at(5_100), nodes=["ask", "b"]),
        finished("ask", 10, 5_095),
        ended(5_200),
    )

    states = [advance(EMPTY, told[:count]) for count in (3, 4, 5, 7)]

    assert [view.status for view in states] == ["waiting", "pending", "running", "completed"]
    assert [active_ms(view, at(6_000)) for view in states] == [20, 20, 920, 120]
    (answered,) = states[-1].transitions
    assert (answered.status, answered.duration_ms) == ("completed", 5_095)
    assert states[-1].order == ("ask", "b")


def test_what_a_lost_worker_left_open_is_marked_as_resumed_and_runs_again() -> None:
    view = advance(
        EMPTY,
        numbered(
            started("a"),
            running("a", 0),
            frame("resumed", "Its worker was lost.", at(3_000), nodes=["a"]),
            running("a", 3_010),
        ),
    )

    assert [(each.id, each.status, each.duration_ms) for each in view.transitions] == [
        ("a#1", "resumed", 3_000),
        ("a#2", "running", None),
    ]
    assert view.status == "running"


def test_a_node_error_is_told_on_the_node() -> None:
    frames = numbered(
        started("a"), running("a", 0), finished("a", 0, 5, status="error", error={"message": "too few days"})
    )

    view = advance(EMPTY, frames)

    assert view.transitions[0].error == "too few days"
    assert node_states(view)["a"] == NodeState(status="error", line="too few days · 5 ms")


def test_totals_grow_with_the_frames_that_tell_them() -> None:
    told = {**finished("a", 0, 5), "totals": {"cost_usd": 0.5, "n_calls": 3}}
    view = advance(EMPTY, numbered(started("a"), told, ended(9, cost_usd=0.75)))

    assert (view.cost_usd, view.n_calls) == (0.75, 3)


def test_the_log_keeps_the_newest_lines_and_no_progress() -> None:
    many = numbered(started("a"), *(frame("resumed", f"m{n}", at(n)) for n in range(MAX_LOG + 50)))

    log = advance(EMPTY, many).log

    assert len(log) == MAX_LOG
    assert log[-1].message == f"m{MAX_LOG + 49}"
    assert "progress" not in {line.stage for line in advance(EMPTY, WHOLE).log}


def test_a_stage_of_the_future_is_passed_over() -> None:
    view = advance(EMPTY, numbered({**started("a"), "stage": "novel"}, running("a", 1)))

    assert (view.seq, view.status) == (2, "running")


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(None, ""), (0, "<1 ms"), (1, "1 ms"), (999.4, "999 ms"), (999.6, "1.0 s"), (59_900, "59.9 s"),
     (59_960, "1:00"), (61_000, "1:01"), (3_661_000, "1:01:01")],
)  # fmt: skip
def test_durations_are_short_and_have_units(milliseconds: float | None, text: str) -> None:
    assert duration_text(milliseconds) == text
