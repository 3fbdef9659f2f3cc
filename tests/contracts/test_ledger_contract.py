"""What the row of a run keeps, in the database and in the fake that stands for it: one claim, one end, and a halt stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Protocol

import pytest

from persistence.database import Database, open_database
from persistence.run_records import Claim, RunOutcome, RunTotals
from persistence.runs import RunRepository
from runtime.ids import RunId
from tasks.worker.ledger import RunLedger
from tasks.worker.local_runs import Account
from tests.conftest import Backend
from tests.fakes import EPOCH, FakeClock, InMemoryLedger
from tests.tasks.runs import pending


class Row(Protocol):
    """The row of one run, as the laws of the engine use it."""

    def claim(self) -> bool: ...

    def halt(self, reason: str) -> None: ...

    def end(self, status: str, error: str | None) -> str | None: ...


class RowInDatabase:
    """A real row behind a real ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ledger = RunLedger(database, FakeClock(), worker="w1", lease=timedelta(seconds=6))
        self._run: RunId = pending(database, EPOCH)
        self._claim: Claim | None = None

    def claim(self) -> bool:
        claim = self._ledger.claim(self._run)
        self._claim = claim or self._claim
        return claim is not None

    def halt(self, reason: str) -> None:
        with self._database.write() as session:
            RunRepository(session).halt(self._run, reason=reason, now=EPOCH)

    def end(self, status: str, error: str | None) -> str | None:
        if self._claim is None:
            return None
        outcome = RunOutcome(status=status, final_state={}, crumbs=[], totals=RunTotals(), error=error)  # pyright: ignore[reportArgumentType]
        return self._ledger.end(self._claim, outcome, seq=1, account=Account()).status


@pytest.fixture(params=["fake", "sqlite"])
def row(request: pytest.FixtureRequest, migrated: Callable[[Backend], str]) -> Iterator[Row]:
    if request.param == "fake":
        yield InMemoryLedger()
        return
    database = open_database(migrated("sqlite"))
    yield RowInDatabase(database)
    database.dispose()


def test_a_run_is_claimed_once(row: Row) -> None:
    assert [row.claim(), row.claim()] == [True, False]


@pytest.mark.parametrize("status", ["completed", "error", "halted"])
def test_a_run_ends_once_as_its_worker_says(row: Row, status: str) -> None:
    row.claim()

    assert row.end(status, "why") == status
    assert row.end("completed", None) is None


def test_a_row_that_was_halted_is_never_completed(row: Row) -> None:
    row.claim()
    row.halt("enough")

    assert row.end("completed", None) == "halted"
    assert row.end("completed", None) is None


def test_a_halt_of_what_has_ended_changes_nothing(row: Row) -> None:
    row.claim()
    row.end("completed", None)
    row.halt("too late")

    assert row.end("error", "x") is None
    assert not row.claim()


def test_a_run_that_is_halted_before_it_is_taken_is_not_taken(row: Row) -> None:
    row.halt("enough")

    assert not row.claim()
