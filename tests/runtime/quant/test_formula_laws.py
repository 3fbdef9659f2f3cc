"""What every formula keeps: no look-ahead, no dependence on the order of symbols, no harm from missing prices."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.quant.backtest import backtest
from runtime.quant.momentum import momentum_signal, skip_momentum, trend_t_statistic
from runtime.quant.regime import regime_history
from runtime.quant.returns import equal_weight_index, log_returns, simple_returns
from runtime.quant.reversion import reversion_signal, rsi, short_term_reversal, z_score
from runtime.quant.volatility import drawdown, ewma_volatility, realised_volatility
from tests.runtime.quant.frames import DAYS, price_frames

Formula = Callable[[pd.DataFrame], pd.DataFrame]


def _even(prices: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(1.0 / prices.shape[1], index=prices.index[::10], columns=prices.columns)


PER_SYMBOL: dict[str, Formula] = {
    "simple returns": simple_returns,
    "log returns": log_returns,
    "skip momentum": lambda prices: skip_momentum(prices, lookback=30, skip=5),
    "trend t": lambda prices: trend_t_statistic(prices, lookback=30, skip=5),
    "z score": z_score,
    "reversal": short_term_reversal,
    "rsi": rsi,
    "realised volatility": realised_volatility,
    "ewma volatility": ewma_volatility,
    "drawdown": drawdown,
}
SIGNALS: dict[str, Formula] = {
    "time series momentum": lambda prices: momentum_signal(prices, lookback=30, skip=5),
    "cross section momentum": lambda prices: momentum_signal(
        prices, method="cross_section", lookback=30, skip=5
    ),
    "z score signal": reversion_signal,
    "reversal signal": lambda prices: reversion_signal(prices, method="reversal", window=5),
    "rsi signal": lambda prices: reversion_signal(prices, method="rsi", window=14),
}
MARKET: dict[str, Formula] = {
    "index": lambda prices: equal_weight_index(prices).to_frame(),
    "regime": lambda prices: regime_history(prices, average_days=20, volatility_days=10, history_days=50),
    "equity": lambda prices: backtest(prices, _even(prices), cost_bps=5).equity.to_frame(),
}

every_formula = pytest.mark.parametrize(
    "formula",
    [*PER_SYMBOL.values(), *SIGNALS.values(), *MARKET.values()],
    ids=[*PER_SYMBOL, *SIGNALS, *MARKET],
)
every_signal = pytest.mark.parametrize("formula", SIGNALS.values(), ids=SIGNALS.keys())


@every_formula
@settings(max_examples=15, deadline=None)
@given(prices=price_frames, cut=st.integers(1, DAYS - 1), factor=st.floats(0.01, 100))
def test_changing_the_future_never_changes_the_past(
    formula: Formula, prices: pd.DataFrame, cut: int, factor: float
) -> None:
    other = prices.copy()
    other.iloc[cut:] *= factor
    other.iloc[cut, 0] = np.nan

    before, after = formula(prices), formula(other)

    day = prices.index[cut]
    pd.testing.assert_frame_equal(before[before.index < day], after[after.index < day])


@every_formula
@settings(max_examples=15, deadline=None)
@given(prices=price_frames, seed=st.integers(0, 1000))
def test_the_order_of_the_symbols_does_not_matter(formula: Formula, prices: pd.DataFrame, seed: int) -> None:
    shuffled = list(np.random.default_rng(seed).permutation(prices.columns))

    straight, other = formula(prices), formula(prices[shuffled])

    pd.testing.assert_frame_equal(straight, other[list(straight.columns)], rtol=1e-9, atol=1e-12)


@every_formula
@settings(max_examples=15, deadline=None)
@given(prices=price_frames)
def test_missing_prices_never_become_infinite(formula: Formula, prices: pd.DataFrame) -> None:
    result = formula(prices).to_numpy()

    assert not np.isinf(result).any()


@every_formula
def test_prices_that_do_not_move_give_calm_figures(formula: Formula) -> None:
    index = pd.bdate_range("2020-01-01", periods=DAYS)
    result = formula(pd.DataFrame(0.1, index=index, columns=["A", "B"])).iloc[-1]

    assert np.isfinite(result.to_numpy()).all()
    assert (result.abs() <= 100).all()


@every_signal
@settings(max_examples=15, deadline=None)
@given(prices=price_frames)
def test_signals_stay_between_minus_one_and_one(formula: Formula, prices: pd.DataFrame) -> None:
    values = formula(prices).to_numpy()

    assert (np.isnan(values) | (np.abs(values) <= 1.0)).all()
