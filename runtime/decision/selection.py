"""The best of a ranking, today."""

import pandas as pd

from runtime.errors import InvalidValue


def best_symbols(prices: pd.DataFrame, scores: pd.DataFrame, count: int) -> list[str]:
    """Return up to `count` symbols with the highest scores on the last day, best first; ties by name.

    Raises `InvalidValue` when no share that has prices has a score on that day.
    """
    if scores.empty:
        raise InvalidValue("The scores have no rows.", field="scores")
    last = scores.iloc[-1].dropna()
    known = last[[symbol for symbol in last.index if symbol in prices.columns]]
    if known.empty:
        raise InvalidValue("No share has a score on the last day. Start the prices earlier.", field="scores")
    ranked = known.sort_index().sort_values(ascending=False, kind="stable")
    return [str(symbol) for symbol in ranked.index[:count]]


def selection_report(scores: pd.DataFrame, chosen: list[str], *, what: str) -> dict[str, object]:
    """Return what was chosen and why, as JSON can hold it."""
    last = scores.iloc[-1]
    points = ", ".join(f"{symbol} {float(last[symbol]):+.2f}" for symbol in chosen)
    return {
        "as_of": pd.Timestamp(scores.index[-1]).date().isoformat(),
        "selected": chosen,
        "rationale": f"{what}: the {len(chosen)} highest of {int(last.notna().sum())} scores: {points}.",
    }
