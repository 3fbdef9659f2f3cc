"""Mean reversion: what has moved too fast comes back, within days or weeks."""

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from runtime.quant.returns import log_prices, simple_returns
from runtime.quant.windows import enough_of

ReversionMethod = Literal["z_score", "reversal", "rsi"]
RSI_MIDDLE = 50.0
FLAT = 1e-9
"""A standard deviation of log prices below this is rounding."""


def z_score(prices: pd.DataFrame, *, window: int = 20) -> pd.DataFrame:
    """Return how many standard deviations the log price is above its own mean of `window` days.

    Zero for a price that does not move. Source: the band of Bollinger (2001), *Bollinger on Bollinger Bands*, on log prices.
    """
    logs = log_prices(prices)
    rolling = logs.rolling(window, min_periods=enough_of(window))
    deviation = rolling.std()
    score = (logs - rolling.mean()) / deviation
    return score.mask(deviation < FLAT, 0.0)


def short_term_reversal(prices: pd.DataFrame, *, window: int = 5) -> pd.DataFrame:
    """Return the contrarian weight of each symbol: minus its excess return of `window` days over the day's average.

    Scaled so that the largest weight of a day is 1 in size; all zero when all symbols moved alike.
    Sources: Lehmann (1990), *Quarterly Journal of Economics* 105(1); Jegadeesh (1990), *Journal of Finance* 45(3).
    """
    moves = simple_returns(prices, days=window)
    excess = moves.sub(moves.mean(axis="columns"), axis="index")
    largest = excess.abs().max(axis="columns")
    return -excess.div(largest.where(largest > FLAT, np.inf), axis="index")


def rsi(prices: pd.DataFrame, *, window: int = 14) -> pd.DataFrame:
    """Return the relative strength index, 0 .. 100; 50 for a price that does not move.

    The first average is the plain mean of `window` changes, later ones are smoothed by 1 / `window`. Days without a change
    leave the averages as they are. Source: Wilder (1978), *New Concepts in Technical Trading Systems*, ch. VI.
    """
    change = prices.ffill().diff().where(prices.notna()).to_numpy(dtype=float)
    gain = _wilder_average(np.where(np.isnan(change), np.nan, np.maximum(change, 0.0)), window)
    loss = _wilder_average(np.where(np.isnan(change), np.nan, np.maximum(-change, 0.0)), window)
    total = gain + loss
    with np.errstate(divide="ignore", invalid="ignore"):
        index = np.where(total > 0.0, 100.0 * gain / total, np.where(np.isnan(total), np.nan, RSI_MIDDLE))
    return pd.DataFrame(index, index=prices.index, columns=prices.columns)


def reversion_signal(
    prices: pd.DataFrame,
    *,
    method: ReversionMethod = "z_score",
    window: int = 20,
    full_at: float = 2.0,
    oversold: float = 30.0,
) -> pd.DataFrame:
    """Return contrarian signals in [-1, 1], days × symbols: positive says "too low, buy".

    `full_at`: the z-score at which the signal is full. `oversold`: the RSI at which it is full; 100 - `oversold` sells.
    """
    if method == "z_score":
        return (-z_score(prices, window=window) / full_at).clip(-1.0, 1.0)
    if method == "reversal":
        return short_term_reversal(prices, window=window).clip(-1.0, 1.0)
    return ((RSI_MIDDLE - rsi(prices, window=window)) / (RSI_MIDDLE - oversold)).clip(-1.0, 1.0)


def _wilder_average(changes: npt.NDArray[Any], window: int) -> npt.NDArray[Any]:
    """Smooth each column; one pass over the days, all symbols at once."""
    known = ~np.isnan(changes)
    seen = known.cumsum(axis=0)
    # Step 1/n while the first `window` changes come in makes the running value their plain mean.
    steps = known / np.clip(seen, 1, window)
    moves = np.nan_to_num(changes)
    smoothed = np.empty_like(moves)
    average = np.zeros(changes.shape[1])
    for day in range(len(moves)):
        average = average + steps[day] * (moves[day] - average)
        smoothed[day] = average
    return np.where(known & (seen >= window), smoothed, np.nan)
