"""Is a verdict about these weights? What was approved must be what is traded."""

from collections.abc import Mapping

TOLERANCE = 1e-9
"""Of a weight; arithmetic on the way is no other portfolio."""


def covers(simulated: Mapping[str, float], weights: Mapping[str, float]) -> bool:
    """Say whether a simulation of `simulated` speaks for `weights` (fractions of equity).

    A portfolio must be the same: even less of one position can be more risk when it was a hedge. A single position may be
    smaller than the simulated one.
    """
    asked = {symbol: weight for symbol, weight in weights.items() if weight}
    if len(simulated) == 1:
        symbol, limit = next(iter(simulated.items()))
        weight = asked.get(symbol, 0.0)
        return set(asked) <= {symbol} and weight * limit >= 0 and abs(weight) <= abs(limit) + TOLERANCE
    return all(
        abs(simulated.get(symbol, 0.0) - asked.get(symbol, 0.0)) <= TOLERANCE
        for symbol in simulated.keys() | asked.keys()
    )
