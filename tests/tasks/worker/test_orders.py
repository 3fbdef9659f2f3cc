"""Paper orders are booked once, within the cash, and never after a halt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from persistence.controls import ControlRepository
from persistence.database import Database
from persistence.runs import Claim, RunRepository
from runtime.ports import OrderRequest
from tasks.control.settings import SystemActor
from tasks.worker.offload import Offload
from tasks.worker.orders import DbOrderBook
from tests.fakes import EPOCH, FakeClock
from tests.tasks.runs import claimed

FREE = {"fee_bps": 0.0, "slippage_bps": 0.0}


class Desk:
    """A book with what a test wants to know about it."""

    def __init__(self, database: Database, claim: Claim, offload: Offload) -> None:
        self.claim = claim
        self.database = database
        self.stamps: list[datetime] = []
        self.mirrored = False
        self.book = DbOrderBook(
            database,
            offload,
            FakeClock(),
            run_id=claim.run_id,
            switch_engaged=lambda: self.mirrored,
            stamp=self.stamps.append,
        )

    def order(
        self, side: Any, quantity: float, *, symbol: str = "AAPL", price: float = 100.0
    ) -> OrderRequest:
        return OrderRequest(
            key=f"{self.claim.run_id}:node:{symbol}:{side}",
            run_id=self.claim.run_id,
            workflow="test",
            node_id="node",
            account="main",
            symbol=symbol,
            side=side,
            quantity=quantity,
            reference_price=price,
        )


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    """The book of a running run."""
    offload = Offload(threads=2)
    yield Desk(database, claimed(database, EPOCH, lease=timedelta(days=1)), offload)
    offload.close()


async def test_an_order_is_filled_with_slippage_and_fee_and_stamped(desk: Desk) -> None:
    await desk.book.account("main", initial_cash=10_000)

    (receipt,) = await desk.book.place([desk.order("buy", 10)], fee_bps=10, slippage_bps=20)
    account = await desk.book.account("main", initial_cash=0)

    assert (receipt.status, receipt.created) == ("filled", True)
    assert (receipt.price, receipt.fee) == (pytest.approx(100.2), pytest.approx(1.002))
    assert account.cash == pytest.approx(10_000 - 1_002 - 1.002)
    assert account.positions == {"AAPL": 10}
    assert desk.stamps == [EPOCH]


async def test_an_order_that_comes_again_is_not_booked_again(desk: Desk) -> None:
    await desk.book.account("main", initial_cash=10_000)
    (first,) = await desk.book.place([desk.order("buy", 10)], **FREE)

    (second,) = await desk.book.place([desk.order("buy", 10)], **FREE)

    assert (second.order_id, second.created) == (first.order_id, False)
    assert (await desk.book.account("main", initial_cash=0)).positions == {"AAPL": 10}
    assert len(desk.stamps) == 1


async def test_what_a_node_has_had_filled_is_found_and_what_was_refused_is_not(desk: Desk) -> None:
    await desk.book.account("main", initial_cash=1_000)
    filled, refused = desk.order("buy", 5), desk.order("buy", 11, symbol="XOM")
    receipt, _ = await desk.book.place([filled, refused], fee_bps=10, slippage_bps=20)

    (found,) = await desk.book.placed_by("node")

    assert (found.key, found.symbol, found.side, found.quantity) == (filled.key, filled.symbol, "buy", 5)
    assert found.receipt == replace(receipt, created=False)
    assert await desk.book.placed_by("other") == []


async def test_what_the_cash_does_not_cover_is_refused_and_the_rest_is_filled(desk: Desk) -> None:
    await desk.book.account("main", initial_cash=1_000)

    receipts = await desk.book.place([desk.order("buy", 11), desk.order("buy", 5, symbol="XOM")], **FREE)

    assert [(one.status, one.reason) for one in receipts] == [("rejected", "not enough cash"), ("filled", "")]
    assert (await desk.book.account("main", initial_cash=0)).cash == pytest.approx(500)


async def test_sales_pay_for_purchases_of_the_same_call(desk: Desk) -> None:
    await desk.book.account("main", initial_cash=1_000)
    await desk.book.place([desk.order("buy", 10)], **FREE)

    receipts = await desk.book.place(
        [desk.order("sell", 10, symbol="AAPL"), desk.order("buy", 10, symbol="XOM")], **FREE
    )

    assert [one.status for one in receipts] == ["filled", "filled"]


async def test_nothing_is_booked_for_a_run_that_was_halted(desk: Desk) -> None:
    await desk.book.account("main", initial_cash=10_000)
    with desk.database.write() as session:
        RunRepository(session).halt(desk.claim.run_id, reason="Drill", now=EPOCH)

    (receipt,) = await desk.book.place([desk.order("buy", 1)], **FREE)

    assert (receipt.status, receipt.reason) == ("rejected", "the run is not running any more")
    assert desk.stamps == []


@pytest.mark.parametrize("where", ["row", "mirror"])
async def test_nothing_is_booked_while_the_kill_switch_is_engaged(desk: Desk, where: str) -> None:
    await desk.book.account("main", initial_cash=10_000)
    desk.mirrored = where == "mirror"
    if where == "row":
        with desk.database.write() as session:
            ControlRepository(session).set_kill_switch(
                engaged=True, actor=SystemActor(name="test"), reason="Storm", now=EPOCH
            )

    (receipt,) = await desk.book.place([desk.order("buy", 1)], **FREE)

    assert (receipt.status, receipt.reason) == ("rejected", "kill switch engaged")
    assert (await desk.book.account("main", initial_cash=0)).positions == {}
