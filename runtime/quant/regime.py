"""The state of the market: its trend and its volatility, in one word."""

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from runtime.errors import InvalidValue
from runtime.quant.returns import equal_weight_index
from runtime.quant.volatility import realised_volatility, trailing_percentile

RegimeName = Literal["risk_on", "risk_off", "neutral"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """What the market is like on its last day."""

    name: RegimeName
    trend: float
    """The index over its moving average, minus 1."""
    volatility: float
    """Annualised, a fraction."""
    volatility_percentile: float
    """0 .. 1, among the index's own trailing history."""
    as_of: pd.Timestamp


def regime_history(
    prices: pd.DataFrame, *, average_days: int = 200, volatility_days: int = 21, history_days: int = 1260
) -> pd.DataFrame:
    """Return trend, volatility and volatility_percentile of the equal-weight index, by day.

    Trend is index / moving average - 1: Faber (2007), *Journal of Wealth Management* 9(4). The percentile of volatility
    states stress: Ang and Bekaert (2002), *Review of Financial Studies* 15(4), find high volatility marks bear regimes.
    """
    index = equal_weight_index(prices)
    trend = index / index.rolling(average_days, min_periods=average_days).mean() - 1.0
    vol = realised_volatility(index.to_frame(), window=volatility_days)["index"]
    percentile = trailing_percentile(vol, window=history_days)
    return pd.DataFrame({"trend": trend, "volatility": vol, "volatility_percentile": percentile})


def regime_now(
    prices: pd.DataFrame,
    *,
    average_days: int = 200,
    volatility_days: int = 21,
    history_days: int = 1260,
    stress: float = 0.8,
) -> Regime:
    """Return the regime on the last day; raises `InvalidValue` when the history is too short.

    Above the average and volatility below the `stress` percentile: risk on. Below the average and volatility at or above
    it: risk off. Anything else is neutral.
    """
    last = regime_history(
        prices, average_days=average_days, volatility_days=volatility_days, history_days=history_days
    ).tail(1)
    if last.empty or last.isna().to_numpy().any():
        need = max(average_days, volatility_days + max(2, history_days // 5)) + 1
        raise InvalidValue(
            f"The regime needs about {need} days of prices, got {len(prices)}.", field="prices"
        )
    trend, vol, percentile = (
        float(last[name].iloc[0]) for name in ("trend", "volatility", "volatility_percentile")
    )
    name: RegimeName = "neutral"
    if trend > 0 and percentile < stress:
        name = "risk_on"
    elif trend < 0 and percentile >= stress:
        name = "risk_off"
    return Regime(
        name=name,
        trend=trend,
        volatility=vol,
        volatility_percentile=percentile,
        as_of=pd.Timestamp(last.index[0]),
    )
