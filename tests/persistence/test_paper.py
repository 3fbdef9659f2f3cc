from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from persistence.database import Database
from persistence.paper import Fill, NewOrder, PaperRepository, Side
from runtime.errors import InvalidValue
from runtime.ids import NodeId, RunId, SpecName
from tests.persistence.conftest import NOW


def order(key: str, side: Side = "buy", quantity: float = 10.0, symbol: str = "AAPL") -> NewOrder:
    return NewOrder(
        idempotency_key=key,
        run_id=RunId("r1"),
        workflow=SpecName("desk.momentum"),
        node_id=NodeId("orders"),
        account="desk",
        symbol=symbol,
        side=side,
        quantity=quantity,
        status="filled",
        created_at=NOW,
    )


def fill(quantity: float, price: float = 100.0, fee: float = 0.5) -> Fill:
    return Fill(quantity=quantity, price=price, fee=fee, slippage_bps=5.0, at=NOW)


def test_an_order_that_is_sent_again_is_not_placed_again(database: Database) -> None:
    with database.write() as session:
        first, created = PaperRepository(session).place(order("k1"), [fill(6), fill(4)])
    assert created

    with database.write() as session:
        again, created = PaperRepository(session).place(order("k1"), [fill(10)])

    assert not created
    assert again.id == first.id
    assert again.order == order("k1")
    assert sorted(entry.quantity for entry in again.fills) == [4, 6]
    with database.read() as session:
        assert PaperRepository(session).positions("desk") == {"AAPL": 10.0}


def test_of_many_who_place_the_same_order_one_does(database: Database) -> None:
    def place(_: int) -> bool:
        with database.write() as session:
            return PaperRepository(session).place(order("k1"), [fill(10)])[1]

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(place, range(8))) == [False] * 7 + [True]
    with database.read() as session:
        assert PaperRepository(session).positions("desk") == {"AAPL": 10.0}


def test_a_key_is_not_lent_to_another_order(database: Database) -> None:
    with database.write() as session:
        PaperRepository(session).place(order("k1"), [fill(10)])

    with pytest.raises(InvalidValue), database.write() as session:
        PaperRepository(session).place(order("k1", side="sell"), [fill(10)])


def test_positions_and_cash_add_up_from_the_fills(database: Database) -> None:
    rejected = replace(order("k5", quantity=1e6), status="rejected", reason="not enough cash")
    with database.write() as session:
        paper = PaperRepository(session)
        paper.place(order("k1"), [fill(10, price=100.0, fee=1.0)])
        paper.place(order("k2", "sell", 4.0), [fill(4, price=110.0, fee=0.5)])
        paper.place(order("k3", symbol="MSFT", quantity=0.3), [fill(0.1, fee=0), fill(0.2, fee=0)])
        paper.place(order("k4", "sell", 0.3, symbol="MSFT"), [fill(0.3, fee=0)])
        paper.place(rejected, [])
        paper.place(replace(order("k6"), account="other"), [fill(1)])

        assert paper.positions("desk") == {"AAPL": 6.0}
        assert paper.cash_flow("desk") == pytest.approx(-1000 - 1 + 440 - 0.5)
        assert (paper.positions("nobody"), paper.cash_flow("nobody")) == ({}, 0.0)
        booked = {record.order.idempotency_key: record for record in paper.orders(RunId("r1"))}
        assert list(booked) == ["k1", "k2", "k3", "k4", "k5", "k6"]
        assert (booked["k5"].order.reason, booked["k5"].fills) == ("not enough cash", ())


def test_an_account_keeps_the_cash_it_was_opened_with(database: Database) -> None:
    with database.write() as session:
        paper = PaperRepository(session)
        assert paper.open_account("desk", initial_cash=100_000.0, now=NOW) == 100_000.0
        assert paper.open_account("desk", initial_cash=5.0, now=NOW) == 100_000.0


def test_two_who_lock_an_account_spend_its_cash_one_after_the_other(database: Database) -> None:
    with database.write() as session:
        PaperRepository(session).open_account("desk", initial_cash=1000.0, now=NOW)

    def buy(number: int) -> bool:
        with database.write() as session:
            paper = PaperRepository(session)
            paper.lock_account("desk")
            if 1000.0 + paper.cash_flow("desk") < 1000.0:
                return False
            return paper.place(order(f"k{number}"), [fill(10, price=100.0, fee=0.0)])[1]

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(buy, range(6))) == [False] * 5 + [True]
