import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from runtime.paper.rebalance import Costs, Plan, plan_rebalance

FREE = Costs(fee_bps=0, slippage_bps=0)
symbols = st.sampled_from("ABCDE")


def plan(
    target: dict[str, float],
    *,
    cash: float = 10_000.0,
    positions: dict[str, float] | None = None,
    prices: dict[str, float] | None = None,
    costs: Costs = FREE,
    min_trade_usd: float = 0.0,
) -> Plan:
    return plan_rebalance(
        cash=cash,
        positions=positions or {},
        target=target,
        prices=prices or {"A": 100.0, "B": 50.0},
        costs=costs,
        min_trade_usd=min_trade_usd,
    )


def seen(made: Plan) -> list[tuple[str, str, float]]:
    return [(trade.side, trade.symbol, pytest.approx(trade.quantity)) for trade in made.trades]


def after(
    made: Plan, *, cash: float, positions: dict[str, float], costs: Costs
) -> tuple[float, dict[str, float]]:
    held = dict(positions)
    for trade in made.trades:
        cash += trade.cash_change(costs)
        assert cash >= -1e-6 or trade.side == "sell", "cash was negative between two orders"
        sign = 1 if trade.side == "buy" else -1
        held[trade.symbol] = held.get(trade.symbol, 0.0) + sign * trade.quantity
    return cash, held


def test_an_empty_account_buys_its_target() -> None:
    assert seen(plan({"A": 0.5, "B": 0.25})) == [("buy", "A", 50), ("buy", "B", 50)]


def test_sells_come_first_and_what_is_no_target_any_more_is_closed() -> None:
    made = plan({"A": 1.0}, cash=0.0, positions={"B": 100.0})

    assert seen(made) == [("sell", "B", 100), ("buy", "A", 50)]


def test_only_the_difference_is_traded() -> None:
    assert seen(plan({"A": 0.6}, cash=5_000.0, positions={"A": 50.0})) == [("buy", "A", 10)]


def test_a_negative_weight_is_a_short() -> None:
    assert seen(plan({"A": -0.5})) == [("sell", "A", 50)]


def test_buys_that_costs_make_too_dear_are_scaled_down_together() -> None:
    costs = Costs(fee_bps=10, slippage_bps=20)
    made = plan({"A": 0.5, "B": 0.5}, costs=costs)

    cash, held = after(made, cash=10_000.0, positions={}, costs=costs)

    assert 0 <= cash < 0.01
    assert held["A"] * 100 == pytest.approx(held["B"] * 50)


def test_small_differences_are_left_alone_and_said_so() -> None:
    made = plan({"A": 0.5, "B": 0.001}, min_trade_usd=50.0)

    assert seen(made) == [("buy", "A", 50)]
    assert made.skipped == {"B": "below 50 USD"}


@pytest.mark.parametrize("price", [0.0, -1.0, math.nan, math.inf])
def test_a_share_without_a_price_is_not_traded(price: float) -> None:
    made = plan({"A": 0.5, "B": 0.5}, positions={"B": 3.0}, prices={"A": 100.0, "B": price})

    assert [trade.symbol for trade in made.trades] == ["A"]
    assert made.skipped == {"B": "no price"}


def test_an_account_without_equity_trades_nothing() -> None:
    made = plan({"A": 1.0}, cash=1_000.0, positions={"B": -100.0})

    assert (made.trades, made.equity) == ((), -4_000.0)
    assert made.skipped == {"A": "no equity left", "B": "no equity left"}


amounts = st.floats(min_value=0.01, max_value=1e6)


@given(
    cash=st.floats(min_value=0, max_value=1e7),
    positions=st.dictionaries(symbols, st.floats(min_value=-1e4, max_value=1e4)),
    target=st.dictionaries(symbols, st.floats(min_value=-1, max_value=1)),
    prices=st.fixed_dictionaries(dict.fromkeys("ABCDE", amounts)),
    fee=st.floats(min_value=0, max_value=500),
    slippage=st.floats(min_value=0, max_value=500),
)
def test_cash_is_never_negative(
    *,
    cash: float,
    positions: dict[str, float],
    target: dict[str, float],
    prices: dict[str, float],
    fee: float,
    slippage: float,
) -> None:
    costs = Costs(fee_bps=fee, slippage_bps=slippage)
    made = plan(target, cash=cash, positions=positions, prices=prices, costs=costs)

    left, _ = after(made, cash=cash, positions=positions, costs=costs)

    assert left >= -1e-6
    assert all(trade.quantity > 0 and math.isfinite(trade.quantity) for trade in made.trades)


@given(
    target=st.dictionaries(symbols, st.floats(min_value=0, max_value=0.19)),
    prices=st.fixed_dictionaries(dict.fromkeys("ABCDE", st.floats(min_value=1, max_value=1000))),
)
def test_without_costs_one_rebalance_arrives_and_a_second_does_nothing(
    target: dict[str, float], prices: dict[str, float]
) -> None:
    assume(any(target.values()))
    cash, held = after(plan(target, prices=prices), cash=10_000.0, positions={}, costs=FREE)

    again = plan(target, cash=cash, positions=held, prices=prices, min_trade_usd=0.01)

    assert {s: held.get(s, 0.0) * prices[s] / 10_000 for s in target} == pytest.approx(target)
    assert again.trades == ()
