"""Optimise again at every rebalance day with what was known on that day."""

import math

import pandas as pd

from runtime.decision.rebalance_dates import rebalance_dates
from runtime.errors import InvalidValue, TooLarge
from runtime.optimise.portfolio import optimal_weights
from runtime.optimise.problem import Problem
from runtime.quant.returns import simple_returns

MAX_REBALANCES = 1500
MAX_SYMBOLS = 300
FLAT = 1e-10
"""A standard deviation of daily returns below this is rounding: such a share cannot be weighed."""


def optimal_history(
    prices: pd.DataFrame, problem: Problem, signals: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return weights that add up to 1, rebalance days × symbols.

    A portfolio of day t is estimated from the `lookback` daily returns up to t, so it can be traded at that day's close
    at the earliest. A symbol takes part when it has all of them and moved; others have weight 0. The history starts
    when enough symbols take part to fill a portfolio within the largest position. Raises `InvalidValue` naming the day
    when there is no solution, `TooLarge` over the limits.
    """
    # Sorted columns: a solver's last digits depend on the order of the symbols.
    ordered = prices.sort_index(axis="columns")
    returns = simple_returns(ordered)
    dates = rebalance_dates(pd.DatetimeIndex(returns.index[problem.lookback :]), problem.cadence)
    _check_size(len(dates), prices.shape[1])
    rows: dict[pd.Timestamp, dict[str, float]] = {}
    for day in dates:
        window = _usable(returns.loc[:day].iloc[-problem.lookback :])
        if window.shape[1] < needed_symbols(problem):
            if rows:
                raise _too_few(problem, f"On {day:%Y-%m-%d} {window.shape[1]} symbols have")
            continue
        try:
            rows[day] = optimal_weights(window, problem, _views(signals, day))
        except InvalidValue as error:
            raise InvalidValue(f"{day:%Y-%m-%d}: {error.message}. Widen the bounds or the window.") from error
    if not rows:
        raise _too_few(problem, f"Of {prices.shape[1]} symbols never enough have")
    frame = pd.DataFrame.from_dict(rows, orient="index").reindex(columns=ordered.columns)
    frame.index.name = prices.index.name
    return frame.fillna(0.0)[list(prices.columns)]


def needed_symbols(problem: Problem) -> int:
    """Return how many symbols it takes to hold the whole equity within the largest position."""
    return max(1, math.ceil(1.0 / problem.max_weight - 1e-9))


def _usable(window: pd.DataFrame) -> pd.DataFrame:
    complete = window.loc[:, window.notna().all()]
    return complete.loc[:, complete.std() > FLAT]


def _views(signals: pd.DataFrame | None, day: pd.Timestamp) -> dict[str, float] | None:
    """Return the signals of this very day; a day without a row has no views, never those of another day."""
    if signals is None:
        return None
    if day not in signals.index:
        return {}
    row = signals.loc[[day]].clip(-1.0, 1.0).to_numpy(dtype=float)[0].tolist()
    return {
        str(symbol): score for symbol, score in zip(signals.columns, row, strict=True) if math.isfinite(score)
    }


def _check_size(rebalances: int, symbols: int) -> None:
    if rebalances > MAX_REBALANCES:
        raise TooLarge(
            f"{rebalances:,} rebalances are more than {MAX_REBALANCES:,}. "
            "Rebalance less often or start the prices later."
        )
    if symbols > MAX_SYMBOLS:
        raise TooLarge(f"{symbols:,} symbols are more than {MAX_SYMBOLS}. Choose fewer.")


def _too_few(problem: Problem, who: str) -> InvalidValue:
    return InvalidValue(
        f"{who} {problem.lookback} daily returns in a row; positions of at most {problem.max_weight:.0%} need "
        f"{needed_symbols(problem)} symbols. Raise the largest position, shorten the window or add symbols.",
        field="prices",
    )
