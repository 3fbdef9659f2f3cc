"""The back-test against accounts kept by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from runtime.errors import InvalidValue
from runtime.quant.backtest import backtest
from tests.runtime.quant.frames import random_walks

DAYS = pd.bdate_range("2024-01-01", periods=4)


def frame(rows: dict[str, list[float]], days: pd.DatetimeIndex = DAYS) -> pd.DataFrame:
    return pd.DataFrame(rows, index=days)


def test_a_weight_earns_from_the_day_after_it_is_set() -> None:
    prices = frame({"A": [100.0, 200.0, 220.0, 110.0]})

    result = backtest(prices, frame({"A": [1.0]}, DAYS[1:2]))

    assert result.equity.tolist() == pytest.approx([1.0, 1.1, 0.55])
    assert result.equity.index[0] == DAYS[1]
    assert result.metrics["total_return"] == pytest.approx(-0.45)
    assert result.metrics["max_drawdown"] == pytest.approx(-0.5)


def test_shares_are_held_between_rebalances_so_weights_drift() -> None:
    prices = frame({"A": [100.0, 200.0, 200.0, 400.0], "B": [100.0, 100.0, 100.0, 100.0]})

    held = backtest(prices, frame({"A": [0.5], "B": [0.5]}, DAYS[:1]))
    rebalanced = backtest(prices, frame({"A": [0.5] * 4, "B": [0.5] * 4}))

    assert held.equity.iloc[-1] == pytest.approx(0.5 * 4 + 0.5)
    assert rebalanced.equity.iloc[-1] == pytest.approx(1.5 * 1.5)


def test_costs_are_paid_on_what_is_traded() -> None:
    prices = frame({"A": [100.0, 100.0, 100.0, 100.0]})
    weights = frame({"A": [1.0, 1.0, 0.0, 0.0]})

    result = backtest(prices, weights, cost_bps=100)

    assert result.equity.tolist() == pytest.approx([0.99, 0.99, 0.99 * 0.99, 0.99 * 0.99])
    assert result.turnover.tolist() == pytest.approx([1.0, 0.0, 1.0, 0.0])
    assert result.returns.iloc[0] == pytest.approx(-0.01)


def test_a_whole_account_kept_by_hand_gives_the_same_equity() -> None:
    prices = random_walks(11, days=60, symbols=3)
    rng = np.random.default_rng(2)
    weights = pd.DataFrame(
        rng.uniform(-0.4, 0.5, (6, 3)), index=prices.index[5:60:10], columns=prices.columns
    )
    cash, shares, expected = 1.0, np.zeros(3), []
    for day, row in prices.iloc[5:].iterrows():
        value = cash + float(shares @ row.to_numpy())
        if day in weights.index:
            target = weights.loc[day].to_numpy() * value
            fee = float(np.abs(target - shares * row.to_numpy()).sum()) * 0.0010
            shares = weights.loc[day].to_numpy() * (value - fee) / row.to_numpy()
            cash = (value - fee) * (1 - weights.loc[day].sum())
            value -= fee
        expected.append(value)

    result = backtest(prices, weights, cost_bps=10)

    assert result.equity.tolist() == pytest.approx(expected)


def test_a_share_without_a_price_is_not_bought_and_a_held_one_keeps_its_last() -> None:
    prices = frame({"A": [100.0, math.nan, math.nan, 150.0], "B": [math.nan, math.nan, 10.0, 20.0]})
    weights = frame({"A": [0.5, 0.0], "B": [0.5, 0.5]}, DAYS[[0, 1]])

    result = backtest(prices, weights)

    assert result.equity.tolist() == pytest.approx([1.0, 1.0, 1.0, 1.25])


def test_an_account_that_is_ruined_stays_ruined() -> None:
    prices = frame({"A": [100.0, 250.0, 50.0, 10.0]})

    result = backtest(prices, frame({"A": [-1.0, -1.0]}, DAYS[[0, 2]]))

    assert result.equity.tolist() == [1.0, 0.0, 0.0, 0.0]
    assert result.returns.tolist() == [0.0, -1.0, 0.0, 0.0]
    assert result.metrics["annual_return"] == -1.0


def test_weights_of_a_day_without_prices_wait_for_the_next_trading_day() -> None:
    prices = frame({"A": [100.0, 110.0, 121.0, 133.1]})
    sunday = pd.DataFrame({"A": [1.0]}, index=[DAYS[0] - pd.Timedelta(days=1)])

    assert backtest(prices, sunday).equity.index[0] == DAYS[0]


def test_the_sharpe_ratio_is_mean_over_deviation_annualised() -> None:
    prices = random_walks(4, days=80, symbols=1)
    daily = prices.iloc[:, 0].pct_change().fillna(0.0)

    metrics = backtest(prices, pd.DataFrame({"S0": [1.0]}, index=prices.index[:1])).metrics

    assert metrics["sharpe"] == pytest.approx(daily.mean() / daily.std() * math.sqrt(252))
    assert metrics["annual_volatility"] == pytest.approx(daily.std() * math.sqrt(252))
    assert metrics["annual_return"] == pytest.approx(
        (prices.iloc[-1, 0] / prices.iloc[0, 0]) ** (252 / 80) - 1
    )


def test_an_account_in_cash_has_no_sharpe_ratio() -> None:
    metrics = backtest(frame({"A": [1.0] * 4}), frame({"A": [0.0]}, DAYS[:1])).metrics

    assert metrics["total_return"] == 0.0
    assert math.isnan(metrics["sharpe"])


def test_weights_without_prices_are_refused() -> None:
    prices = frame({"A": [1.0] * 4})

    with pytest.raises(InvalidValue, match="no prices for B, C"):
        backtest(prices, frame({"C": [0.5], "B": [0.5]}, DAYS[:1]))
    with pytest.raises(InvalidValue, match="no weights on or before"):
        backtest(prices, pd.DataFrame({"A": [1.0]}, index=[pd.Timestamp("2030-01-01")]))
    with pytest.raises(InvalidValue, match="no weights"):
        backtest(prices, prices.iloc[:0])
