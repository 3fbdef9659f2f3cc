"""The books of a paper session keep their promises, in memory and on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest
from sqlalchemy import delete

from persistence.database import Database, open_database
from persistence.desk_runs import DeskRunRepository, NewDeskRun
from persistence.models import DeskRunRow
from persistence.paper_sessions import PaperSessionRepository
from runtime.errors import WriteRefused
from runtime.ids import RunId, TaskId
from runtime.paper.books import Booking, LedgerEntry, SessionBooks, SessionFill, SessionOrder
from runtime.paper.trading import Standing
from tasks.worker.offload import Offload
from tasks.worker.session_books import DbSessionBooks
from tests.fakes import InMemoryBooks

NOW = datetime(2026, 5, 17, 9, 30, tzinfo=UTC)
RUN = RunId("r1")
DRILL = "drill"
REFERENCE = "paper:r1"


class Kept(Protocol):
    """Books with a door for the outside, and a look at what is in them."""

    @property
    def books(self) -> SessionBooks: ...

    def halt(self) -> None: ...
    def take_over(self) -> None: ...
    def orders(self) -> Sequence[SessionOrder]: ...
    def fills(self) -> Sequence[SessionFill]: ...
    def ledger(self) -> Sequence[LedgerEntry]: ...
    def bars_seen(self) -> int | None: ...


@dataclass
class InMemory:
    """The fake."""

    books: InMemoryBooks

    def halt(self) -> None:
        self.books.status, self.books.reason = "halted", DRILL

    def take_over(self) -> None:
        self.books.taken_over = True

    def orders(self) -> Sequence[SessionOrder]:
        return list(self.books.orders.values())

    def fills(self) -> Sequence[SessionFill]:
        return list(self.books.fills.values())

    def ledger(self) -> Sequence[LedgerEntry]:
        return list(self.books.ledger.values())

    def bars_seen(self) -> int | None:
        return None if self.books.state is None else self.books.state.bars_seen


@dataclass
class InDatabase:
    """The real thing."""

    database: Database
    books: DbSessionBooks

    def halt(self) -> None:
        with self.database.write() as session:
            DeskRunRepository(session).halt(RUN, reason=DRILL, now=NOW)

    def take_over(self) -> None:
        with self.database.write() as session:
            later = NOW + timedelta(hours=1)
            assert DeskRunRepository(session).claim(
                RUN, worker="other", now=later, lease=timedelta(minutes=1)
            )

    def orders(self) -> Sequence[SessionOrder]:
        with self.database.read() as session:
            return PaperSessionRepository(session).orders(RUN, limit=100)[::-1]

    def fills(self) -> Sequence[SessionFill]:
        with self.database.read() as session:
            return PaperSessionRepository(session).fills(RUN, limit=100)[::-1]

    def ledger(self) -> Sequence[LedgerEntry]:
        with self.database.read() as session:
            return PaperSessionRepository(session).ledger(RUN, limit=100)[::-1]

    def bars_seen(self) -> int | None:
        with self.database.read() as session:
            stored = PaperSessionRepository(session).state(RUN)
        return None if stored is None else stored.state.bars_seen


def in_database(database: Database) -> InDatabase:
    run = NewDeskRun(
        run_id=RUN,
        task_id=TaskId("t1"),
        desk="paper",
        kind="session",
        name="test",
        queue="paper",
        config={},
        created_by=None,
        created_by_name="Ann",
    )
    with database.write() as session:
        runs = DeskRunRepository(session)
        runs.insert_pending(run, NOW)
        claim = runs.claim(RUN, worker="w1", now=NOW, lease=timedelta(minutes=1))
    assert claim is not None
    books = DbSessionBooks(
        database, Offload(threads=1), claim=claim, now=lambda: NOW, switch_engaged=lambda: False
    )
    return InDatabase(database=database, books=books)


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def kept(request: pytest.FixtureRequest, migrated: Callable[[str], str]) -> Iterator[Kept]:
    if request.param == "memory":
        yield InMemory(books=InMemoryBooks())
        return
    database = open_database(migrated(request.param))
    with database.write() as session:
        session.execute(delete(DeskRunRow))
    yield in_database(database)
    database.dispose()


ORDER = SessionOrder(
    key=f"{REFERENCE}:1:0",
    reference=REFERENCE,
    symbol="A",
    side="buy",
    quantity=2.0,
    limit_price=5.0,
    status="open",
    placed_bar=1,
    placed_at=NOW,
    expires_bar=None,
)
FILL = SessionFill(
    order_key=ORDER.key,
    symbol="A",
    side="buy",
    quantity=2.0,
    price=5.0,
    fee=0.1,
    cash_change=-10.1,
    bar=2,
    at=NOW,
)


def entry(seq: int, cash_change: float = 0.0) -> LedgerEntry:
    return LedgerEntry(
        seq=seq,
        kind="FILL" if cash_change else "ORDER",
        reference=REFERENCE,
        at=NOW,
        message=f"entry {seq}",
        cash_change=cash_change,
        data={"symbol": "A"},
    )


def booking(bar: int, **fields: object) -> Booking:
    return Booking(state=replace(Standing.opened(100.0), bars_seen=bar).state(), **fields)  # pyright: ignore[reportArgumentType]


PLACED = booking(1, orders=(ORDER,), ledger=(entry(1), entry(2)))
FILLED = booking(2, orders=(replace(ORDER, status="filled"),), fills=(FILL,), ledger=(entry(3, -10.1),))
CANCELLED = booking(2, orders=(replace(ORDER, status="cancelled", reason="stop"),), ledger=(entry(3),))


async def test_what_was_booked_is_in_the_books_as_it_was(kept: Kept) -> None:
    await kept.books.record(PLACED)
    await kept.books.record(FILLED)

    assert kept.orders() == [replace(ORDER, status="filled")]
    assert kept.fills() == [FILL]
    assert kept.ledger() == [entry(1), entry(2), entry(3, -10.1)]
    assert kept.bars_seen() == 2
    assert await kept.books.has_entry(3)
    assert not await kept.books.has_entry(4)


async def test_the_same_booking_again_changes_nothing(kept: Kept) -> None:
    for done in (PLACED, PLACED, FILLED, FILLED):
        await kept.books.record(done)

    assert (len(kept.orders()), len(kept.fills()), len(kept.ledger())) == (1, 1, 3)


async def test_a_halted_session_books_nothing_but_its_end(kept: Kept) -> None:
    await kept.books.record(PLACED)
    kept.halt()

    with pytest.raises(WriteRefused, match=f"^{DRILL}$"):
        await kept.books.record(FILLED)
    await kept.books.close(CANCELLED)

    assert [(order.status, order.reason) for order in kept.orders()] == [("cancelled", "stop")]
    assert (kept.fills(), len(kept.ledger())) == ([], 3)


async def test_a_stale_workers_orders_are_refused_and_so_is_its_end(kept: Kept) -> None:
    await kept.books.record(PLACED)
    kept.take_over()

    with pytest.raises(WriteRefused):
        await kept.books.record(FILLED)
    with pytest.raises(WriteRefused):
        await kept.books.close(CANCELLED)

    assert (kept.orders(), kept.fills(), len(kept.ledger())) == ([ORDER], [], 2)


async def test_the_end_of_a_session_is_no_way_to_order(kept: Kept) -> None:
    await kept.books.record(PLACED)

    with pytest.raises(WriteRefused):
        await kept.books.close(booking(2, orders=(replace(ORDER, key=f"{REFERENCE}:2:0"),)))
    with pytest.raises(WriteRefused):
        await kept.books.close(FILLED)

    assert (kept.orders(), kept.fills()) == ([ORDER], [])
