"""What a portfolio optimiser is asked."""

from dataclasses import dataclass
from typing import Literal

from runtime.decision.rebalance_dates import Cadence

Method = Literal[
    "mean_variance", "minimum_variance", "risk_parity", "hierarchical_risk_parity", "equal_weight"
]
LONG_ONLY: tuple[Method, ...] = ("risk_parity", "hierarchical_risk_parity", "equal_weight")
"""Methods that are defined for long positions only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """How to choose weights that add up to 1."""

    method: Method = "minimum_variance"
    lookback: int = 252
    """Daily returns that each portfolio is estimated from."""
    cadence: Cadence = "monthly"
    min_weight: float = 0.0
    """Fraction of equity; below zero allows short positions."""
    max_weight: float = 0.2
    risk_aversion: float = 5.0
    """λ of w'μ − λ/2 · w'Σw. Mean variance only."""
    information_coefficient: float = 0.05
    """Correlation of the signals with the returns of the month that follows. Mean variance with signals only."""
