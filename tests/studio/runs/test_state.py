"""The list of runs, on a real database."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from persistence.runs import NewRun, RunRepository
from runtime.ids import RunId, SpecName, TaskId
from studio.pages.runs.state import PAGE, RunsState
from studio.wiring import serving
from tests.fakes import EPOCH
from tests.studio.conftest import Office
from tests.studio.tabs import open_tab, state_of

MANY = 2 * PAGE + 3


@pytest.fixture
async def runs(office: Office) -> AsyncIterator[RunsState]:
    with office.container.database.write() as session:
        repository = RunRepository(session)
        for number in range(MANY):
            run = NewRun(
                run_id=RunId(f"r{number:03}"), task_id=TaskId(f"t{number}"), spec={}, spec_hash="0" * 64,
                spec_name=SpecName("even" if number % 2 == 0 else "odd"), created_by=None, created_by_name="ann",
            )  # fmt: skip
            repository.insert_pending(run, EPOCH + timedelta(seconds=number))
        repository.halt(RunId("r000"), reason="drill", now=EPOCH + timedelta(hours=1))
    async with serving(office.container):
        yield state_of(open_tab(office, "/runs"), RunsState)


async def test_the_newest_runs_come_first_and_pages_turn_both_ways(runs: RunsState) -> None:
    await runs.open()
    first = [line.run_id for line in runs.lines]
    await runs.older()
    await runs.older()
    last, span, end = [line.run_id for line in runs.lines], runs.span, runs.has_older
    await runs.newer()
    await runs.newer()

    assert (first[0], len(first)) == (f"r{MANY - 1:03}", PAGE)
    assert (last, span, end) == (["r002", "r001", "r000"], f"{2 * PAGE + 1} to {MANY} of {MANY}", False)
    assert [line.run_id for line in runs.lines] == first
    assert not runs.has_newer


async def test_filters_narrow_the_list_and_go_back_to_its_start(runs: RunsState) -> None:
    await runs.open()
    await runs.older()
    await runs.choose_workflow("even")
    even = {line.workflow for line in runs.lines}
    await runs.choose_status("halted")

    assert even == {"even"}
    assert not runs.has_newer
    assert [(line.run_id, line.error) for line in runs.lines] == [("r000", "drill")]


async def test_nothing_fits_and_all_is_shown_again(runs: RunsState) -> None:
    await runs.open()
    await runs.choose_status("error")
    none, filtered = list(runs.lines), runs.filtered
    await runs.show_all()

    assert (none, filtered) == ([], True)
    assert len(runs.lines) == PAGE


async def test_a_state_that_does_not_exist_filters_nothing(runs: RunsState) -> None:
    await runs.choose_status("'; drop table")

    assert runs.span == f"1 to {PAGE} of {MANY}"
