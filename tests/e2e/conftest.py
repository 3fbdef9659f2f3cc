"""A real browser on a real studio. Both start once, before the first test of this folder, and end after its last one.

- `studio`: the running installation; `admin`: its first account, made by its first-run link in the browser.
- `page`: a signed-in tab; `stranger`: a tab that is not. `open_tab` opens more of the signed-in person's.
- Every tab is watched; a test fails when its page logs an error, throws, or gets an answer of 500 or above.
- A failed test leaves a picture and a trace of each tab under `test-results/`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect, sync_playwright

from tasks.access import Actor
from tests.e2e.chromium import launch, new_window
from tests.e2e.running_studio import ROOT, RunningStudio
from tests.e2e.sign_in import NAME, PASSWORD, fill_first_run
from tests.e2e.watch import Watch

FOLDER = Path(__file__).parent
RESULTS = ROOT / "test-results"
# The first test waits for the build and the start as well.
TEST_SECONDS = 480
_FAILED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a browser, and may take as long as a build."""
    for item in items:
        if item.path.is_relative_to(FOLDER):
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.timeout(TEST_SECONDS))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Iterator[pytest.TestReport | None]:
    """Tell the fixtures whether the test has failed."""
    report: pytest.TestReport = yield
    item.stash[_FAILED] = item.stash.get(_FAILED, False) or report.failed
    return report


# The scope is the package and not the session: Playwright's loop runs in the main thread, where async tests need theirs.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    with sync_playwright() as playwright:
        started = launch(playwright)
        yield started
        started.close()


@pytest.fixture(scope="package")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    """The installation."""
    running = RunningStudio.start(tmp_path_factory.mktemp("studio"))
    yield running
    assert running.stop() == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstVisit:
    """What happened when the first-run link was opened."""

    asked: str
    """The heading of the page that the link opens."""
    landed: str
    """The address after the account was made."""
    cookies: StorageState


@pytest.fixture(scope="package")
def first_visit(studio: RunningStudio, browser: Browser) -> FirstVisit:
    """Open the link of the start, choose name and password, arrive."""
    context = new_window(browser, studio.base_url, None)
    page = context.new_page()
    watch = Watch.of(page)
    page.goto(studio.first_link)
    expect(page.get_by_test_id("first-run-form")).to_be_visible()
    asked = page.get_by_role("heading").first.inner_text()
    fill_first_run(page, NAME, PASSWORD)
    page.wait_for_url(re.compile(r"/$"))
    expect(page.get_by_test_id("account-menu")).to_be_visible()
    landed, cookies = page.url, context.storage_state()
    context.close()
    watch.check()
    return FirstVisit(asked=asked, landed=landed, cookies=cookies)


@pytest.fixture(scope="package")
def admin(studio: RunningStudio, first_visit: FirstVisit) -> Actor:
    """The account that the first visit has made."""
    return studio.actor(NAME)


@dataclass(kw_only=True)
class Tabs:
    """The tabs of one test; opened in one browser context, so they share a session."""

    context: BrowserContext
    watches: dict[Page, Watch] = field(default_factory=dict[Page, Watch])

    def open(self) -> Page:
        """Open one more tab."""
        page = self.context.new_page()
        self.watches[page] = Watch.of(page)
        return page


OpenTab = Callable[[], Page]


@pytest.fixture
def tabs(
    request: pytest.FixtureRequest, browser: Browser, studio: RunningStudio, first_visit: FirstVisit
) -> Iterator[Tabs]:
    """The tabs of the signed-in person."""
    yield from _tabs(request, browser, studio, first_visit.cookies)


@pytest.fixture
def page(tabs: Tabs) -> Page:
    """A tab of the signed-in person."""
    return tabs.open()


@pytest.fixture
def watch(page: Page, tabs: Tabs) -> Watch:
    """What `page` says besides what it shows."""
    return tabs.watches[page]


@pytest.fixture
def open_tab(tabs: Tabs) -> OpenTab:
    """Opens another tab of the same person."""
    return tabs.open


@pytest.fixture
def stranger_tabs(request: pytest.FixtureRequest, browser: Browser, studio: RunningStudio) -> Iterator[Tabs]:
    """The tabs of somebody who is not signed in."""
    yield from _tabs(request, browser, studio, None)


@pytest.fixture
def stranger(stranger_tabs: Tabs) -> Page:
    """A tab of somebody who is not signed in."""
    return stranger_tabs.open()


@pytest.fixture
def stranger_watch(stranger: Page, stranger_tabs: Tabs) -> Watch:
    """What `stranger` says besides what it shows."""
    return stranger_tabs.watches[stranger]


def _tabs(
    request: pytest.FixtureRequest, browser: Browser, studio: RunningStudio, cookies: StorageState | None
) -> Iterator[Tabs]:
    tabs = Tabs(context=new_window(browser, studio.base_url, cookies))
    tabs.context.tracing.start(snapshots=True, sources=False)
    yield tabs
    _leave_evidence(request.node, tabs, kind="stranger" if cookies is None else "member")
    tabs.context.close()
    for watch in tabs.watches.values():
        watch.check()


def _leave_evidence(item: pytest.Item, tabs: Tabs, *, kind: str) -> None:
    if not item.stash.get(_FAILED, False):
        tabs.context.tracing.stop()
        return
    name = re.sub(r"\W+", "-", f"{item.name}-{kind}")[:120]
    RESULTS.mkdir(exist_ok=True)
    for number, page in enumerate(tabs.context.pages, start=1):
        page.screenshot(path=RESULTS / f"{name}-{number}.png")
    tabs.context.tracing.stop(path=RESULTS / f"{name}-trace.zip")
