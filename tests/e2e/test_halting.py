"""Halting: what the screen names as the last side effect is the last one on disk."""

from __future__ import annotations

import os
import re
import signal
from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page, expect

from tasks.access import Actor
from tests.e2e.conftest import OpenTab
from tests.e2e.drawings import copy_of
from tests.e2e.editor_page import EditorPage
from tests.e2e.running_studio import RunningStudio
from tests.integration.installation import eventually, marker_time

# The screen rounds to whole milliseconds, the marker to microseconds.
RESOLUTION = timedelta(milliseconds=1)


def last_marker(file: Path) -> datetime:
    """Return the time of the last line that the run has written."""
    return marker_time(file.read_text().splitlines()[-1])


def named_time(page: Page, run_id: str, requested_at: datetime) -> datetime:
    """Return when the screen says that the last side effect was."""
    text = page.get_by_test_id(f"halt-line-{run_id}").get_by_test_id("halt-last-effect").inner_text()
    found = re.fullmatch(r"([\d,]+) (ms|s)( before)?", text.strip())
    assert found, f"the screen names no time: {text!r}"
    size = timedelta(milliseconds=int(found[1].replace(",", "")) * (1 if found[2] == "ms" else 1000))
    return requested_at - size if found[3] else requested_at + size


def start_waiting_run(studio: RunningStudio, admin: Actor, page: Page, name: str) -> str:
    """Start the long workflow from its editor and wait for its first markers; return the run's id."""
    editor = EditorPage.open(page, copy_of(studio.control, admin, "utility.halt_practice", name), nodes=3)
    run_id = editor.start_run()
    expect(editor.node("wait")).to_have_attribute("data-state", "running")
    eventually(lambda: len(lines_of(studio.marker_file(run_id))) > 3)
    return run_id


def lines_of(file: Path) -> list[str]:
    """Return the lines of a marker file; none while it does not exist."""
    return file.read_text().splitlines() if file.exists() else []


def test_a_halt_from_the_editor_names_the_time_of_the_last_side_effect_and_none_comes_after(
    studio: RunningStudio, admin: Actor, page: Page
) -> None:
    run_id = start_waiting_run(studio, admin, page, "halt.editor")

    page.get_by_test_id("halt").click()
    expect(page.get_by_test_id("halt-confirm")).to_be_disabled()
    page.get_by_test_id("halt-reason").fill("Drill of the browser test")
    page.get_by_test_id("halt-confirm").click()

    expect(page.get_by_test_id("halt-sentence")).to_have_attribute("data-proved", "true")
    expect(page.get_by_test_id("halt-requested")).to_have_text("0 ms")
    expect(page.get_by_test_id("halt-acknowledged")).to_have_text(re.compile(r"^[\d,]+ ms$"))
    run = studio.run(admin, run_id)
    assert run.shown == "halted"
    assert run.halt is not None
    named = named_time(page, run_id, run.halt.requested_at)
    file = studio.marker_file(run_id)
    assert last_marker(file) <= named + RESOLUTION
    written = file.read_text()
    page.get_by_test_id("halt-cancel").click()
    # Twenty ticks a second would have gone by in the time of a whole other run.
    other = copy_of(studio.control, admin, "research.momentum_vs_reversion", "halt.meanwhile")
    EditorPage.open(page, other, nodes=4).start_run()
    expect(page.get_by_test_id("run-status")).to_have_attribute("data-state", "completed")
    assert file.read_text() == written


def test_a_halted_run_shows_who_why_and_the_three_times_on_its_page(
    studio: RunningStudio, admin: Actor, page: Page
) -> None:
    run_id = start_waiting_run(studio, admin, page, "halt.page")
    page.goto(f"/runs/{run_id}")

    page.get_by_test_id("halt").click()
    page.get_by_test_id("halt-pick-1").click()
    page.get_by_test_id("halt-confirm").click()
    expect(page.get_by_test_id("halt-dialog").get_by_test_id("halt-sentence")).to_have_attribute(
        "data-proved", "true"
    )
    page.keyboard.press("Escape")
    page.reload()

    record = page.get_by_test_id("halt-record")
    expect(record).to_contain_text("Ada Lovelace")
    expect(record).to_contain_text("Wrong inputs")
    expect(record.get_by_test_id("halt-last-effect")).to_have_text(re.compile(r"\d+ ms"))
    expect(page.get_by_test_id("run-page").get_by_test_id("run-status").first).to_have_attribute(
        "data-state", "halted"
    )
    expect(page.get_by_test_id("halt")).to_have_count(0)
    expect(page.locator("[data-testid^=picture-][data-state=running]")).to_have_count(0)


def test_halting_everything_needs_the_typed_word_and_stops_every_run(
    studio: RunningStudio, admin: Actor, page: Page
) -> None:
    runs = [start_waiting_run(studio, admin, page, f"halt.all_{number}") for number in (1, 2)]
    page.goto("/")

    page.get_by_test_id("halt-workflows").click()
    expect(page.get_by_test_id("halt-counts")).to_contain_text("2 workflow runs: 2 running")
    page.get_by_test_id("halt-reason").fill("Everything, for the drill")
    expect(page.get_by_test_id("halt-confirm")).to_be_disabled()
    page.get_by_test_id("halt-typed").fill("halt")
    expect(page.get_by_test_id("halt-confirm")).to_be_disabled()
    page.get_by_test_id("halt-typed").fill("HALT")
    page.get_by_test_id("halt-confirm").click()

    expect(page.get_by_test_id("halt-sentence")).to_have_attribute("data-proved", "true")
    for run_id in runs:
        expect(page.get_by_test_id(f"halt-line-{run_id}")).to_have_attribute("data-proved", "true")
        run = studio.run(admin, run_id)
        assert run.shown == "halted"
        assert run.halt is not None
        assert last_marker(studio.marker_file(run_id)) <= (
            named_time(page, run_id, run.halt.requested_at) + RESOLUTION
        )


def test_halting_with_nothing_under_way_says_so(page: Page) -> None:
    page.goto("/")
    page.get_by_test_id("halt-workflows").click()
    expect(page.get_by_test_id("halt-counts")).to_have_text("No workflow run is under way.")
    page.get_by_test_id("halt-pick-3").click()
    page.get_by_test_id("halt-typed").fill("HALT")

    page.get_by_test_id("halt-confirm").click()

    expect(page.get_by_test_id("halt-sentence")).to_contain_text("there was nothing to halt")


def test_a_halt_whose_tab_is_closed_at_once_is_carried_out_and_told_in_the_next_one(
    studio: RunningStudio, admin: Actor, page: Page, open_tab: OpenTab
) -> None:
    run_id = start_waiting_run(studio, admin, page, "halt.closed_tab")
    page.get_by_test_id("halt").click()
    page.get_by_test_id("halt-reason").fill("Gone home")
    page.get_by_test_id("halt-confirm").click()
    eventually(lambda: studio.run(admin, run_id).shown != "running")

    page.close()

    eventually(lambda: (halt := studio.run(admin, run_id).halt) and halt.proved_at)
    other = open_tab()
    other.goto(f"/runs/{run_id}")
    expect(other.get_by_test_id("run-status")).to_have_attribute("data-state", "halted")
    expect(other.get_by_test_id("halt-record")).to_contain_text("Gone home")


def test_while_redis_hangs_the_row_alone_halts_and_the_screen_says_so_once_it_is_proved(
    studio: RunningStudio, admin: Actor, page: Page
) -> None:
    run_id = start_waiting_run(studio, admin, page, "halt.no_redis")
    page.get_by_test_id("halt").click()
    page.get_by_test_id("halt-reason").fill("Drill without Redis")
    sentence = page.get_by_test_id("halt-sentence")

    os.kill(studio.redis_process(), signal.SIGSTOP)
    try:
        page.get_by_test_id("halt-confirm").click()
        expect(sentence).to_have_attribute("data-proved", "true", timeout=30_000)
        expect(sentence).to_contain_text("It has stopped, proved")
    finally:
        os.kill(studio.redis_process(), signal.SIGCONT)

    run = studio.run(admin, run_id)
    assert run.shown == "halted"
    assert run.halt is not None
    assert (
        last_marker(studio.marker_file(run_id))
        <= named_time(page, run_id, run.halt.requested_at) + RESOLUTION
    )
