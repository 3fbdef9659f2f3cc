"""Formulas against figures computed another way."""

import math
import statistics

import numpy as np
import pandas as pd
import pytest

from runtime.errors import InvalidValue
from runtime.market.shipped import ShippedPrices
from runtime.quant.momentum import momentum_signal, skip_momentum, spread_ranks, trend_t_statistic
from runtime.quant.regime import regime_now
from runtime.quant.returns import equal_weight_index, log_returns, simple_returns
from runtime.quant.reversion import reversion_signal, rsi, short_term_reversal, z_score
from runtime.quant.volatility import drawdown, ewma_volatility, realised_volatility, trailing_percentile
from tests.runtime.quant.frames import one, random_walks


def test_returns_compare_a_price_with_an_earlier_one() -> None:
    prices = one([100.0, 110.0, 99.0])

    assert simple_returns(prices)["S"].tolist()[1:] == pytest.approx([0.1, -0.1])
    assert log_returns(prices, days=2)["S"].iloc[-1] == pytest.approx(math.log(0.99))


def test_a_missing_price_leaves_both_its_returns_out() -> None:
    assert simple_returns(one([100.0, math.nan, 121.0, 133.1]))["S"].isna().tolist() == [
        True,
        True,
        True,
        False,
    ]


def test_the_index_averages_what_has_a_return() -> None:
    prices = pd.DataFrame({"A": [100.0, 110.0, 110.0], "B": [50.0, 50.0, math.nan]})

    assert equal_weight_index(prices).tolist() == pytest.approx([1.0, 1.05, 1.05])


def test_skip_momentum_leaves_the_latest_days_out() -> None:
    prices = one([10.0, 11.0, 12.0, 15.0, 99.0])

    assert skip_momentum(prices, lookback=4, skip=1)["S"].iloc[-1] == pytest.approx(0.5)


def test_the_t_statistic_is_that_of_a_one_sample_test() -> None:
    prices = random_walks(7, days=40, symbols=1)
    logs = np.diff(np.log(prices.iloc[:, 0].to_numpy()))
    sample = logs[-30:-5]

    t_statistic = trend_t_statistic(prices, lookback=30, skip=5).iloc[-1, 0]

    assert t_statistic == pytest.approx(np.mean(sample) / (np.std(sample, ddof=1) / math.sqrt(25)))


def test_ranks_spread_from_worst_to_best_and_a_lone_value_is_neutral() -> None:
    values = pd.DataFrame({"A": [1.0, 5.0], "B": [3.0, math.nan], "C": [2.0, math.nan]})

    ranks = spread_ranks(values)

    assert ranks.iloc[0].tolist() == [-1.0, 1.0, 0.0]
    assert ranks.iloc[1, 0] == 0.0
    assert ranks.iloc[1].isna().tolist() == [False, True, True]


def test_momentum_prefers_what_has_risen() -> None:
    days = np.arange(300)
    wobble = 0.01 * np.sin(days)
    prices = pd.DataFrame({"UP": np.exp(0.002 * days + wobble), "DOWN": np.exp(-0.002 * days + wobble)})

    assert momentum_signal(prices).iloc[-1].tolist() == [1.0, -1.0]
    assert momentum_signal(prices, method="cross_section").iloc[-1].tolist() == [1.0, -1.0]


def test_the_z_score_is_the_distance_from_the_mean_in_standard_deviations() -> None:
    closes = [10.0, 11.0, 10.5, 12.0, 9.0]
    logs = [math.log(close) for close in closes]

    score = z_score(one(closes), window=5)["S"].iloc[-1]

    assert score == pytest.approx((logs[-1] - statistics.mean(logs)) / statistics.stdev(logs))


def test_reversal_buys_the_losers_and_sells_the_winners() -> None:
    prices = pd.DataFrame({"A": [100.0, 110.0], "B": [100.0, 100.0], "C": [100.0, 96.0]})

    weights = short_term_reversal(prices, window=1).iloc[-1]

    assert weights.tolist() == pytest.approx([-1.0, 0.25, 0.75])
    assert weights.sum() == pytest.approx(0.0)


def test_rsi_is_wilders() -> None:
    # The worked example of StockCharts' "Relative Strength Index" (QQQQ, 14 days).
    closes = [
        44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955, 45.4245, 45.8433, 46.0826, 45.8931,
        46.0328, 45.6140, 46.2820, 46.2820, 46.0028, 46.0328, 46.4116, 46.2222, 45.6439,
    ]  # fmt: skip

    index = rsi(one(closes), window=14)["S"]

    assert index.iloc[:14].isna().all()
    assert index.iloc[14:].tolist() == pytest.approx([70.53, 66.32, 66.55, 69.41, 66.36, 57.97], abs=0.02)


def test_rsi_of_a_price_that_only_rises_is_100_and_its_signal_sells() -> None:
    prices = one([float(day) for day in range(1, 40)])

    assert rsi(prices)["S"].iloc[-1] == 100.0
    assert reversion_signal(prices, method="rsi", window=14)["S"].iloc[-1] == -1.0


def test_realised_volatility_is_the_annualised_standard_deviation() -> None:
    prices = random_walks(3, days=22, symbols=1)
    logs = np.diff(np.log(prices.iloc[:, 0].to_numpy()))

    volatility = realised_volatility(prices, window=21).iloc[-1, 0]

    assert volatility == pytest.approx(statistics.stdev(logs) * math.sqrt(252))


def test_ewma_volatility_weighs_newer_days_more() -> None:
    prices = random_walks(5, days=60, symbols=1)
    squares = np.diff(np.log(prices.iloc[:, 0].to_numpy())) ** 2
    weights = 0.94 ** np.arange(len(squares))[::-1]

    volatility = ewma_volatility(prices).iloc[-1, 0]

    assert volatility == pytest.approx(math.sqrt(np.average(squares, weights=weights) * 252))


def test_drawdown_is_the_distance_from_the_peak() -> None:
    assert drawdown(one([10.0, 20.0, 15.0, 25.0]))["S"].tolist() == pytest.approx([0.0, 0.0, -0.25, 0.0])


def test_the_percentile_ranks_a_value_among_its_own_past() -> None:
    assert trailing_percentile(pd.Series([1.0, 2.0, 3.0, 4.0, 2.5]), window=5).iloc[-1] == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("day", "regime"), [("2008-10-31", "risk_off"), ("2017-10-31", "risk_on"), ("2020-03-20", "risk_off")]
)
def test_the_regime_recognises_known_times(day: str, regime: str) -> None:
    market = ShippedPrices()
    prices = market.prices(market.symbols(), start=None, end=pd.Timestamp(day).date())

    assert regime_now(prices).name == regime


def test_the_regime_of_a_short_history_is_refused() -> None:
    with pytest.raises(InvalidValue, match="days of prices, got 90"):
        regime_now(random_walks(1))
