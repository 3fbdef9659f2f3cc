"""Weight-centric execution: four pure stages from a target to what may be held.

`f_S` selects the universe, `f_A` allocates the equity, `f_T` scales for turbulent markets, `f_R` lays the risk limits
over it (position clamp first, then gross). The overlay vetoes when it has to take away more than half of the gross.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from runtime.decision.fusion import Limits, gross, limited

Stage = Literal["f_S", "f_A", "f_T", "f_R"]
Allocation = Literal["proportional", "equal"]
VETO_BREACH = "risk_overlay_veto"
VETO_SHARE = 0.5
"""Less than this share of the gross left by the overlay is a veto."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How the four stages treat a target."""

    universe: frozenset[str] = frozenset()
    """Symbols that may be held; empty means all."""
    long_only: bool = False
    allocation: Allocation = "proportional"
    equity: float = 1.0
    """Share of the account to invest, 0..1."""
    turbulent_from: float = 0.95
    """Percentile of turbulence from which on positions are cut."""
    turbulent_scale: float = 0.5
    """What is left of each position in a turbulent market."""
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """The weights after each stage, and what the overlay did."""

    stages: tuple[tuple[Stage, Mapping[str, float]], ...]
    prior_gross: float
    """Gross before the overlay."""
    post_gross: float
    """Gross after the overlay."""

    @property
    def weights(self) -> Mapping[str, float]:
        """What may be held."""
        return self.stages[-1][1]

    @property
    def risk_veto(self) -> bool:
        """Say whether the overlay took away more than half."""
        return self.post_gross < VETO_SHARE * self.prior_gross

    def history(self) -> list[dict[str, Any]]:
        """Return the JSON-ready snapshots of the four stages."""
        return [{"stage": stage, "weights": dict(weights)} for stage, weights in self.stages]


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineHistory:
    """Weights at every rebalance day, and the pipeline of the last one."""

    weights: pd.DataFrame
    last: Pipeline
    turbulence: float
    """Percentile of turbulence at the last day, 0..1."""


def run_pipeline(target: Mapping[str, float], policy: Policy, *, turbulence: float) -> Pipeline:
    """Take a target (fractions of equity) through the four stages; `turbulence` is a percentile, 0..1."""
    selected = select(target, policy)
    allocated = allocate(selected, policy, target_gross=gross(target))
    timed = scale_for_turbulence(allocated, policy, turbulence=turbulence)
    overlaid = limited(timed, policy.limits)
    return Pipeline(
        stages=(("f_S", selected), ("f_A", allocated), ("f_T", timed), ("f_R", overlaid)),
        prior_gross=gross(timed),
        post_gross=gross(overlaid),
    )


def select(target: Mapping[str, float], policy: Policy) -> dict[str, float]:
    """Keep the symbols that the policy lets us hold, in symbol order."""
    return {
        symbol: weight
        for symbol, weight in sorted(target.items())
        if (not policy.universe or symbol in policy.universe) and (weight >= 0 or not policy.long_only)
    }


def allocate(selected: Mapping[str, float], policy: Policy, *, target_gross: float) -> dict[str, float]:
    """Spread the target's gross over what was selected: in proportion, or equally with the signs kept."""
    shape = {
        symbol: weight if policy.allocation == "proportional" else float((weight > 0) - (weight < 0))
        for symbol, weight in selected.items()
    }
    total = gross(shape)
    scale = policy.equity * target_gross / total if total > 0 else 0.0
    return {symbol: weight * scale for symbol, weight in shape.items()}


def scale_for_turbulence(
    weights: Mapping[str, float], policy: Policy, *, turbulence: float
) -> dict[str, float]:
    """Cut every position by the same share when the market is turbulent."""
    scale = policy.turbulent_scale if turbulence >= policy.turbulent_from else 1.0
    return {symbol: weight * scale for symbol, weight in weights.items()}


def pipeline_history(targets: pd.DataFrame, policy: Policy, turbulence: pd.Series | None) -> PipelineHistory:
    """Run the pipeline at every rebalance day with the turbulence known on that day."""
    symbols = [str(column) for column in targets.columns]
    levels = _levels(targets, turbulence)
    runs = [
        run_pipeline(dict(zip(symbols, row, strict=True)), policy, turbulence=level)
        for row, level in zip(targets.fillna(0.0).to_numpy(dtype=float).tolist(), levels, strict=True)
    ]
    rows = [[run.weights.get(symbol, 0.0) for symbol in symbols] for run in runs]
    return PipelineHistory(
        weights=pd.DataFrame(rows, index=targets.index, columns=symbols, dtype=float),
        last=runs[-1],
        turbulence=levels[-1],
    )


def _levels(targets: pd.DataFrame, turbulence: pd.Series | None) -> list[float]:
    if turbulence is None or turbulence.empty:
        return [0.0] * len(targets)
    known = turbulence.reindex(targets.index, method="ffill").fillna(0.0)
    return [float(level) for level in known.to_numpy(dtype=float)]
