"""Where bars and ticks stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.ids import RunId
from studio.run_view.projection import advance
from studio.run_view.timeline import Timeline, axis_ms, timeline
from studio.run_view.view import RunView, card_states
from tests.studio.run_view.frames import ended, finished, numbered, running, started

EMPTY = RunView(run_id=RunId("r1"))


def drawn(*frames: dict[str, object], elapsed: float) -> Timeline:
    return timeline(advance(EMPTY, numbered(*frames)), elapsed)


def percent(text: str) -> float:
    return float(text.removesuffix("%"))


def test_an_ended_run_fills_its_axis() -> None:
    line = drawn(
        started("a", "b"), finished("a", 0, 250), finished("b", 250, 750), ended(1_000), elapsed=1_000
    )

    a, b = (row.bars[0] for row in line.rows)
    assert (percent(a.left), percent(a.width)) == (0, 25)
    assert (percent(b.left), percent(b.width)) == (25, 75)
    assert (a.label, b.label) == ("250 ms", "750 ms")


def test_an_open_bar_grows_to_the_end_of_the_axis_in_the_time_that_is_left() -> None:
    line = drawn(started("a"), running("a", 0), elapsed=1_000)

    bar = line.rows[0].bars[0]
    assert line.length_ms == 2_000
    assert (bar.width, bar.to_width, bar.grow, bar.growing) == ("50.000%", "100.000%", "1.00s", True)


def test_a_bar_of_no_time_is_still_seen() -> None:
    line = drawn(started("a"), finished("a", 1_000, 0), ended(1_000), elapsed=1_000)

    bar = line.rows[0].bars[0]
    assert percent(bar.width) > 0
    assert percent(bar.left) + percent(bar.width) <= 100


def test_nodes_that_have_not_started_have_a_row_without_bars() -> None:
    line = drawn(started("a", "b"), running("a", 0), elapsed=10)

    assert [(row.node, row.status, len(row.bars)) for row in line.rows] == [
        ("a", "running", 1),
        ("b", "pending", 0),
    ]


def test_a_loop_has_its_rounds_in_one_row() -> None:
    line = drawn(started("a"), finished("a", 0, 10), finished("a", 500, 10), ended(1_000), elapsed=1_000)

    assert [percent(bar.left) for bar in line.rows[0].bars] == [0, 50]


def test_a_new_axis_gives_open_bars_a_new_key() -> None:
    early = drawn(started("a"), running("a", 0), elapsed=100).rows[0].bars[0]
    late = drawn(started("a"), running("a", 0), elapsed=5_000).rows[0].bars[0]

    assert early.id == late.id
    assert early.key != late.key


@given(st.floats(0, 1e9))
def test_the_axis_always_has_room_and_few_ticks(elapsed: float) -> None:
    line = drawn(started("a"), running("a", 0), elapsed=elapsed)

    assert axis_ms(elapsed) >= max(1_000, elapsed)
    assert 1 <= len(line.ticks) <= 6
    assert all(0 <= percent(tick.left) <= 97 for tick in line.ticks)


@given(
    st.lists(st.tuples(st.floats(0, 1e7), st.floats(0, 1e7)), min_size=1, max_size=8),
    st.floats(0, 1e7),
    st.booleans(),
)
def test_no_bar_ever_leaves_the_axis(spans: list[tuple[float, float]], elapsed: float, over: bool) -> None:
    frames = [finished(f"n{index}", start, length) for index, (start, length) in enumerate(spans)]
    last = [ended(elapsed)] if over else []

    for row in drawn(started(), *frames, *last, elapsed=elapsed).rows:
        for bar in row.bars:
            assert 0 <= percent(bar.left) < 100
            assert percent(bar.left) + max(percent(bar.width), percent(bar.to_width)) <= 100.01


@pytest.mark.parametrize(
    ("elapsed", "labels"),
    [(800, ["0", "200 ms", "400 ms", "600 ms", "800 ms"]), (90_000, ["0", "30 s", "1:00", "1:30"])],
)
def test_ticks_are_round(elapsed: float, labels: list[str]) -> None:
    shown = [tick.label for tick in drawn(started("a"), running("a", 0), elapsed=elapsed).ticks]

    assert shown[: len(labels)] == labels


def test_a_subflow_card_has_the_state_of_what_runs_in_its_place() -> None:
    def card(*frames: dict[str, object]) -> tuple[str, str]:
        view = advance(EMPTY, numbered(started("a", "card/x", "card/y"), *frames))
        state = card_states(view)["card"]
        return state.status, state.line

    assert card() == ("pending", "0 of 2 nodes")
    assert card(running("card/x", 0)) == ("running", "0 of 2 nodes")
    assert card(finished("card/x", 0, 1)) == ("running", "1 of 2 nodes")
    assert card(finished("card/x", 0, 1), finished("card/y", 1, 1)) == ("completed", "2 of 2 nodes")
    assert card(finished("card/x", 0, 1), finished("card/y", 1, 1, status="error"))[0] == "error"
    assert "card" not in {row.node for row in drawn(started("card/x"), elapsed=10).rows}
