"""Synthetic closes with an edge that a policy can find, and small experiments on them."""

from typing import Any

import numpy as np
import pandas as pd

from runtime.rl.spec import RLExperimentSpec


def trending(seed: int = 7, *, days: int = 900, symbols: int = 3, persistence: float = 0.35) -> pd.DataFrame:
    """Return closes whose next return follows the last one, each symbol by itself: a day's winner wins again."""
    rng = np.random.default_rng(seed)
    shocks = rng.normal(0.0, 0.015, (days, symbols))
    returns = np.zeros_like(shocks)
    for day in range(1, days):
        returns[day] = persistence * returns[day - 1] + shocks[day]
    return _closes(returns)


def seasons(seed: int = 3, *, days: int = 1500, symbols: int = 2, length: int = 100) -> pd.DataFrame:
    """Return closes of a market that rises for `length` days, then falls as long: cash is best in half of them."""
    rng = np.random.default_rng(seed)
    drift = np.where(np.arange(days) // length % 2 == 0, 0.004, -0.004)
    return _closes(drift[:, None] + rng.normal(0.0, 0.008, (days, symbols)))


def _closes(returns: np.ndarray) -> pd.DataFrame:
    index = pd.bdate_range("2015-01-01", periods=len(returns), name="date")
    names = [f"S{place}" for place in range(returns.shape[1])]
    return pd.DataFrame(100.0 * np.exp(np.cumsum(returns, axis=0)), index=index, columns=names)


def experiment(
    prices: pd.DataFrame, algorithm: dict[str, Any] | None = None, **changes: Any
) -> RLExperimentSpec:
    """Return an experiment over all symbols of a frame; `episodes` and `seed` go to the budget, the rest to the market."""
    budget = {name: changes.pop(name) for name in ("episodes", "seed", "checkpoint_every") if name in changes}
    market = {
        "symbols": list(prices.columns),
        "window": 2,
        "momentum_days": 10,
        "rebalance_days": 1,
        "episode_days": 120,
        "fee_bps": 0.0,
        "slippage_bps": 1.0,
    }
    return RLExperimentSpec.parse(
        {
            "name": "exp",
            "market": market | changes,
            "algorithm": algorithm or {"name": "reinforce"},
            "budget": budget,
        }
    )
