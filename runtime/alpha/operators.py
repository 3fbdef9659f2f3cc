"""The operators of alpha formulas: pure functions on arrays, days × symbols, that never look ahead.

Names and meanings after Kakushadze (2016), "101 Formulaic Alphas", *Wilmott* 84, appendix A. NaN is "unknown" and stays so;
what is not finite becomes unknown. A window needs 80 % of its days (`runtime.quant.windows`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from runtime.quant.windows import enough_of

Array = npt.NDArray[np.float64]
Argument = Literal["series", "truth", "window", "lag"]
"""`series`: a number for each day and symbol. `truth`: the outcome of a comparison. `window`: a whole number of days, at
least 2; `lag`: at least 1."""
ALL_EQUAL = 1e-12
"""A deviation below this share of the values' size is rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One function that a formula may call."""

    takes: tuple[Argument, ...]
    function: Callable[..., Array]
    meaning: str


def cross_rank(x: Array) -> Array:
    """Return each value's rank among the symbols of its day, 0 (lowest) to 1; ties share, a lone value gets 0.5."""
    ranks = pd.DataFrame(x).rank(axis="columns").to_numpy(dtype=float)
    others = (~np.isnan(x)).sum(axis=1, keepdims=True) - 1
    return np.where(others > 0, (ranks - 1.0) / np.maximum(others, 1), ranks - 0.5)


def cross_zscore(x: Array) -> Array:
    """Return (x - mean) / standard deviation over the symbols of the day; 0 where all are equal."""
    mean, deviation = _row_mean(x), _row_mean((x - _row_mean(x)) ** 2) ** 0.5
    flat = deviation <= ALL_EQUAL * (1.0 + np.abs(mean))
    return np.where(flat, x * 0.0, (x - mean) / np.where(flat, 1.0, deviation))


def scaled(x: Array) -> Array:
    """Return x divided by the day's sum of absolute values."""
    return x / np.nansum(np.abs(x), axis=1, keepdims=True)


def delayed(x: Array, days: int) -> Array:
    """Return the value of `days` days before."""
    out = np.full_like(x, np.nan)
    if days < len(x):
        out[days:] = x[:-days]
    return out


def decay_linear(x: Array, days: int) -> Array:
    """Return the mean of the last `days` days with weights that fall linearly from `days` (today) to 1.

    Weights of unknown days are left out. O(1) a cell: sum of (days - age) × x is a sum of two rolling sums.
    """
    number = np.arange(len(x), dtype=float)[:, None]
    known = (~np.isnan(x)).astype(float)
    values = np.where(np.isnan(x), 0.0, x)
    today = days - number
    top = today * _sum(values, days) + _sum(number * values, days)
    bottom = today * _sum(known, days) + _sum(number * known, days)
    enough = _sum(known, days) >= enough_of(days)
    return np.where(enough, top / np.where(bottom > 0, bottom, np.nan), np.nan)


def correlation(x: Array, y: Array, days: int) -> Array:
    """Return the Pearson correlation of the last `days` days, in [-1, 1]; unknown where one of them stands still."""
    found = _rolling(x, days).corr(pd.DataFrame(y), pairwise=False).to_numpy(dtype=float)
    moving = np.minimum(_spread(x, days), _spread(y, days)) > ALL_EQUAL
    return np.where(moving, np.clip(found, -1.0, 1.0), np.nan)


def signed_power(x: Array, exponent: Array) -> Array:
    """Return sign(x) · |x| ** exponent."""
    return np.sign(x) * np.abs(x) ** exponent


def where(condition: Array, yes: Array, no: Array) -> Array:
    """Return `yes` where the condition holds, `no` where it does not, unknown where it is unknown."""
    return np.where(np.isnan(condition), np.nan, np.where(condition > 0.0, yes, no))


def _row_mean(x: Array) -> Array:
    count = (~np.isnan(x)).sum(axis=1, keepdims=True)
    return np.nansum(x, axis=1, keepdims=True) / np.where(count > 0, count, np.nan)


def _rolling(x: Array, days: int) -> Any:  # noqa: ANN401  pandas has no public name for its type
    return pd.DataFrame(x).rolling(days, min_periods=enough_of(days))


def _sum(x: Array, days: int) -> Array:
    return pd.DataFrame(x).rolling(days, min_periods=1).sum().to_numpy(dtype=float)


def _spread(x: Array, days: int) -> Array:
    """Return (max - min) of the window as a share of its size."""
    high, low = _over(x, days, "max"), _over(x, days, "min")
    return (high - low) / (1.0 + np.maximum(np.abs(high), np.abs(low)))


def _over(x: Array, days: int, statistic: str) -> Array:
    return getattr(_rolling(x, days), statistic)().to_numpy(dtype=float)


def _deviation(x: Array, days: int) -> Array:
    return np.where(_spread(x, days) <= ALL_EQUAL, _over(x, days, "mean") * 0.0, _over(x, days, "std"))


def _ts_zscore(x: Array, days: int) -> Array:
    deviation = _deviation(x, days)
    score = (x - _over(x, days, "mean")) / np.where(deviation > 0, deviation, 1.0)
    return np.where(deviation > 0, score, deviation)


def _ts_rank(x: Array, days: int) -> Array:
    return _rolling(x, days).rank(pct=True).to_numpy(dtype=float)


def _log(x: Array) -> Array:
    return np.log(np.where(x > 0, x, np.nan))


OPERATORS: dict[str, Operator] = {
    "abs": Operator(takes=("series",), function=np.abs, meaning="the size of x"),
    "sign": Operator(takes=("series",), function=np.sign, meaning="-1, 0 or 1"),
    "log": Operator(takes=("series",), function=_log, meaning="the natural logarithm of x"),
    "signed_power": Operator(
        takes=("series", "series"), function=signed_power, meaning="sign(x) · |x| to the power a"
    ),
    "min": Operator(takes=("series", "series"), function=np.minimum, meaning="the smaller of two"),
    "max": Operator(takes=("series", "series"), function=np.maximum, meaning="the larger of two"),
    "where": Operator(takes=("truth", "series", "series"), function=where, meaning="one or the other"),
    "rank": Operator(takes=("series",), function=cross_rank, meaning="rank among the symbols, 0 to 1"),
    "zscore": Operator(takes=("series",), function=cross_zscore, meaning="z score among the symbols"),
    "scale": Operator(takes=("series",), function=scaled, meaning="x with its sizes adding up to 1"),
    "delay": Operator(takes=("series", "lag"), function=delayed, meaning="x of d days ago"),
    "delta": Operator(
        takes=("series", "lag"), function=lambda x, days: x - delayed(x, days), meaning="change over d days"
    ),
    "ts_sum": Operator(
        takes=("series", "window"), function=lambda x, days: _over(x, days, "sum"), meaning="sum of d days"
    ),
    "ts_mean": Operator(
        takes=("series", "window"), function=lambda x, days: _over(x, days, "mean"), meaning="mean of d days"
    ),
    "ts_std": Operator(
        takes=("series", "window"), function=_deviation, meaning="standard deviation of d days"
    ),
    "ts_min": Operator(
        takes=("series", "window"), function=lambda x, days: _over(x, days, "min"), meaning="least of d days"
    ),
    "ts_max": Operator(
        takes=("series", "window"), function=lambda x, days: _over(x, days, "max"), meaning="most of d days"
    ),
    "ts_rank": Operator(
        takes=("series", "window"), function=_ts_rank, meaning="rank among the last d days, 0 to 1"
    ),
    "ts_zscore": Operator(
        takes=("series", "window"), function=_ts_zscore, meaning="z score among the last d days"
    ),
    "correlation": Operator(
        takes=("series", "series", "window"), function=correlation, meaning="correlation over d days"
    ),
    "decay_linear": Operator(
        takes=("series", "window"), function=decay_linear, meaning="mean of d days, newer ones weigh more"
    ),
}
