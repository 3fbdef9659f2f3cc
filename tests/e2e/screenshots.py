"""Pictures of every page in its main states, light and dark, wide and narrow, to be looked at by people.

`python -m tests.e2e.screenshots FOLDER` starts a studio of its own, does in it what the pictures show, and ends it.
"""

from __future__ import annotations

import logging
import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Error, Page, StorageState, expect, sync_playwright

from persistence.schedules import SchedulePlan
from tasks.access import Actor
from tasks.control.deletions import delete_workflow
from tasks.control.desks import start_desk_run
from tasks.control.schedules import pause_schedule, set_schedule
from tests.e2e.chromium import launch, new_window
from tests.e2e.drawings import copy_of, empty
from tests.e2e.editor_page import EditorPage
from tests.e2e.running_studio import RunningStudio
from tests.e2e.sign_in import NAME, PASSWORD, fill_first_run
from tests.integration.installation import eventually

log = logging.getLogger(__name__)
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
SIZES = ((1440, 900), (1024, 768))
FLAWED = "trader.momentum_paper"
DRAWING, EMPTY, LONG = "research.debate_fusion", "research.my_idea", "utility.halt_practice"
ASKING = "trader.momentum_approved"
BINNED, SPARE = "research.first_try", "research.second_try"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What was done before the pictures are taken."""

    completed: str
    halted: str
    running: str
    waiting: str
    session: str
    """A paper session that is under way."""


Shot = Callable[[Page, Story], None]


def login(page: Page, story: Story) -> None:
    page.context.clear_cookies()
    page.goto("/login?code=sign-in-refused&name=Ada%20Lovelace")
    expect(page.get_by_test_id("login-message")).to_be_visible()


def gallery(page: Page, story: Story) -> None:
    page.goto("/")
    expect(page.get_by_test_id(f"gallery-status-{DRAWING}")).to_be_visible()


def gallery_bin(page: Page, story: Story) -> None:
    """A workflow that was just deleted, and the bin unfolded."""
    gallery(page, story)
    page.get_by_test_id(f"gallery-delete-{SPARE}").click()
    page.get_by_test_id("gallery-bin").locator("summary").click()
    expect(page.get_by_test_id(f"gallery-deleted-{BINNED}")).to_be_visible()


def gallery_bin_put_back(page: Page, story: Story) -> None:
    """Undone: the notice is gone."""
    gallery(page, story)
    page.get_by_test_id("gallery-bin").locator("summary").click()
    page.get_by_test_id(f"gallery-restore-{SPARE}").click()
    expect(page.get_by_test_id(f"gallery-workflow-{SPARE}")).to_be_visible()


def naming(page: Page, story: Story) -> None:
    gallery(page, story)
    page.get_by_test_id("gallery-start-empty").click()
    page.get_by_test_id("new-name").fill("two words")
    expect(page.get_by_test_id("new-name-problem")).not_to_be_empty()


def editor_empty(page: Page, story: Story) -> None:
    EditorPage.open(page, EMPTY, nodes=0)


def editor_run(page: Page, story: Story) -> None:
    """The drawing after a run, a node selected and its transition open."""
    editor = EditorPage.open(page, DRAWING, nodes=9)
    editor.start_run()
    expect(page.get_by_test_id("run-status")).to_have_attribute("data-state", "completed")
    page.get_by_test_id("bar-debate").click()
    editor.select("debate")
    expect(page.get_by_test_id("inspect")).to_be_visible()


def editor_problems(page: Page, story: Story) -> None:
    editor = EditorPage.open(page, FLAWED, nodes=8)
    editor.select("fusion")
    editor.type_into("max_position_pct", "7")
    editor.expect_problem("G102")


def editor_output(page: Page, story: Story) -> None:
    editor_run(page, story)
    page.get_by_test_id("tab-output").click()
    expect(page.get_by_test_id("report").first).to_be_visible()


def editor_running(page: Page, story: Story) -> None:
    editor = EditorPage.open(page, LONG, nodes=3)
    expect(editor.node("wait")).to_have_attribute("data-state", "running")


def shortcuts(page: Page, story: Story) -> None:
    EditorPage.open(page, DRAWING, nodes=9)
    page.keyboard.press("?")
    expect(page.get_by_test_id("shortcuts")).to_be_visible()


def runs(page: Page, story: Story) -> None:
    page.goto("/runs")
    expect(page.get_by_test_id(f"run-status-{story.completed}")).to_be_visible()


def run_completed(page: Page, story: Story) -> None:
    page.goto(f"/runs/{story.completed}")
    expect(page.get_by_test_id("report").first).to_be_visible()
    page.get_by_test_id("picture-fusion").click()
    expect(page.get_by_test_id("inspect")).to_be_visible()


def run_halted(page: Page, story: Story) -> None:
    page.goto(f"/runs/{story.halted}")
    expect(page.get_by_test_id("halt-record")).to_be_visible()


def run_waiting(page: Page, story: Story) -> None:
    page.goto(f"/runs/{story.waiting}")
    expect(page.get_by_test_id("approve")).to_be_visible()


def editor_waiting(page: Page, story: Story) -> None:
    editor = EditorPage.open(page, ASKING, nodes=10)
    expect(editor.node("approval")).to_have_attribute("data-state", "waiting")
    expect(page.get_by_test_id("approve")).to_be_visible()


def halt_dialog(page: Page, story: Story) -> None:
    page.goto(f"/runs/{story.running}")
    page.get_by_test_id("halt-workflows").click()
    expect(page.get_by_test_id("halt-counts")).to_be_visible()
    page.get_by_test_id("halt-reason").fill("Fat finger drill")
    page.get_by_test_id("halt-typed").fill("HALT")
    expect(page.get_by_test_id("halt-confirm")).to_be_enabled()


def audit(page: Page, story: Story) -> None:
    page.goto("/audit")
    page.locator("[data-action='halt.run'] summary").first.click()
    expect(page.get_by_test_id("audit-list")).to_be_visible()


def engage_dialog(page: Page, story: Story) -> None:
    page.goto("/")
    page.get_by_test_id("halt-menu").click()
    page.get_by_test_id("engage-switch").click()
    expect(page.get_by_test_id("switch-counts")).to_be_visible()


def control(page: Page, story: Story) -> None:
    page.goto("/control")
    expect(page.get_by_test_id(f"card-{story.running}")).to_be_visible()
    expect(page.get_by_test_id(f"card-{story.session}")).to_be_visible()


def control_halts(page: Page, story: Story) -> None:
    control(page, story)
    page.get_by_test_id("room-tab-halts").click()
    expect(page.get_by_test_id("room-halts").get_by_text("Fat finger drill")).to_be_visible()


def control_start(page: Page, story: Story) -> None:
    control(page, story)
    page.get_by_test_id("start-paper").click()
    expect(page.get_by_test_id("start-form")).to_be_visible()


def control_everything(page: Page, story: Story) -> None:
    control(page, story)
    page.get_by_test_id("halt-everything").click()
    expect(page.get_by_test_id("everything-counts")).to_be_visible()
    page.get_by_test_id("everything-reason").fill("Fat finger drill")
    page.get_by_test_id("everything-typed").fill("HALT")
    expect(page.get_by_test_id("everything-confirm")).to_be_enabled()


def desk_run(page: Page, story: Story) -> None:
    page.goto(f"/control/paper/{story.session}")
    expect(page.get_by_test_id("desk-run-result")).to_be_visible()


def schedules(page: Page, story: Story) -> None:
    """A schedule whose coming times are open, a paused one, one at an interval."""
    page.goto("/schedules")
    page.get_by_test_id(f"times-of-{DRAWING}").click()
    expect(page.get_by_test_id(f"times-{DRAWING}")).to_be_visible()


def schedules_new(page: Page, story: Story) -> None:
    page.goto("/schedules")
    page.get_by_test_id("new-schedule").click()
    page.get_by_test_id("schedule-workflow").fill(ASKING)
    page.get_by_test_id("schedule-timezone").fill("America/New_York")
    expect(page.get_by_test_id("rhythm-times")).to_contain_text("-05:00")


def schedules_refused(page: Page, story: Story) -> None:
    schedules_new(page, story)
    page.get_by_test_id("schedule-cron").fill("0 25 * * *")
    expect(page.get_by_test_id("rhythm-problem")).to_be_visible()
    page.get_by_test_id("schedule-save").click()
    expect(page.get_by_test_id("schedule-problem")).to_be_visible()


def settings(page: Page, story: Story) -> None:
    """The phase of fusion, with a flip that is written and its checks run."""
    page.goto("/settings")
    page.get_by_test_id("phase-4").click()
    expect(page.get_by_test_id("switch-orchestration_fusion_enabled")).to_be_visible()
    page.get_by_test_id("switch-orchestration_fusion_enabled").click()
    page.get_by_test_id("flip-reason").fill("Rollback drill")


def accounts(page: Page, story: Story) -> None:
    page.goto("/accounts")
    expect(page.get_by_test_id("accounts-list")).to_be_visible()


def accounts_new(page: Page, story: Story) -> None:
    accounts(page, story)
    page.get_by_test_id("new-account").click()
    expect(page.get_by_test_id("change-confirm")).to_be_visible()


def account(page: Page, story: Story) -> None:
    page.goto("/account")
    page.get_by_test_id("token-name").fill("Nightly report")
    page.get_by_test_id("make-token").click()
    expect(page.get_by_test_id("token-secret")).to_be_visible()


def missing(page: Page, story: Story) -> None:
    page.goto("/nothing-here")
    expect(page.get_by_test_id("to-workflows")).to_be_visible()


SHOTS: Mapping[str, Shot] = {
    "gallery": gallery,
    "gallery-bin": gallery_bin,
    "gallery-bin-put-back": gallery_bin_put_back,
    "gallery-naming": naming,
    "editor-empty": editor_empty,
    "editor-run": editor_run,
    "editor-output": editor_output,
    "editor-running": editor_running,
    "editor-problems": editor_problems,
    "editor-shortcuts": shortcuts,
    "runs": runs,
    "run-completed": run_completed,
    "run-halted": run_halted,
    "run-waiting": run_waiting,
    "editor-waiting": editor_waiting,
    "halt-dialog": halt_dialog,
    "engage-dialog": engage_dialog,
    "audit": audit,
    "control": control,
    "control-halts": control_halts,
    "control-start": control_start,
    "control-everything": control_everything,
    "desk-run": desk_run,
    "schedules": schedules,
    "schedules-new": schedules_new,
    "schedules-refused": schedules_refused,
    "settings": settings,
    "accounts": accounts,
    "accounts-new": accounts_new,
    "account": account,
    "missing": missing,
    "login": login,
}
# Pages that scroll are shown whole.
WHOLE = {"gallery", "run-completed", "run-halted", "run-waiting"}


def tell_story(studio: RunningStudio, admin: Actor, page: Page) -> Story:
    """Draw, run and halt what the pictures show."""
    empty(studio.control, admin, EMPTY)
    for name in (DRAWING, FLAWED, LONG, ASKING):
        copy_of(studio.control, admin, name, name)
    for name in (BINNED, SPARE):
        empty(studio.control, admin, name)
    delete_workflow(studio.control, admin, BINNED)
    _give_schedules(studio, admin)
    completed = _run(page, DRAWING, nodes=9, until="completed")
    _run(page, FLAWED, nodes=8, until="completed")
    halted = _run(page, LONG, nodes=3, until="running")
    eventually(studio.marker_file(halted).exists)
    page.get_by_test_id("halt").click()
    page.get_by_test_id("halt-reason").fill("Fat finger drill")
    page.get_by_test_id("halt-confirm").click()
    expect(page.get_by_test_id("halt-sentence")).to_have_attribute("data-proved", "true")
    page.get_by_test_id("halt-cancel").click()
    waiting = _run(page, ASKING, nodes=10, until="waiting")
    running = _run(page, LONG, nodes=3, until="running")
    config = {"run_name": "momentum-live", "universe": ["AAPL", "MSFT", "XOM"], "history_bars": 300}
    session = start_desk_run(studio.control, admin, "paper", config).run_id
    return Story(completed=completed, halted=halted, running=running, waiting=waiting, session=session)


def _give_schedules(studio: RunningStudio, admin: Actor) -> None:
    plan = SchedulePlan(
        cron="30 13 * * 1-5",
        interval_seconds=0,
        timezone="Europe/Berlin",
        misfire="once",
        most=10,
        inputs={},
        enabled=True,
    )
    set_schedule(studio.control, admin, DRAWING, plan)
    set_schedule(studio.control, admin, FLAWED, replace(plan, interval_seconds=6 * 3600, timezone="UTC"))
    set_schedule(studio.control, admin, LONG, replace(plan, cron="0 18 L * *"))
    pause_schedule(studio.control, admin, LONG)


def main(out: Path) -> None:
    """Take all pictures."""
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as home:
        browser = launch(playwright)
        studio = RunningStudio.start(Path(home) / "on")
        try:
            cookies = _first_visit(browser, studio)
            window = new_window(browser, studio.base_url, cookies)
            story = tell_story(studio, studio.actor(NAME), window.new_page())
            window.close()
            for theme, size in product(THEMES, SIZES):
                _take_all(browser, studio, cookies, story, out, theme=theme, size=size)
        finally:
            studio.stop()
        off = RunningStudio.start(Path(home) / "off", orchestration_studio_enabled=False)
        try:
            cookies = _first_visit(browser, off)
            for theme, size in product(THEMES, SIZES):
                page = new_window(browser, off.base_url, cookies, size=size, theme=theme).new_page()
                page.goto("/")
                expect(page.get_by_test_id("studio-off")).to_be_visible()
                page.screenshot(path=out / f"studio-off-{theme}-{size[0]}.png")
                page.goto("/control")
                expect(page.get_by_test_id("lane-off-workflows")).to_be_visible()
                page.screenshot(path=out / f"control-studio-off-{theme}-{size[0]}.png")
        finally:
            off.stop()
        browser.close()


def _first_visit(browser: Browser, studio: RunningStudio) -> StorageState:
    window = new_window(browser, studio.base_url, None)
    page = window.new_page()
    page.goto(studio.first_link)
    fill_first_run(page, NAME, PASSWORD)
    page.wait_for_url(re.compile(r"/$"))
    return window.storage_state()


def _run(page: Page, name: str, *, nodes: int, until: str) -> str:
    editor = EditorPage.open(page, name, nodes=nodes)
    run_id = editor.start_run()
    expect(page.get_by_test_id("run-status")).to_have_attribute("data-state", until)
    return run_id


def _take_all(
    browser: Browser,
    studio: RunningStudio,
    cookies: StorageState,
    story: Story,
    out: Path,
    *,
    theme: Theme,
    size: tuple[int, int],
) -> None:
    for name, arrange in SHOTS.items():
        window = new_window(browser, studio.base_url, cookies, size=size, theme=theme)
        page = window.new_page()
        file = out / f"{name}-{theme}-{size[0]}.png"
        try:
            arrange(page, story)
        except (AssertionError, Error):
            # The other pictures are still worth having; this one shows what stood in the way.
            log.exception("not as wanted: %s", file.name)
        if name in WHOLE:
            _grow(page)
        page.screenshot(path=file)
        window.close()


def _grow(page: Page) -> None:
    """Make the window as high as the page's content, up to three screens."""
    height = page.locator("#content").evaluate("element => element.scrollHeight")
    width = (page.viewport_size or {"width": SIZES[0][0]})["width"]
    page.set_viewport_size({"width": width, "height": min(int(height) + 68, 2700)})


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    main(Path(sys.argv[1]))
