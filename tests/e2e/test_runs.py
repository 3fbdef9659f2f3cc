"""Running a drawing on a worker, watching it, and finding it again."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from runtime.library import templates
from tasks.access import Actor
from tests.e2e.drawings import copy_of
from tests.e2e.editor_page import EditorPage
from tests.e2e.running_studio import RunningStudio
from tests.integration.installation import eventually

LONG = {"utility.halt_practice", "trader.momentum_approved"}
"""They wait: to be halted, or for a person."""
SHORT = [entry for entry in templates() if entry.spec.name not in LONG]
GOOD_ENDS = {"completed", "skipped"}


def ended(studio: RunningStudio, admin: Actor, run_id: str) -> str:
    """Return the status of a run once it has ended."""
    return eventually(
        lambda: (status := studio.run(admin, run_id).shown) in {"completed", "halted", "error"} and status
    )


@pytest.mark.parametrize("name", [entry.spec.name for entry in SHORT])
def test_every_ready_workflow_runs_to_its_end_with_every_node_accounted_for(
    studio: RunningStudio, admin: Actor, page: Page, name: str
) -> None:
    graph = next(entry.spec.params["graph"] for entry in SHORT if entry.spec.name == name)
    editor = EditorPage.open(
        page, copy_of(studio.control, admin, name, f"run.{name}"), nodes=len(graph["nodes"])
    )
    editor.expect_no_problems()

    editor.start_run()

    expect(page.get_by_test_id("run-status")).to_have_attribute("data-state", "completed")
    expect(page.locator(".as-card[data-state=completed], .as-card[data-state=skipped]")).to_have_count(
        len(graph["nodes"])
    )
    states = editor.states()
    assert set(states.values()) <= GOOD_ENDS
    assert "completed" in states.values()


def test_the_output_of_a_run_is_a_report_with_charts_and_figures(
    studio: RunningStudio, admin: Actor, page: Page
) -> None:
    editor = EditorPage.open(
        page, copy_of(studio.control, admin, "research.momentum_vs_reversion", "run.report"), nodes=4
    )

    editor.start_run()
    expect(page.get_by_test_id("run-status")).to_have_attribute("data-state", "completed")
    page.get_by_test_id("tab-output").click()

    report = page.get_by_test_id("report").first
    expect(report.get_by_test_id("chart").first).to_be_visible()
    expect(report.get_by_test_id("chart").first.locator("svg path").first).to_be_attached()
    expect(report.get_by_test_id("metric").first).to_contain_text(re.compile(r"\d"))


def test_a_bar_of_the_timeline_shows_input_output_crumb_and_duration_of_its_transition(
    studio: RunningStudio, admin: Actor, page: Page
) -> None:
    editor = EditorPage.open(
        page, copy_of(studio.control, admin, "research.momentum_vs_reversion", "run.timeline"), nodes=4
    )
    editor.start_run()
    expect(page.get_by_test_id("run-status")).to_have_attribute("data-state", "completed")

    page.get_by_test_id("tab-timeline").click()
    for node in ("prices", "momentum", "reversion", "report"):
        expect(page.get_by_test_id(f"bar-{node}")).to_be_visible()
    page.get_by_test_id("bar-momentum").click()

    expect(page.get_by_test_id("inspect-status")).to_have_attribute("data-state", "completed")
    expect(page.get_by_test_id("inspect-duration")).to_contain_text(re.compile(r"\d"))
    expect(page.get_by_test_id("payload-prices")).to_be_visible()
    expect(page.get_by_test_id("payload-signals")).to_be_visible()
    expect(page.get_by_test_id("inspect-crumb")).to_be_visible()


def test_a_past_run_has_a_page_that_survives_a_reload(
    studio: RunningStudio, admin: Actor, page: Page
) -> None:
    name = copy_of(studio.control, admin, "research.momentum_vs_reversion", "run.past")
    editor = EditorPage.open(page, name, nodes=4)
    run_id = editor.start_run()
    expect(page.get_by_test_id("run-status")).to_have_attribute("data-state", "completed")
    page.get_by_test_id("run-link").click()
    expect(page).to_have_url(re.compile(rf"/runs/{run_id}$"))

    for _ in range(2):
        page.reload()
        whole = page.get_by_test_id("run-page")
        expect(whole.get_by_role("heading", name=name)).to_be_visible()
        expect(whole.get_by_test_id("run-status").first).to_have_attribute("data-state", "completed")
        expect(page.locator("[data-testid^=picture-][data-state=completed]")).to_have_count(4)
        expect(page.get_by_test_id("bar-report")).to_be_visible()
        expect(page.get_by_test_id("report").get_by_test_id("chart").first).to_be_visible()
        expect(page.get_by_test_id("run-who")).to_contain_text("Ada Lovelace")


def test_a_reload_in_the_middle_of_a_run_goes_on_following_it(
    studio: RunningStudio, admin: Actor, page: Page
) -> None:
    name = copy_of(studio.control, admin, "utility.halt_practice", "run.reloaded")
    editor = EditorPage.open(page, name, nodes=3)
    run_id = editor.start_run()
    expect(editor.node("wait")).to_have_attribute("data-state", "running")

    reopened = EditorPage.open(page, name, nodes=3)

    expect(reopened.node("prices")).to_have_attribute("data-state", "completed")
    expect(reopened.node("wait")).to_have_attribute("data-state", "running")
    page.goto(f"/runs/{run_id}")
    expect(page.get_by_test_id("picture-wait")).to_have_attribute("data-state", "running")
    page.get_by_test_id("halt").click()
    page.get_by_test_id("halt-pick-1").click()
    page.get_by_test_id("halt-confirm").click()
    expect(page.get_by_test_id("run-page").get_by_test_id("run-status").first).to_have_attribute(
        "data-state", "halted"
    )
    assert ended(studio, admin, run_id) == "halted"


def test_the_runs_are_listed_newest_first_and_lead_to_their_pages(
    studio: RunningStudio, admin: Actor, page: Page
) -> None:
    editor = EditorPage.open(
        page, copy_of(studio.control, admin, "research.momentum_vs_reversion", "run.listed"), nodes=4
    )
    run_id = editor.start_run()
    expect(page.get_by_test_id("run-status")).to_have_attribute("data-state", "completed")

    page.get_by_test_id("nav-runs").click()

    first = page.get_by_test_id("runs-list").locator("tbody tr").first
    expect(first).to_contain_text("run.listed")
    expect(page.get_by_test_id(f"run-status-{run_id}")).to_have_attribute("data-state", "completed")
    page.get_by_test_id(f"run-{run_id}").click()
    expect(page).to_have_url(re.compile(rf"/runs/{run_id}$"))


def test_a_run_whose_worker_was_killed_goes_on_with_another_on_the_open_page(
    studio: RunningStudio, admin: Actor, page: Page
) -> None:
    name = copy_of(studio.control, admin, "utility.halt_practice", "run.killed")
    run_id = EditorPage.open(page, name, nodes=3).start_run()
    page.goto(f"/runs/{run_id}")
    expect(page.get_by_test_id("picture-wait")).to_have_attribute("data-state", "running")

    killed = studio.kill_task_processes()

    assert killed
    eventually(lambda: (row := studio.run(admin, run_id).record.dispatch) is not None and row.attempts > 1)
    whole = page.get_by_test_id("run-page")
    expect(whole.get_by_test_id("run-status").first).to_have_attribute("data-state", "running")
    expect(page.get_by_test_id("picture-prices")).to_have_attribute("data-state", "completed")
    expect(page.get_by_test_id("picture-wait")).to_have_attribute("data-state", "running")
    page.get_by_test_id("halt").click()
    page.get_by_test_id("halt-pick-1").click()
    page.get_by_test_id("halt-confirm").click()
    expect(whole.get_by_test_id("run-status").first).to_have_attribute("data-state", "halted")
    assert ended(studio, admin, run_id) == "halted"
    page.get_by_test_id("halt-cancel").click()
    # The studio goes on: the next run finds a new process.
    again = copy_of(studio.control, admin, "research.momentum_vs_reversion", "run.after_kill")
    EditorPage.open(page, again, nodes=4).start_run()
    expect(page.get_by_test_id("run-status")).to_have_attribute("data-state", "completed")


def test_a_run_that_does_not_exist_is_said_with_a_way_on(page: Page) -> None:
    page.goto("/runs/00000000-0000-0000-0000-000000000000")

    expect(page.get_by_test_id("error-state")).to_be_visible()
    expect(page.get_by_test_id("to-runs")).to_be_visible()
