"""Momentum: what has risen goes on rising, for months."""

from typing import Literal

import pandas as pd

from runtime.quant.returns import log_returns
from runtime.quant.windows import enough_of

MomentumMethod = Literal["time_series", "cross_section"]
FULL_SIGNAL_T = 2.0
"""The t statistic at which a signal is full: about the 5 % level of a two-sided test."""
FLAT = 1e-12
"""A daily standard deviation below this is rounding, not risk."""


def skip_momentum(prices: pd.DataFrame, *, lookback: int = 252, skip: int = 21) -> pd.DataFrame:
    """Return P[t - skip] / P[t - lookback] - 1, the "12-1" momentum, as fractions.

    The last month is left out because it tends to reverse. Source: Jegadeesh and Titman (1993), *Journal of Finance*
    48(1); with the month left out as in Jegadeesh (1990), *Journal of Finance* 45(3).
    """
    return prices.shift(skip) / prices.shift(lookback) - 1.0


def trend_t_statistic(prices: pd.DataFrame, *, lookback: int = 252, skip: int = 21) -> pd.DataFrame:
    """Return the t statistic of the mean daily log return over days t - lookback .. t - skip.

    Its sign is the position of time-series momentum, its size how sure the data are of that sign; zero for a price that
    does not move. Source: Moskowitz, Ooi and Pedersen (2012), *Journal of Financial Economics* 104(2).
    """
    window = lookback - skip
    daily = log_returns(prices).shift(skip)
    rolling = daily.rolling(window, min_periods=enough_of(window))
    mean, deviation, count = rolling.mean(), rolling.std(), rolling.count()
    t_statistic = mean / (deviation / count**0.5)
    return t_statistic.mask(deviation < FLAT, 0.0)


def momentum_signal(
    prices: pd.DataFrame, *, method: MomentumMethod = "time_series", lookback: int = 252, skip: int = 21
) -> pd.DataFrame:
    """Return signals in [-1, 1], days × symbols.

    `time_series`: the t statistic over `FULL_SIGNAL_T`, clipped. `cross_section`: the rank of the momentum among the
    symbols of the day, spread evenly from -1 (worst) to 1 (best).
    """
    if method == "time_series":
        return (trend_t_statistic(prices, lookback=lookback, skip=skip) / FULL_SIGNAL_T).clip(-1.0, 1.0)
    return spread_ranks(skip_momentum(prices, lookback=lookback, skip=skip))


def spread_ranks(values: pd.DataFrame) -> pd.DataFrame:
    """Rank each day's values and spread the ranks evenly over [-1, 1]; ties share a rank, a lone value gets 0."""
    ranks = values.rank(axis="columns")
    others = values.notna().sum(axis="columns") - 1
    # A lone value has rank 1: divided by any positive number its distance to the middle is 0.
    centred = ranks.sub(1.0).mul(2.0).sub(others, axis="index")
    return centred.div(others.clip(lower=1), axis="index")
