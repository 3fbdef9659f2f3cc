"""What formulas that need a history ask of it."""

import pandas as pd

from runtime.errors import InvalidValue


def require_days(prices: pd.DataFrame, days: int) -> pd.DataFrame:
    """Return the prices; raises `InvalidValue` when they are fewer than `days` days or have no symbols."""
    if prices.shape[1] == 0:
        raise InvalidValue("The prices hold no symbols.", field="prices")
    if len(prices) < days:
        raise InvalidValue(
            f"This needs {days} days of prices, got {len(prices)}. Start the prices earlier or shorten the window.",
            field="prices",
        )
    return prices
