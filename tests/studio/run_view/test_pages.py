"""Pages and components of runs compile, with everything that tests look for in them."""

import pytest
import reflex as rx

from studio.components.halt_dialog import QUICK_REASONS, halt_dialog, halt_run_button, halt_workflows_button
from studio.pages.gallery.page import page as gallery_page
from studio.pages.run.page import page as run_page
from studio.pages.runs.page import page as runs_page
from studio.run_view.dock import dock
from studio.run_view.halt_state import HaltState
from studio.run_view.halts import HaltView

RUN_IDS = (
    "run-status", "run-id", "run-started", "run-duration", "run-cost", "run-who", "run-again", "open-workflow", "run-picture",
    "halt", "halt-record", "halt-requested", "halt-acknowledged", "halt-last-effect", "timeline", "tab-timeline", "tab-output",
    "tab-log", "inspect", "inspect-input", "inspect-output", "inspect-crumb", "inspect-error", "report", "freshness",
)  # fmt: skip


@pytest.fixture(scope="module")
def run() -> str:
    return str(run_page())


@pytest.mark.parametrize("test_id", RUN_IDS)
def test_the_run_page_has_it(test_id: str, run: str) -> None:
    assert f'"{test_id}"' in run


def test_bars_are_named_after_their_nodes(run: str) -> None:
    assert '"bar-"+' in run


@pytest.mark.parametrize(
    "test_id",
    [
        "halt-reason",
        "halt-typed",
        "halt-confirm",
        "halt-cancel",
        "halt-counts",
        "halt-propagation-off",
        "halt-problem",
    ],
)
def test_the_halt_dialog_has_it(test_id: str) -> None:
    assert f'"{test_id}"' in str(halt_dialog())


def test_every_page_has_the_halt_dialog_and_its_button() -> None:
    for page in (gallery_page, runs_page, run_page):
        drawn = str(page())

        assert '"halt-dialog"' in drawn
        assert '"halt-workflows"' in drawn


def test_only_halt_buttons_are_solid_red() -> None:
    assert 'color:"red"' in str(halt_run_button("r1", owner="u1"))
    assert 'color:"red"' in str(halt_workflows_button())
    assert 'color:"red"' not in str(dock())


def test_the_dock_has_a_problems_tab_only_with_problems() -> None:
    assert '"tab-problems"' not in str(dock())
    assert '"tab-problems"' in str(dock(problems=rx.text("none"), problem_count=rx.Var.create(0)))


@pytest.mark.parametrize(
    "test_id", ["gallery-search", "gallery-start-empty", "new-name", "new-create", "studio-off"]
)
def test_the_gallery_has_it(test_id: str) -> None:
    assert f'"{test_id}"' in str(gallery_page())


@pytest.mark.parametrize("test_id", ["runs-status", "runs-workflow", "runs-older", "runs-newer", "runs-list"])
def test_the_list_of_runs_has_it(test_id: str) -> None:
    assert f'"{test_id}"' in str(runs_page())


def test_one_run_needs_a_reason_to_be_halted() -> None:
    state = HaltState()
    state.ask_run("r1")
    without = state.ready
    state.write_reason("   ")
    blank = state.ready
    state.write_reason(QUICK_REASONS[0])

    assert (without, blank, state.ready) == (False, False, True)


def test_all_runs_need_the_typed_word_as_well() -> None:
    state = HaltState()
    state.open, state.scope, state.reason = True, "workflows", "drill"
    lower = (state.write_typed("halt"), state.ready)[1]
    state.write_typed("HALT")

    assert (lower, state.ready) == (False, True)


def test_a_halt_is_sent_once() -> None:
    state = HaltState()
    state.ask_run("r1")
    state.write_reason("drill")
    state.sending = True
    sending = state.ready
    state.sending, state.result = False, HaltView(id="h1")

    assert (sending, state.ready) == (False, False)


def test_the_next_dialog_starts_clean() -> None:
    state = HaltState()
    state.ask_run("r1")
    state.write_reason("drill")
    state.result = HaltView(id="h1")
    state.ask_run("r2")

    assert (state.run_id, state.reason, state.result, state.open) == ("r2", "", HaltView(), True)
