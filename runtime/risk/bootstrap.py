"""Bootstrap simulation of a portfolio's next days: resampled history, no distribution assumed.

Days are drawn with replacement from the lookback (Efron 1979, "Bootstrap methods"), whole days at a time, so that the
correlation across symbols stays. Weights are held constant by daily rebalancing. Tail figures: maximum drawdown along
each path, and the expected shortfall of the final loss (Acerbi & Tasche 2002; here called TVaR).
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

TRADING_DAYS = 252
FAN_PERCENTILES = (1, 5, 25, 50, 75, 95, 99)
Floats = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What the simulated paths say. Losses and drawdowns are positive fractions of equity."""

    p99_drawdown: float
    """99th percentile over paths of the largest fall from a peak."""
    tvar_95: float
    """Mean final loss of the worst 5 % of paths; negative when even those gain."""
    expected_sharpe: float
    """Annualised mean over standard deviation of the simulated daily returns; 0 when nothing moves."""
    expected_return: float
    """Mean final return over the horizon."""
    fan: Floats
    """Days 0..horizon × `FAN_PERCENTILES`: percentiles of wealth, starting at 1."""


def simulate(daily_returns: Floats, *, paths: int, horizon_days: int, seed: int) -> Simulation:
    """Draw `paths` futures of `horizon_days` days from a portfolio's past simple daily returns."""
    rng = np.random.default_rng(seed)
    drawn = daily_returns[rng.integers(0, len(daily_returns), size=(paths, horizon_days))]
    # A leveraged book can lose more than all in a day; equity stops at zero.
    growth = np.maximum(1.0 + drawn, 0.0)
    wealth = np.concatenate([np.ones((paths, 1)), np.cumprod(growth, axis=1)], axis=1)
    drawdown = (1.0 - wealth / np.maximum.accumulate(wealth, axis=1)).max(axis=1)
    final = wealth[:, -1] - 1.0
    return Simulation(
        p99_drawdown=float(np.quantile(drawdown, 0.99)),
        tvar_95=expected_shortfall(final, tail=0.05),
        expected_sharpe=_annual_sharpe(drawn),
        expected_return=float(final.mean()),
        fan=np.percentile(wealth, FAN_PERCENTILES, axis=0).T,
    )


def expected_shortfall(returns: Floats, *, tail: float) -> float:
    """Return the mean loss of the worst `tail` share of outcomes (at least one), as a positive number for a loss."""
    count = max(1, math.ceil(tail * len(returns)))
    return float(-np.sort(returns)[:count].mean())


def _annual_sharpe(drawn: Floats) -> float:
    spread = float(drawn.std())
    if spread < 1e-12:  # noqa: PLR2004  rounding noise of a flat book, not risk
        return 0.0
    return float(drawn.mean()) / spread * math.sqrt(TRADING_DAYS)
