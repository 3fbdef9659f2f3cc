"""What is said of a halt."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from persistence.halts import HaltItem, HaltState
from runtime.ids import HaltId, RunId
from runtime.status import RunStatus
from studio.run_view.halts import HaltView, halt_view, span
from tasks.control.halts import HaltRecord
from tests.studio.run_view.frames import START


def after(milliseconds: float | None) -> datetime | None:
    return None if milliseconds is None else START + timedelta(milliseconds=milliseconds)


def item(
    state: HaltState,
    *,
    ack: float | None = None,
    effect: float | None = None,
    run: str = "r1",
    was: RunStatus = "running",
) -> HaltItem:
    return HaltItem(
        halt_id=HaltId("h1"), run_id=RunId(run), prior_status=was, requested_at=START, acknowledged_at=after(ack),
        cancelled_at=None, last_effect_at=after(effect), proved_at=after(99) if state == "proved" else None, state=state,
    )  # fmt: skip


def record(*items: HaltItem) -> HaltRecord:
    return HaltRecord(
        id=HaltId("h1"), scope="workflows", reason="drill", actor_name="ann", requested_at=START,
        items=items,
    )  # fmt: skip


def test_a_proved_halt_shows_its_three_times_from_zero() -> None:
    shown = halt_view(record(item("proved", ack=12.4, effect=18)))

    line = shown.lines[0]
    assert (line.requested, line.acknowledged, line.last_effect) == ("0 ms", "12 ms", "18 ms")
    assert (shown.proved, shown.sentence) == (
        True,
        "It has stopped, proved: last side effect 18 ms after the request.",
    )


@pytest.mark.parametrize("state", ["requested", "acknowledged", "cancelled", "abandoned", "killed"])
def test_nothing_is_called_stopped_before_it_is_proved(state: HaltState) -> None:
    shown = halt_view(record(item(state, ack=3, effect=5)))

    assert not shown.proved
    assert shown.lines[0].last_effect == "…"
    assert "0 of 1 proved" in shown.sentence
    assert "top" not in shown.lines[0].words


def test_the_steps_that_were_needed_are_shown_and_the_others_are_not() -> None:
    usual = replace(item("proved", ack=1, effect=2), cancelled_at=after(3))
    killed = replace(usual, killed_at=after(2.6))
    given_up = replace(killed, cancelled_at=None, abandoned_at=after(1000), killed_at=after(3000))

    lines = [halt_view(record(one)).lines[0] for one in (usual, killed, given_up)]

    assert [(line.cancelled, line.abandoned, line.killed) for line in lines] == [
        ("3 ms", "", ""),
        ("3 ms", "", "3 ms"),
        ("not needed", "1,000 ms", "3,000 ms"),
    ]
    assert lines[0].words == "Stopped, proved."
    assert "was killed" in lines[1].words
    assert "no later than this" in lines[2].words


def test_a_node_that_was_given_up_is_amber_and_says_that_it_still_runs() -> None:
    shown = halt_view(record(replace(item("abandoned", ack=1), abandoned_at=after(1001))))

    assert not shown.proved
    assert "still runs" in shown.lines[0].words


def test_one_unproved_run_keeps_the_whole_halt_unproved() -> None:
    shown = halt_view(record(item("proved", ack=1), item("acknowledged", ack=2, run="r2")))

    assert [line.proved for line in shown.lines] == [True, False]
    assert not shown.proved
    assert shown.sentence.startswith("1 of 2 proved stopped.")


def test_an_effect_before_the_request_is_said_in_words() -> None:
    shown = halt_view(record(item("proved", ack=4, effect=-250)))

    assert shown.lines[0].last_effect == "250 ms before"
    assert shown.sentence.endswith("last side effect 250 ms before the request.")


def test_a_run_that_never_began_needs_no_acknowledgement() -> None:
    line = halt_view(record(item("proved", was="pending"))).lines[0]

    assert (line.acknowledged, line.last_effect, line.words) == (
        "not needed",
        "none",
        "Stopped before it began.",
    )


def test_a_halt_of_nothing_says_so_and_no_halt_shows_nothing() -> None:
    assert halt_view(record()).sentence == "Nothing was running: there was nothing to halt."
    assert halt_view(None) == HaltView()


def test_a_refused_halt_is_no_proof_and_says_why() -> None:
    shown = halt_view(replace(record(), refused="Nothing was halted: kill propagation is off."))

    assert (shown.proved, shown.refused) == (False, True)
    assert shown.sentence == "Nothing was halted: kill propagation is off."


def test_an_unwritten_halt_and_one_that_redis_did_not_take_say_so() -> None:
    unwritten = halt_view(replace(record(item("proved")), row_written=False))
    silent = halt_view(replace(record(item("requested")), published=False))

    assert not unwritten.proved
    assert "database did not take" in unwritten.sentence
    assert "Redis did not take" in silent.sentence


def test_once_everything_is_proved_a_missed_message_is_no_longer_told_as_if_something_still_ran() -> None:
    shown = halt_view(replace(record(item("proved", effect=20)), published=False))

    assert shown.proved
    assert shown.sentence == "It has stopped, proved: last side effect 20 ms after the request."


def test_a_halt_that_nobody_took_is_not_said_to_have_reached_the_workers() -> None:
    lost = halt_view(replace(record(), row_written=False, published=False))

    assert not lost.proved
    assert lost.sentence.startswith("Neither the database nor Redis took the halt")


def test_the_view_of_one_run_leaves_the_others_out() -> None:
    shown = halt_view(record(item("proved"), item("requested", run="r2")), only="r1")

    assert ([line.run_id for line in shown.lines], shown.proved) == (["r1"], True)


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(0, "0 ms"), (-0.2, "0 ms"), (1500, "1,500 ms"), (90_000, "90 s"), (-2, "2 ms before")],
)
def test_spans(milliseconds: float, text: str) -> None:
    assert span(milliseconds) == text
