"""The control room: what runs is seen, one run, one desk and everything is halted, and who may not is told why."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from threading import Event

import pytest
from playwright.sync_api import Page, expect

from studio.services.accounts import Accounts
from tasks.access import Actor, Reauthentication, Role
from tasks.control.desks import get_desk_run, start_desk_run
from tasks.control.runs import start_run
from tasks.control.settings import set_setting
from tasks.control.switch import release, switch_status
from tests.e2e.drawings import copy_of
from tests.e2e.running_studio import RunningStudio
from tests.e2e.sign_in import PASSWORD, sign_in
from tests.integration.installation import eventually, write_locked

PROPAGATION = "orchestration_kill_propagation_enabled"
SESSION = {"universe": ["AAPL", "MSFT"], "seconds_per_bar": 0.2, "history_bars": 300}
MILLISECONDS = re.compile(r"^[\d,]+ ms")


@pytest.fixture(autouse=True)
def released(studio: RunningStudio, admin: Actor) -> Iterator[None]:
    """Leave nothing running, and the kill switch as the next test expects it."""
    yield
    if switch_status(studio.control).state == "engaged":
        proof = Reauthentication(user_id=admin.id, at=studio.control.clock.now())
        release(studio.control, admin, "the test is over", proof)


@pytest.fixture
def operator(studio: RunningStudio, admin: Actor, stranger: Page, request: pytest.FixtureRequest) -> Page:
    """A tab of an operator on the control room."""
    return member(studio, admin, stranger, f"Oli {request.node.name[:40]}", Role.OPERATOR)


def member(studio: RunningStudio, admin: Actor, page: Page, name: str, role: Role) -> Page:
    """Make an account and sign it in on the control room."""
    Accounts(studio.control.database, studio.control.clock, session_hours=1).create_account(
        admin, name, PASSWORD, role
    )
    page.goto("/login?next=/control")
    sign_in(page, name, PASSWORD)
    expect(page.get_by_test_id("lanes")).to_be_visible()
    return page


def session(studio: RunningStudio, actor: Actor, name: str) -> str:
    """Start a paper session and return its id once it trades."""
    run_id = start_desk_run(studio.control, actor, "paper", {**SESSION, "run_name": name}).run_id
    eventually(lambda: get_desk_run(studio.control, actor, run_id).record.summary.status == "running")
    return run_id


def flow(studio: RunningStudio, actor: Actor, name: str) -> str:
    """Start a workflow that waits, and return its run once it does."""
    run_id = start_run(
        studio.control, actor, copy_of(studio.control, actor, "utility.halt_practice", name), {}
    ).run_id
    eventually(lambda: studio.marker_file(run_id).exists())
    return run_id


def _unchanged(studio: RunningStudio, run_id: str) -> str:
    """Return the lines that a run has left, once no new one comes."""
    before = studio.marker_file(run_id).read_text()
    Event().wait(0.5)
    return before if studio.marker_file(run_id).read_text() == before else ""


def confirm(page: Page, reason: str, *, typed: bool) -> None:
    """Give a reason in the open dialog, type the word if it is wanted, and send."""
    page.get_by_test_id("halt-reason").fill(reason)
    if typed:
        expect(page.get_by_test_id("halt-confirm")).to_be_disabled()
        page.get_by_test_id("halt-typed").fill("HALT")
    page.get_by_test_id("halt-confirm").click()
    sentence = page.get_by_test_id("halt-dialog").get_by_test_id("halt-sentence")
    expect(sentence).to_have_attribute("data-proved", "true")
    page.get_by_test_id("halt-cancel").click()


def test_an_operator_halts_one_run_and_then_its_desk_and_reads_the_times(
    studio: RunningStudio, admin: Actor, operator: Page
) -> None:
    first, second = session(studio, admin, "room-one"), session(studio, admin, "room-two")
    expect(operator.get_by_test_id("lane-count-paper")).to_have_text("2")

    operator.get_by_test_id(f"card-halt-{first}").click()
    confirm(operator, "One of them", typed=False)

    expect(operator.get_by_test_id(f"card-{first}")).to_have_attribute("data-state", "halted")
    expect(operator.get_by_test_id(f"card-ack-{first}")).to_have_text(MILLISECONDS)
    expect(operator.get_by_test_id(f"card-{second}")).to_have_attribute("data-state", "running")
    expect(operator.get_by_test_id("lane-count-paper")).to_have_text("1")
    operator.get_by_test_id("halt-lane-paper").click()
    expect(operator.get_by_test_id("halt-counts")).to_have_text("1 run of this desk.")
    confirm(operator, "And the rest", typed=True)
    expect(operator.get_by_test_id(f"card-{second}")).to_have_attribute("data-state", "halted")
    expect(operator.get_by_test_id("lane-count-paper")).to_have_text("0")
    # A desk alone does not engage the switch.
    assert switch_status(studio.control).state == "released"


def test_an_operator_halts_everything_and_it_is_still_told_after_a_reload(
    studio: RunningStudio, admin: Actor, operator: Page
) -> None:
    paper, waiting = session(studio, admin, "room-all"), flow(studio, admin, "room.all")
    expect(operator.get_by_test_id(f"card-{waiting}")).to_have_attribute("data-state", "running")

    operator.get_by_test_id("halt-everything").click()
    expect(operator.get_by_test_id("everything-counts")).to_contain_text("Workflows1")
    operator.get_by_test_id("everything-reason").fill("Fat finger drill")
    expect(operator.get_by_test_id("everything-confirm")).to_be_disabled()
    operator.get_by_test_id("everything-typed").fill("HALT")
    operator.get_by_test_id("everything-confirm").click()

    expect(operator.get_by_test_id("everything-sentence")).to_have_attribute("data-proved", "true")
    expect(operator.get_by_test_id(f"everything-run-{paper}")).to_have_attribute("data-proved", "true")
    expect(operator.get_by_test_id("everything-workflows")).to_have_attribute("data-tone", "ok")
    assert studio.run(admin, waiting).shown == "halted"
    assert switch_status(studio.control).state == "engaged"
    operator.reload()
    expect(operator.get_by_test_id("everything-sentence")).to_have_attribute("data-proved", "true")
    operator.get_by_test_id("everything-close").click()
    expect(operator.get_by_test_id("last-halt")).to_contain_text("Fat finger drill")
    expect(operator.get_by_test_id("last-halt-short")).to_contain_text(
        "lanes proved stopped, last side effect"
    )
    operator.get_by_test_id("room-tab-halts").click()
    halts = operator.get_by_test_id("room-halts")
    expect(halts.get_by_role("button", name="Everything", exact=True)).to_have_count(1)


def test_with_propagation_off_the_lane_of_the_workflows_is_amber_and_says_what_stopped_it(
    studio: RunningStudio, admin: Actor, operator: Page
) -> None:
    waiting = flow(studio, admin, "room.amber")
    set_setting(studio.control, admin, PROPAGATION, False, "a browser test")
    try:
        operator.get_by_test_id("halt-everything").click()
        expect(operator.get_by_test_id("everything-propagation-off")).to_be_visible()
        operator.get_by_test_id("everything-pick-3").click()
        operator.get_by_test_id("everything-typed").fill("HALT")
        operator.get_by_test_id("everything-confirm").click()

        lane = operator.get_by_test_id("everything-workflows")
        expect(lane).to_have_attribute("data-tone", "warn")
        expect(lane).to_contain_text("Propagation is off: this lane sent no halt.")
        expect(operator.get_by_test_id("everything-sentence")).to_have_attribute("data-proved", "true")
    finally:
        set_setting(studio.control, admin, PROPAGATION, True, "the browser test is over")
    assert studio.run(admin, waiting).shown == "halted"


def test_while_the_database_is_locked_the_halt_goes_out_and_the_dialog_is_amber_until_it_is_written(
    studio: RunningStudio, admin: Actor, operator: Page
) -> None:
    waiting = flow(studio, admin, "room.locked")
    expect(operator.get_by_test_id(f"card-{waiting}")).to_have_attribute("data-state", "running")
    dialog = operator.get_by_test_id("halt-dialog")
    sentence = dialog.get_by_test_id("halt-sentence")

    with write_locked(studio.control.database):
        operator.get_by_test_id("halt-lane-workflows").click()
        operator.get_by_test_id("halt-reason").fill("Drill")
        operator.get_by_test_id("halt-typed").fill("HALT")
        operator.get_by_test_id("halt-confirm").click()
        expect(sentence).to_contain_text("database")
        expect(sentence).to_have_attribute("data-proved", "false")
        marks = eventually(lambda: _unchanged(studio, waiting))

    expect(sentence).to_have_attribute("data-proved", "true")
    operator.get_by_test_id("halt-cancel").click()
    expect(operator.get_by_test_id(f"card-{waiting}")).to_have_attribute("data-state", "halted")
    assert studio.marker_file(waiting).read_text() == marks


def test_while_a_worker_does_not_answer_the_lane_says_halting_and_then_what_was_killed(
    studio: RunningStudio, admin: Actor, operator: Page
) -> None:
    waiting = flow(studio, admin, "room.deaf")
    card = operator.get_by_test_id(f"card-{waiting}")
    expect(card).to_have_attribute("data-state", "running")
    for pid in studio.task_processes():
        os.kill(pid, signal.SIGSTOP)

    operator.get_by_test_id(f"card-halt-{waiting}").click()
    operator.get_by_test_id("halt-reason").fill("Drill")
    operator.get_by_test_id("halt-confirm").click()

    expect(card).to_have_attribute("data-state", "halting")
    sentence = operator.get_by_test_id("halt-dialog").get_by_test_id("halt-sentence")
    expect(sentence).to_have_attribute("data-proved", "true", timeout=30_000)
    operator.get_by_test_id("halt-cancel").click()
    expect(card).to_have_attribute("data-state", "halted")
    for pid in studio.task_processes():
        os.kill(pid, signal.SIGCONT)


def test_an_analyst_halts_own_runs_only_and_is_told_why_elsewhere(
    studio: RunningStudio, admin: Actor, stranger: Page
) -> None:
    page = member(studio, admin, stranger, "Vera of the room", Role.ANALYST)
    other = session(studio, admin, "room-theirs")

    expect(page.get_by_test_id(f"card-why-{other}")).to_have_text("not yours to halt")
    expect(page.get_by_test_id("halt-everything")).to_have_count(0)
    expect(page.get_by_test_id("halt-everything-why")).to_contain_text("operator")
    expect(page.get_by_test_id("halt-lane-paper")).to_have_count(0)
    expect(page.get_by_test_id("halt-lane-why-paper")).to_be_visible()
    page.get_by_test_id("start-paper").click()
    expect(page.get_by_test_id("start-field-universe")).to_have_value("AAPL, MSFT, XOM")
    page.get_by_test_id("start-field-run_name").fill("room mine")
    page.get_by_test_id("start-confirm").click()
    expect(page.get_by_test_id("start-error-run_name")).to_be_visible()
    page.get_by_test_id("start-field-run_name").fill("room-mine")
    page.get_by_test_id("start-confirm").click()
    expect(page.get_by_test_id("desk-run-status")).to_have_attribute("data-state", "running")
    expect(page.get_by_test_id("desk-run-config")).to_contain_text("room-mine")
    page.get_by_test_id("desk-run-halt").click()
    confirm(page, "Mine", typed=False)

    expect(page.get_by_test_id("desk-run-status")).to_have_attribute("data-state", "halted")
    expect(page.get_by_test_id("halt-record")).to_contain_text("Vera of the room")
    expect(page.get_by_test_id("desk-run-log")).to_contain_text("Halted: Mine")
