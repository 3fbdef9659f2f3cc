"""What followed after days like today: forward returns of one share, non-overlapping."""

import math
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardStudy:
    """Returns over a horizon, in the direction of a decision."""

    windows: int
    hit_rate: float
    """Share of windows that gained in that direction."""
    mean: float
    t_statistic: float
    """Of the mean; 0 with fewer than two windows."""


def forward_study(prices: pd.Series, *, sign: float, horizon: int, windows: int) -> ForwardStudy:
    """Return how the last `windows` horizons went; they do not overlap, so the t statistic is the plain one."""
    clean = prices.dropna()
    ends = clean.iloc[::-1].iloc[::horizon].iloc[: windows + 1].iloc[::-1]
    gains = (ends / ends.shift(1) - 1.0).dropna() * sign
    count = len(gains)
    if count == 0:
        return ForwardStudy(windows=0, hit_rate=0.0, mean=0.0, t_statistic=0.0)
    mean, deviation = float(gains.mean()), float(gains.std()) if count > 1 else 0.0
    return ForwardStudy(
        windows=count,
        hit_rate=float((gains > 0).mean()),
        mean=mean,
        t_statistic=mean / (deviation / math.sqrt(count)) if deviation > 0 else 0.0,
    )
