"""Portfolio optimiser: weights from the covariance of returns, and from views where there are any."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from runtime.decision.rebalance_dates import Cadence
from runtime.errors import InvalidValue
from runtime.node import NodeConfig, NodeContext, NodeKind, Port
from runtime.optimise.problem import LONG_ONLY, Method, Problem
from runtime.optimise.walk_forward import optimal_history
from runtime.quant.history import require_days


class OptimiserConfig(NodeConfig):
    """Which portfolio is best, and within which bounds."""

    method: Method = Field(
        default="minimum_variance",
        title="Method",
        description=(
            "Mean variance: expected return against risk; the only method that uses signals, and with past means alone a "
            "noisy one. Minimum variance: the least risk. Risk parity: every share adds the same risk. Hierarchical risk "
            "parity: the same among groups of similar shares. Equal weight: the benchmark."
        ),
    )
    lookback_days: int = Field(
        default=252,
        ge=40,
        le=2520,
        title="Look back",
        description="Daily returns that each portfolio is estimated from.",
        json_schema_extra={"unit": "days"},
    )
    rebalance: Cadence = Field(
        default="monthly", title="Rebalance", description="How often the portfolio is optimised again."
    )
    min_position_pct: float = Field(
        default=0.0,
        ge=-1,
        le=0.5,
        title="Smallest position",
        description="0 is long only; below 0 allows short positions. Long only for both risk parities and equal weight.",
        json_schema_extra={"unit": "of equity"},
    )
    max_position_pct: float = Field(
        default=0.20,
        gt=0,
        le=1,
        title="Largest position",
        description="No position gets larger than this share of equity.",
        json_schema_extra={"unit": "of equity"},
    )
    risk_aversion: float = Field(
        default=5.0,
        gt=0,
        le=1000,
        title="Risk aversion",
        description="λ of return − λ/2 × variance: larger is more careful. Mean variance only.",
    )
    information_coefficient: float = Field(
        default=0.05,
        gt=0,
        le=0.5,
        title="Skill of the signals",
        description=(
            "Correlation that the signals are expected to have with the next month's returns. Mean variance with signals only."
        ),
    )

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.min_position_pct > self.max_position_pct:
            raise ValueError("the smallest position is larger than the largest position")
        if self.min_position_pct != 0.0 and self.method in LONG_ONLY:
            raise ValueError(f"the smallest position must be 0 for {self.method.replace('_', ' ')}")
        return self


class Optimiser(NodeKind):
    """Optimises walk-forward: each portfolio knows the days up to its own only."""

    kind = "decision.optimiser"
    title = "Portfolio optimiser"
    family = "decision"
    icon = "chart-pie"
    summary = "Chooses weights that add up to 1 by risk, and by return where signals give views, at every rebalance day."
    example: ClassVar[dict[str, Any]] = {"method": "mean_variance", "lookback_days": 756}
    inputs = (
        Port(id="prices", type="prices", title="Prices"),
        Port(id="signals", type="signals", title="Signals as views", required=False),
    )
    outputs = (Port(id="weights", type="weights", title="Target weights"),)
    headline = ("method", "rebalance", "max_position_pct")
    Config = OptimiserConfig

    async def run(
        self, inputs: Mapping[str, Any], config: OptimiserConfig, ctx: NodeContext
    ) -> Mapping[str, Any]:
        """Return the weights, rebalance days × symbols, fractions of equity."""
        signals = inputs.get("signals")
        if signals is not None and config.method != "mean_variance":
            raise InvalidValue(
                "Only mean variance uses signals. Choose it as method, or remove the wire to Signals as views.",
                field="method",
            )
        prices = require_days(inputs["prices"], config.lookback_days + 1)
        return {"weights": await ctx.compute(optimal_history, prices, _problem(config), signals)}


def _problem(config: OptimiserConfig) -> Problem:
    return Problem(
        method=config.method,
        lookback=config.lookback_days,
        cadence=config.rebalance,
        min_weight=config.min_position_pct,
        max_weight=config.max_position_pct,
        risk_aversion=config.risk_aversion,
        information_coefficient=config.information_coefficient,
    )
