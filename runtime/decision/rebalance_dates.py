"""On which days a portfolio is rebalanced."""

from typing import Literal

import pandas as pd

Cadence = Literal["daily", "weekly", "monthly"]


def rebalance_dates(days: pd.DatetimeIndex, cadence: Cadence) -> pd.DatetimeIndex:
    """Return the last trading day of each day, week or month of `days`; the very last day is always one of them."""
    if cadence == "daily" or len(days) == 0:
        return days
    periods = days.to_period("W" if cadence == "weekly" else "M")
    return days[~periods.duplicated(keep="last")]
