"""A run waits for an operator, in the analyst's tab and in the operator's, and goes on with the answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from persistence.paper import PaperRepository
from runtime.ids import RunId
from studio.services.accounts import Accounts
from tasks.access import Actor, Role
from tests.e2e.chromium import new_window
from tests.e2e.drawings import copy_of
from tests.e2e.editor_page import EditorPage
from tests.e2e.running_studio import RunningStudio
from tests.e2e.sign_in import PASSWORD, sign_in
from tests.e2e.watch import Watch

WORKFLOW = "approvals.momentum"


def signed_in(
    studio: RunningStudio, admin: Actor, browser: Browser, role: Role, *, address: str
) -> Iterator[Page]:
    """A tab of somebody with that role, in a browser context of their own, at an address."""
    name = f"Mary the {role}"
    accounts = Accounts(studio.control.database, studio.control.clock, session_hours=1)
    accounts.create_account(admin, name, PASSWORD, role)
    context = new_window(browser, studio.base_url, None)
    page = context.new_page()
    watch = Watch.of(page)
    page.goto(f"/login?next={address}")
    sign_in(page, name, PASSWORD)
    yield page
    context.close()
    watch.check()


@pytest.fixture(scope="module")
def workflow(studio: RunningStudio, admin: Actor) -> str:
    """The shipped workflow with an approval."""
    return copy_of(studio.control, admin, "trader.momentum_approved", WORKFLOW)


@pytest.fixture(scope="module")
def analyst(studio: RunningStudio, admin: Actor, browser: Browser, workflow: str) -> Iterator[Page]:
    """The analyst's editor."""
    yield from signed_in(studio, admin, browser, Role.ANALYST, address=f"/studio/{workflow}")


@pytest.fixture(scope="module")
def operator(studio: RunningStudio, admin: Actor, browser: Browser) -> Iterator[Page]:
    """The operator's list of runs."""
    yield from signed_in(studio, admin, browser, Role.OPERATOR, address="/runs")


def waiting_run(analyst: Page, operator: Page) -> str:
    """Start a run as the analyst, and open it as the operator once it waits; return its id."""
    editor = EditorPage(page=analyst)
    editor.expect_nodes(10)
    run_id = editor.start_run()
    expect(analyst.get_by_test_id("run-status")).to_have_attribute("data-state", "waiting", timeout=60_000)
    expect(editor.node("approval")).to_have_attribute("data-state", "waiting")
    operator.goto("/runs")
    expect(operator.get_by_test_id(f"run-status-{run_id}")).to_have_attribute("data-state", "waiting")
    operator.get_by_test_id(f"run-{run_id}").click()
    expect(operator.get_by_test_id("approval-question")).to_contain_text("Trade the paper account")
    return run_id


def orders(studio: RunningStudio, run_id: str) -> int:
    """Return how many orders a run has placed."""
    with studio.control.database.read() as session:
        return len(PaperRepository(session).orders(RunId(run_id)))


def test_an_operator_approves_what_an_analyst_has_started(
    studio: RunningStudio, analyst: Page, operator: Page
) -> None:
    run_id = waiting_run(analyst, operator)
    expect(analyst.get_by_test_id("approval-who")).to_contain_text("an operator or an admin")
    expect(analyst.get_by_test_id("approve")).to_have_count(0)
    assert orders(studio, run_id) == 0

    operator.get_by_test_id("approval-comment").fill("Looks right")
    operator.get_by_test_id("approve").click()

    for page in (operator, analyst):
        expect(page.get_by_test_id("run-status")).to_have_attribute("data-state", "completed", timeout=60_000)
        expect(page.get_by_test_id("approvals")).to_have_count(0)
    expect(operator.get_by_test_id("approval-answer")).to_contain_text("Approved by Mary the operator")
    expect(operator.get_by_test_id("approval-answer")).to_contain_text("Looks right")
    assert orders(studio, run_id) > 0


def test_a_rejected_run_ends_without_orders(studio: RunningStudio, analyst: Page, operator: Page) -> None:
    run_id = waiting_run(analyst, operator)

    operator.get_by_test_id("reject").click()

    expect(operator.get_by_test_id("run-status")).to_have_attribute("data-state", "completed", timeout=60_000)
    expect(operator.get_by_test_id("approval-answer")).to_contain_text("Rejected by Mary the operator")
    expect(EditorPage(page=analyst).node("orders")).to_have_attribute("data-state", "skipped")
    assert orders(studio, run_id) == 0
