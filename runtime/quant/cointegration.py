"""Which shares move together in the long run: the two-step test of Engle and Granger.

Engle and Granger (1987), *Econometrica* 55(2): regress one log price on the other, then test the residual for a unit root
with the augmented Dickey-Fuller regression. Critical values: MacKinnon (2010), "Critical Values for Cointegration Tests",
Queen's Economics Department Working Paper 1227, table 2, two variables with a constant.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from runtime.quant.returns import log_prices

Floats = npt.NDArray[np.floating]
CRITICAL: dict[float, tuple[float, float, float]] = {
    0.01: (-3.89644, -10.9519, -22.527),
    0.05: (-3.33613, -6.1101, -6.823),
    0.10: (-3.04445, -4.2412, -2.720),
}
"""Level → β∞, β1, β2 of the response surface."""
MIN_DAYS = 60
FLAT = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One share against another."""

    symbol: str
    partner: str
    hedge_ratio: float
    """Slope of ln P(symbol) on ln P(partner) with a constant."""
    statistic: float
    """t of the lagged residual in the Dickey-Fuller regression; more negative is more cointegrated."""
    critical: float
    """At the asked level; below it the pair is cointegrated."""
    spread_z: float
    """The last residual in its own standard deviations: positive means that the share is dear."""

    @property
    def cointegrated(self) -> bool:
        """Say whether the unit root is rejected."""
        return self.statistic < self.critical


def critical_value(days: int, level: float) -> float:
    """Return β∞ + β1/T + β2/T² for T observations; level is 0.01, 0.05 or 0.10."""
    limit, first, second = CRITICAL[level]
    return limit + first / days + second / days**2


def pairs_of(prices: pd.DataFrame, symbol: str, *, level: float = 0.05, lags: int = 1) -> list[Pair]:
    """Test a share against every other one, the most cointegrated first; pairs with too few common days are left out."""
    others = [str(column) for column in prices.columns if str(column) != symbol]
    tested = [engle_granger(prices, symbol, other, level=level, lags=lags) for other in others]
    return sorted((pair for pair in tested if pair is not None), key=lambda p: (p.statistic, p.partner))


def engle_granger(
    prices: pd.DataFrame, symbol: str, partner: str, *, level: float = 0.05, lags: int = 1
) -> Pair | None:
    """Test one pair; None when there are too few common days, or nothing moves."""
    logs = log_prices(prices[[symbol, partner]].dropna()).to_numpy(dtype=float)
    if len(logs) < MIN_DAYS:
        return None
    left, right = logs[:, 0], logs[:, 1]
    if left.std() < FLAT or right.std() < FLAT:
        return None
    design = np.column_stack([np.ones_like(right), right])
    (intercept, slope), *_ = np.linalg.lstsq(design, left, rcond=None)
    residual = left - intercept - slope * right
    if residual.std() < FLAT:
        return None
    return Pair(
        symbol=symbol,
        partner=partner,
        hedge_ratio=float(slope),
        statistic=dickey_fuller(residual, lags=lags),
        critical=critical_value(len(residual), level),
        spread_z=float(residual[-1] / residual.std(ddof=2)),
    )


def dickey_fuller(series: Floats, *, lags: int) -> float:
    """Return the t statistic of r in Δe[t] = r e[t-1] + Σ f[i] Δe[t-i] + noise, without a constant.

    Source: Said and Dickey (1984), *Biometrika* 71(3).
    """
    change = np.diff(series)
    rows = len(change) - lags
    columns = [series[lags : lags + rows]]
    columns += [change[lags - lag : lags - lag + rows] for lag in range(1, lags + 1)]
    design, target = np.column_stack(columns), change[lags:]
    beta, *_ = np.linalg.lstsq(design, target, rcond=None)
    noise = target - design @ beta
    variance = float(noise @ noise) / max(rows - design.shape[1], 1)
    spread = variance * float(np.linalg.pinv(design.T @ design)[0, 0])
    return float(beta[0]) / math.sqrt(spread) if spread > 0 else 0.0
