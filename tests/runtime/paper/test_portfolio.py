"""The accounts add up, whatever is traded at whatever price."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.paper.portfolio import Holding, Portfolio

CASH = 10_000.0
prices = st.floats(min_value=0.5, max_value=500)
trades = st.lists(
    st.tuples(st.sampled_from("ABC"), st.floats(-100, 100), prices, st.floats(0, 5)).filter(
        lambda trade: abs(trade[1]) > 1e-3
    ),
    max_size=30,
)


@given(trades=trades, closes=st.fixed_dictionaries({"A": prices, "B": prices, "C": prices}))
def test_equity_is_initial_cash_plus_realized_plus_unrealized_gains(
    trades: list[tuple[str, float, float, float]], closes: dict[str, float]
) -> None:
    portfolio = Portfolio(cash=CASH)
    for symbol, change, price, fee in trades:
        portfolio = portfolio.traded(symbol, change, price=price, fee=fee)
    portfolio = portfolio.marked(closes)

    assert portfolio.equity == pytest.approx(
        CASH + portfolio.realized_pnl + portfolio.unrealized_pnl, abs=1e-4
    )
    assert portfolio.equity == portfolio.cash + portfolio.positions_value


@given(trades=trades)
def test_cash_gains_what_was_sold_and_loses_what_was_bought_and_the_fees(
    trades: list[tuple[str, float, float, float]],
) -> None:
    portfolio = Portfolio(cash=CASH)
    for symbol, change, price, fee in trades:
        portfolio = portfolio.traded(symbol, change, price=price, fee=fee)

    flows = math.fsum(-change * price - fee for _, change, price, fee in trades)
    assert portfolio.cash == pytest.approx(CASH + flows, abs=1e-6)


def test_a_position_that_is_turned_round_starts_anew() -> None:
    portfolio = Portfolio(cash=CASH).traded("A", 10, price=100, fee=0).marked({"A": 130})

    turned = portfolio.traded("A", -25, price=120, fee=0)

    assert turned.holdings == {"A": Holding(quantity=-15, average_price=120, peak_price=120)}
    assert turned.realized_pnl == 200


def test_a_position_remembers_its_best_price_and_its_average() -> None:
    portfolio = Portfolio(cash=CASH).traded("A", 10, price=100, fee=0)
    portfolio = portfolio.marked({"A": 140}).marked({"A": 90}).traded("A", 10, price=90, fee=1)

    assert portfolio.holdings == {"A": Holding(quantity=20, average_price=95, peak_price=140)}
    assert portfolio.realized_pnl == -1


def test_a_short_remembers_the_lowest_price() -> None:
    portfolio = Portfolio(cash=CASH).traded("A", -10, price=100, fee=0)

    assert portfolio.marked({"A": 80}).marked({"A": 95}).holdings["A"].peak_price == 80


def test_a_symbol_that_does_not_trade_keeps_its_last_price() -> None:
    portfolio = Portfolio(cash=0).traded("A", 10, price=100, fee=0).marked({"A": 120}).marked({})

    assert portfolio.positions_value == 1200


def test_what_rounding_leaves_of_a_closed_position_is_no_position() -> None:
    portfolio = Portfolio(cash=0).traded("A", 0.1, price=1, fee=0).traded("A", 0.2, price=1, fee=0)

    assert portfolio.traded("A", -0.3, price=1, fee=0).holdings == {}
