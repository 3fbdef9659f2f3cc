"""Several signals as one: every formula has one vote of -1 .. 1 per day and share."""

import pandas as pd

from runtime.quant.momentum import momentum_signal
from runtime.quant.reversion import reversion_signal
from runtime.quant.windows import enough_of

TREND_DAYS = 200
VOTERS = ("time-series momentum", "cross-section momentum", "mean reversion", "long trend")


def ballots(prices: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return each voter's signals in [-1, 1], days × symbols; sources are with the formulas themselves.

    The long trend votes 1 above and -1 below the mean of 200 days: Faber (2007), *Journal of Wealth Management* 9(4).
    """
    average = prices.rolling(TREND_DAYS, min_periods=enough_of(TREND_DAYS)).mean()
    above = (prices > average).astype(float) - (prices < average).astype(float)
    return dict(
        zip(
            VOTERS,
            (
                momentum_signal(prices, method="time_series"),
                momentum_signal(prices, method="cross_section"),
                reversion_signal(prices),
                above.where(average.notna()),
            ),
            strict=True,
        )
    )


def composite_vote(votes: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the mean vote of those that have one, in [-1, 1]; NaN where fewer than half of them have."""
    frames = list(votes.values())
    total, present = frames[0].fillna(0.0), frames[0].notna().astype(float)
    for frame in frames[1:]:
        total, present = total + frame.fillna(0.0), present + frame.notna().astype(float)
    return (total / present.where(present * 2 >= len(frames))).clip(-1.0, 1.0)
