"""What a model knows of each share on each day, and what it is to predict."""

import pandas as pd

from runtime.quant.momentum import skip_momentum, spread_ranks
from runtime.quant.returns import simple_returns
from runtime.quant.volatility import realised_volatility
from runtime.quant.windows import enough_of

WARM_UP = 252
"""Days of prices before the first features are known."""
YEAR, HALF_YEAR, QUARTER, MONTH = 252, 126, 63, 21


def features(prices: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return feature → its ranks among the shares of the day, spread over [-1, 1], days × symbols.

    Ranks as in Gu, Kelly and Xiu (2020), *Review of Financial Studies* 33(5). Momentum: Jegadeesh and Titman (1993),
    *Journal of Finance* 48(1). Reversal: Jegadeesh (1990), *Journal of Finance* 45(3). Volatility: Ang, Hodrick, Xing and
    Zhang (2006), *Journal of Finance* 61(1). Nearness to the year's high: George and Hwang (2004), *Journal of Finance* 59(5).
    """
    high = prices.rolling(YEAR, min_periods=enough_of(YEAR)).max()
    raw = {
        "momentum_year": skip_momentum(prices, lookback=YEAR, skip=MONTH),
        "momentum_half_year": skip_momentum(prices, lookback=HALF_YEAR, skip=MONTH),
        "reversal_month": -simple_returns(prices, days=MONTH),
        "volatility_quarter": realised_volatility(prices, window=QUARTER),
        "nearness_to_high": prices / high,
    }
    return {name: spread_ranks(values) for name, values in raw.items()}


def targets(prices: pd.DataFrame, *, horizon: int) -> pd.DataFrame:
    """Return the rank of each share's return over the `horizon` days after each day, spread over [-1, 1].

    The row of day t is known at the close of day t + horizon only; who uses it must see to that.
    """
    return spread_ranks(prices.shift(-horizon) / prices - 1.0)
