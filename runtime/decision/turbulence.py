"""Financial turbulence: how unusual a day's returns are, given their own past.

Squared Mahalanobis distance of the day's returns from the preceding window's mean under its covariance, per symbol
(Kritzman & Li 2010, "Skulls, Financial Turbulence, and Risk Management"). The window ends the day before: no look-ahead.
"""

import numpy as np
import pandas as pd

WINDOW_DAYS = 252
MIN_HISTORY = 60
"""Days of turbulence needed before one of them can be called unusual."""

SMALLEST_VARIANCE = 1e-10
"""Share of the largest variance below which a direction counts as having none."""


def turbulence(prices: pd.DataFrame, *, window_days: int = WINDOW_DAYS) -> pd.Series:
    """Return turbulence per day (about 1 on an ordinary day); NaN while the window is not full."""
    returns = prices.pct_change(fill_method=None).replace([np.inf, -np.inf], np.nan)
    table = returns.to_numpy(dtype=float)
    values = np.full(len(table), np.nan)
    for day in range(window_days + 1, len(table)):
        window, today = table[day - window_days : day], table[day]
        usable = np.isfinite(today) & np.isfinite(window).all(axis=0)
        if usable.any():
            values[day] = _distance(window[:, usable], today[usable])
    return pd.Series(values, index=prices.index, dtype=float)


def turbulence_percentile(prices: pd.DataFrame, *, window_days: int = WINDOW_DAYS) -> pd.Series:
    """Return each day's rank among all days so far, 0..1; 0 while too little is known to call a day unusual."""
    ranks = turbulence(prices, window_days=window_days).expanding(min_periods=MIN_HISTORY).rank(pct=True)
    return ranks.fillna(0.0)


def _distance(window: np.ndarray, today: np.ndarray) -> float:
    mean = window.mean(axis=0)
    centred = window - mean
    variances, directions = np.linalg.eigh(centred.T @ centred / (len(window) - 1))
    # Symbols that move as one, or not at all, span directions without variance: these say nothing about today.
    spans = variances > SMALLEST_VARIANCE * variances[-1]
    along = directions.T @ (today - mean)
    return float((along[spans] ** 2 / variances[spans]).sum()) / len(today)
