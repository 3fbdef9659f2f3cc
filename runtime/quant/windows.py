"""The one rule for windows with holes in them."""

import math

ENOUGH = 0.8
TRADING_DAYS = 252
"""Trading days in a year, the customary factor for annualising daily figures."""


def enough_of(window: int) -> int:
    """Return how many observations a window of `window` days needs: 80 %, but two at least.

    A share that paused trading for a week keeps its figures; one with a short history has none.
    """
    return min(window, max(2, math.ceil(window * ENOUGH)))
