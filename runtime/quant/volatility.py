"""Volatility and drawdown from closes."""

from typing import Literal

import pandas as pd

from runtime.quant.returns import log_returns
from runtime.quant.windows import TRADING_DAYS, enough_of

VolatilityMethod = Literal["realised", "ewma"]
EWMA_WARM_UP = 20
"""Returns that an exponentially weighted estimate needs before it says anything."""


def realised_volatility(prices: pd.DataFrame, *, window: int = 21) -> pd.DataFrame:
    """Return the annualised standard deviation of daily log returns over `window` days, as fractions.

    Source: Hull (2018), *Options, Futures, and Other Derivatives*, section 15.4.
    """
    rolling = log_returns(prices).rolling(window, min_periods=enough_of(window))
    return rolling.std() * TRADING_DAYS**0.5


def ewma_volatility(prices: pd.DataFrame, *, decay: float = 0.94) -> pd.DataFrame:
    """Return the annualised volatility whose weights fall by `decay` a day, mean taken as zero, as fractions.

    Source: J.P. Morgan/Reuters (1996), *RiskMetrics: Technical Document*, 4th ed., ch. 5; 0.94 is its daily value.
    """
    squares = log_returns(prices) ** 2
    variance = squares.ewm(alpha=1.0 - decay, min_periods=EWMA_WARM_UP, ignore_na=True).mean()
    return (variance * TRADING_DAYS) ** 0.5


def volatility(
    prices: pd.DataFrame, *, method: VolatilityMethod = "realised", window: int = 21, decay: float = 0.94
) -> pd.DataFrame:
    """Return annualised volatilities by the chosen method, days × symbols, as fractions."""
    if method == "realised":
        return realised_volatility(prices, window=window)
    return ewma_volatility(prices, decay=decay)


def drawdown(prices: pd.DataFrame) -> pd.DataFrame:
    """Return how far each price is below its highest so far, as fractions ≤ 0.

    Source: Magdon-Ismail and Atiya (2004), *Risk Magazine* 17(10).
    """
    return prices / prices.cummax() - 1.0


def trailing_percentile(values: pd.Series, *, window: int) -> pd.Series:
    """Return where each value ranks among those of the last `window` days, 0 .. 1; needs a fifth of the window."""
    return values.rolling(window, min_periods=max(2, window // 5)).rank(pct=True)
