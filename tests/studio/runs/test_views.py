"""The list of runs."""

from dataclasses import replace

from persistence.run_records import RunPage
from studio.pages.runs.views import run_lines, span_text
from tests.studio.run_view.test_follower import row


def test_a_line_says_what_is_known_and_no_duration_before_the_end() -> None:
    ended = replace(row("completed").summary, duration_ms=1_250.0)

    over, going = run_lines(RunPage(runs=(ended, row("running").summary), total=2), halting=())

    assert (over.status, over.duration, over.workflow, over.address) == (
        "completed",
        "1.2 s",
        "demo",
        "/runs/r1",
    )
    assert (going.status, going.duration) == ("running", "")


def test_a_halted_run_is_halting_until_its_proof() -> None:
    page = RunPage(runs=(row("halted").summary,), total=1)

    assert [line.status for line in run_lines(page, halting={"r1"})] == ["halting"]
    assert [line.status for line in run_lines(page, halting=())] == ["halted"]


def test_a_run_that_completed_before_the_halt_reached_it_is_not_halting() -> None:
    page = RunPage(runs=(row("completed").summary,), total=1)

    assert [line.status for line in run_lines(page, halting={"r1"})] == ["completed"]


def test_the_place_in_the_list_is_said() -> None:
    assert span_text(skipped=25, shown=25, total=1_310) == "26 to 50 of 1,310"
    assert span_text(skipped=0, shown=3, total=3) == "3 in all"
    assert span_text(skipped=0, shown=0, total=0) == ""
