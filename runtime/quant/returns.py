"""Returns from prices."""

import numpy as np
import pandas as pd


def simple_returns(prices: pd.DataFrame, *, days: int = 1) -> pd.DataFrame:
    """Return P[t] / P[t - days] - 1, as fractions; NaN where either price is missing.

    Source: Campbell, Lo and MacKinlay (1997), *The Econometrics of Financial Markets*, section 1.4.
    """
    return prices / prices.shift(days) - 1.0


def log_returns(prices: pd.DataFrame, *, days: int = 1) -> pd.DataFrame:
    """Return ln P[t] - ln P[t - days]; they add up over time. NaN where either price is missing.

    Source: Campbell, Lo and MacKinlay (1997), *The Econometrics of Financial Markets*, section 1.4.
    """
    logs = log_prices(prices)
    return logs - logs.shift(days)


def log_prices(prices: pd.DataFrame) -> pd.DataFrame:
    """Return the natural logarithms of prices, NaN kept."""
    return pd.DataFrame(np.log(prices.to_numpy(dtype=float)), index=prices.index, columns=prices.columns)


def equal_weight_index(prices: pd.DataFrame) -> pd.Series:
    """Return the growth of 1 USD spread evenly over all symbols each day; symbols without a return are left out.

    Days on which no symbol has a return leave the index where it was.
    """
    daily = simple_returns(prices).mean(axis="columns", skipna=True).fillna(0.0)
    return (1.0 + daily).cumprod().rename("index")
