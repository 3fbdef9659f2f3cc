"""What one account does, bar by bar: nothing trades at a price that was not yet known, and the books add up."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.bots.backtest import steps
from runtime.paper.books import Booking
from runtime.paper.config import PaperConfig
from runtime.paper.replay import replay
from tests.runtime.paper.sessions import config, ramp, script
from tests.runtime.quant.frames import random_walks


def bookings(of: PaperConfig, closes: pd.DataFrame) -> list[Booking]:
    bars = replay(closes, of, bars_needed=of.build().bars_needed)
    return [step.booking() for step in steps(bars, of)]


def buy(quantity: float = 1.0, **more: Any) -> dict[str, Any]:
    return {"symbol": "A", "side": "buy", "quantity": quantity} | more


def sell(quantity: float = 1.0, **more: Any) -> dict[str, Any]:
    return {"symbol": "A", "side": "sell", "quantity": quantity} | more


def fills(done: list[Booking]) -> list[tuple[int, str, float, float]]:
    return [(fill.bar, fill.side, fill.quantity, fill.price) for booking in done for fill in booking.fills]


def endings(done: list[Booking]) -> list[tuple[str, str]]:
    return [
        (order.status, order.reason) for booking in done for order in booking.orders if order.status != "open"
    ]


def test_a_market_order_fills_at_the_next_close_and_pays_slippage_and_fee() -> None:
    of = config(params=script(bar1=buy(2.0)), fee_bps=100.0, slippage_bps=100.0)

    done = bookings(of, ramp(10, 20, 30))

    assert fills(done) == [(2, "buy", 2.0, pytest.approx(20.2))]
    assert done[1].fills[0].fee == pytest.approx(0.404)
    assert done[-1].state.cash == pytest.approx(1000 - 40.4 - 0.404)
    assert done[-1].state.equity == pytest.approx(1000 - 40.4 - 0.404 + 60)


def test_a_limit_order_rests_until_a_close_reaches_it_and_gets_its_limit() -> None:
    of = config(params=script(bar1=buy(2.0, limit_price=9.0)), slippage_bps=100.0)

    done = bookings(of, ramp(10, 9.5, 8.0, 12.0))

    assert fills(done) == [(3, "buy", 2.0, 9.0)]
    assert [booking.state.open_orders for booking in done] == [1, 1, 0, 0]


def test_a_limit_sale_waits_for_a_close_at_or_above_it() -> None:
    of = config(params=script(bar1=buy(2.0), bar2=sell(2.0, limit_price=12.0)))

    assert fills(bookings(of, ramp(10, 10, 11, 12.5))) == [(2, "buy", 2.0, 10.0), (4, "sell", 2.0, 12.0)]


def test_a_limit_order_expires_after_its_bars() -> None:
    of = config(params=script(bar1=buy(2.0, limit_price=5.0, good_for_bars=2)))

    done = bookings(of, ramp(10, 10, 10, 4))

    assert (fills(done), endings(done)) == ([], [("expired", "its bars have passed")])
    assert [booking.state.open_orders for booking in done] == [1, 1, 0, 0]


def test_an_order_fills_on_the_very_bar_on_which_it_would_expire() -> None:
    of = config(params=script(bar1=buy(2.0, limit_price=5.0, good_for_bars=2)))

    assert fills(bookings(of, ramp(10, 10, 4))) == [(3, "buy", 2.0, 5.0)]


def test_a_new_order_replaces_the_resting_one_of_its_symbol() -> None:
    of = config(params=script(bar1=buy(2.0, limit_price=5.0), bar2=buy(1.0)))

    done = bookings(of, ramp(10, 10, 10))

    assert endings(done) == [("cancelled", "replaced"), ("filled", "")]
    assert done[-1].state.orders_submitted == 2


def test_a_purchase_is_cut_to_what_the_cash_pays_for() -> None:
    of = config(params=script(bar1=buy(100.0)), fee_bps=10.0)

    done = bookings(of, ramp(10, 20))

    assert fills(done) == [(2, "buy", pytest.approx(1000 / 20.02), 20.0)]
    assert done[-1].state.cash == pytest.approx(0.0, abs=1e-5)
    assert done[-1].state.cash >= 0.0
    assert endings(done) == [("filled", "cut to what the cash pays for")]


def test_a_purchase_without_any_cash_is_cancelled() -> None:
    both = {"orders": {1: [buy(100.0), buy(1.0, symbol="B")]}}
    of = config(params=both, universe=("A", "B"))

    done = bookings(of, ramp(10, 11).join(ramp(10, 10, symbol="B")))

    assert endings(done) == [("filled", "cut to what the cash pays for"), ("cancelled", "not enough cash")]


def test_an_order_waits_for_a_symbol_that_does_not_trade() -> None:
    of = config(params=script(bar1=buy(2.0)))

    done = bookings(of, ramp(10, math.nan, 12))

    assert fills(done) == [(3, "buy", 2.0, 12.0)]


def test_what_breaks_a_cap_is_not_placed_and_the_ledger_names_the_rule() -> None:
    of = config(params=script(bar1=buy(50.0)), risk={})

    done = bookings(of, ramp(10, 10))

    assert (done[-1].state.orders_submitted, fills(done)) == (0, [])
    kinds = [(entry.kind, entry.data.get("rule")) for entry in done[0].ledger]
    assert kinds == [("STRATEGY", None), ("RISK", "max-position")]


def test_a_dry_run_decides_and_checks_but_sends_nothing() -> None:
    of = config(params=script(bar1=buy(2.0)), dry_run=True)

    done = bookings(of, ramp(10, 10))

    assert [entry.kind for booking in done for entry in booking.ledger] == ["STRATEGY"]
    assert not any(booking.acts for booking in done)


def test_the_ledger_has_a_line_for_each_thing_with_the_sessions_reference() -> None:
    of = config(params=script(bar1=buy(2.0), bar2=buy(1.0, limit_price=1.0)))

    entries = [entry for booking in bookings(of, ramp(10, 10)) for entry in booking.ledger]

    assert [entry.kind for entry in entries] == ["STRATEGY", "ORDER", "FILL", "STRATEGY", "ORDER"]
    assert [entry.seq for entry in entries] == [1, 2, 3, 4, 5]
    assert {entry.reference for entry in entries} == {"backtest"}


def test_a_bar_tells_what_came_of_it_in_order() -> None:
    of = config(params=script(bar1=buy(2.0)))

    first, second = bookings(of, ramp(10, 10))

    assert [event.name for event in first.events] == [
        "bar.received",
        "equity.update",
        "signal.emitted",
        "order.placed",
    ]
    assert [event.name for event in second.events] == ["bar.received", "order.filled", "equity.update"]


def test_a_fall_is_measured_from_the_highest_equity_and_is_kept() -> None:
    of = config(params=script(bar1=buy(100.0)))

    done = bookings(of, ramp(10, 10, 20, 15, 30))

    assert done[-1].state.max_drawdown == pytest.approx(0.25)


def test_a_strategy_sees_the_best_price_of_what_it_holds_and_no_bar_to_come() -> None:
    of = config(params=script(bar1=buy(2.0)), history_bars=3)
    bars = replay(ramp(10, 10, 20, 15, 30), of, bars_needed=1)

    step = list(steps(bars, of))[3]
    context = step.standing.context(bars.history(4), bars.bar(4), of)

    assert context.peak_prices == {"A": 20.0}
    assert list(context.history["A"]) == [10, 20, 15]
    assert context.current_time == bars.bar(4).at


STRATEGIES = pytest.mark.parametrize(
    ("strategy", "params"),
    [
        ("test_churning", {}),
        ("momentum", {"lookback": 20, "skip": 2, "rebalance_every": 2}),
        ("mean_reversion", {"window": 5, "rebalance_every": 1, "limit_offset_bps": 50.0}),
        ("mean_reversion", {"window": 5, "method": "reversal", "long_only": False, "good_for_bars": 2}),
    ],
)


def shaken(strategy: str, params: dict[str, Any], closes: pd.DataFrame) -> PaperConfig:
    return config(
        strategy=strategy,
        params=params,
        universe=tuple(closes.columns),
        cash=10_000.0,
        fee_bps=5.0,
        slippage_bps=10.0,
        risk={"max_gross": 2.0, "max_position_pct": 0.9},
    )


@STRATEGIES
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), holes=st.sampled_from([0.0, 0.1]))
def test_the_accounts_add_up(strategy: str, params: dict[str, Any], seed: int, holes: float) -> None:
    closes = random_walks(seed, days=36, symbols=3, holes=holes)
    of = shaken(strategy, params, closes)

    done = bookings(of, closes)

    ledger = [entry for booking in done for entry in booking.ledger]
    filled = [fill for booking in done for fill in booking.fills]
    state = done[-1].state
    assert math.fsum(entry.cash_change for entry in ledger) == pytest.approx(state.cash - 10_000.0, abs=1e-6)
    assert math.fsum(fill.cash_change for fill in filled) == pytest.approx(state.cash - 10_000.0, abs=1e-6)
    assert state.equity == pytest.approx(10_000.0 + state.realized_pnl + state.unrealized_pnl, abs=1e-6)
    last = closes.ffill().iloc[-1]
    value = math.fsum(shares * float(last[symbol]) for symbol, shares in state.positions.items())
    assert state.equity == pytest.approx(state.cash + value, abs=1e-6)
    assert state.fills == len(filled)
    assert state.orders_submitted == len({order.key for booking in done for order in booking.orders})
    assert [entry.seq for entry in ledger] == list(range(1, len(ledger) + 1))
    assert state.bars_seen == len(done)


@STRATEGIES
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), cut=st.integers(24, 34))
def test_changing_the_future_changes_nothing_that_was_done(
    strategy: str, params: dict[str, Any], seed: int, cut: int
) -> None:
    closes = random_walks(seed, days=36, symbols=3)
    other = closes.copy()
    other.iloc[cut:] *= np.random.default_rng(seed).uniform(0.2, 5.0, size=other.iloc[cut:].shape)
    of = shaken(strategy, params, closes)
    first = replay(closes, of, bars_needed=of.build().bars_needed).first

    before, after = bookings(of, closes), bookings(of, other)

    known = max(0, cut - first)
    assert before[:known] == after[:known]


@STRATEGIES
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_no_order_fills_on_the_bar_it_was_decided_on(
    strategy: str, params: dict[str, Any], seed: int
) -> None:
    closes = random_walks(seed, days=36, symbols=3)

    done = bookings(shaken(strategy, params, closes), closes)

    placed = {order.key: order.placed_bar for booking in done for order in booking.orders}
    assert all(fill.bar > placed[fill.order_key] for booking in done for fill in booking.fills)
