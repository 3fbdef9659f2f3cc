"""What happened to prices lately: large moves, new highs and lows, jumps of volatility. No news, only what prices show."""

import pandas as pd

from runtime.quant.returns import log_returns
from runtime.quant.volatility import realised_volatility

COLUMNS = ("symbol", "event", "day", "value")
YEAR = 252
SHORT, LONG = 21, 252
ADVERSE = frozenset({"large fall", "52-week low", "volatility jump"})


def price_events(prices: pd.DataFrame, *, days: int, threshold: float, jump: float) -> pd.DataFrame:
    """Return the events of the last `days` days as rows of symbol, event, day and value, by day and then symbol.

    A move counts when the day's log return is at least `threshold` of its own standard deviations (63 days up to the day
    before); a new high or low is one of 252 days; volatility jumps when that of 21 days is `jump` times that of 252.
    """
    returns = log_returns(prices)
    usual = returns.rolling(63, min_periods=50).std().shift(1)
    scores = (returns / usual.where(usual > 0)).tail(days)
    found = [
        *_where(scores, scores >= threshold, "large rise"),
        *_where(scores, scores <= -threshold, "large fall"),
        *_extremes(prices, days),
        *_jumps(prices, jump),
    ]
    found.sort(key=lambda row: (row[2], row[0], row[1]))
    return pd.DataFrame(found, columns=list(COLUMNS))


def _extremes(prices: pd.DataFrame, days: int) -> list[tuple[str, str, str, float]]:
    before = prices.shift(1).rolling(YEAR - 1, min_periods=YEAR - 1)
    recent = prices.tail(days)
    high, low = before.max().tail(days), before.min().tail(days)
    return [*_where(recent, recent > high, "52-week high"), *_where(recent, recent < low, "52-week low")]


def _jumps(prices: pd.DataFrame, jump: float) -> list[tuple[str, str, str, float]]:
    ratio = (
        realised_volatility(prices, window=SHORT)
        / realised_volatility(prices, window=LONG).where(lambda v: v > 0)
    ).tail(1)
    return _where(ratio, ratio >= jump, "volatility jump")


def _where(values: pd.DataFrame, holds: pd.DataFrame, event: str) -> list[tuple[str, str, str, float]]:
    numbers, hits = values.to_numpy(dtype=float), holds.to_numpy(dtype=bool)
    days = [pd.Timestamp(day).date().isoformat() for day in values.index]
    return [
        (str(symbol), event, days[row], round(float(numbers[row, column]), 6))
        for column, symbol in enumerate(values.columns)
        for row in range(len(days))
        if hits[row, column]
    ]
