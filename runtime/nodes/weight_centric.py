"""Weight-centric execution: a target through selection, allocation, timing and the risk overlay."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field

from runtime.decision.fusion import Limits
from runtime.decision.turbulence import turbulence_percentile
from runtime.decision.weight_centric import (
    VETO_BREACH,
    Allocation,
    Pipeline,
    PipelineHistory,
    Policy,
    pipeline_history,
)
from runtime.errors import InvalidValue
from runtime.flags import require
from runtime.node import NodeConfig, NodeContext, NodeKind, Port


class WeightCentricConfig(NodeConfig):
    """What may be held, and how much of it."""

    universe: tuple[str, ...] = Field(
        default=(),
        max_length=2000,
        title="Universe",
        description="Symbols that may be held. Empty: all of them.",
    )
    long_only: bool = Field(
        default=False, title="Long only", description="Drop short positions before the equity is allocated."
    )
    allocation: Allocation = Field(
        default="proportional",
        title="Allocation",
        description="Keep the target's proportions, or give every selected symbol the same size.",
    )
    equity: float = Field(
        default=1.0,
        gt=0,
        le=1,
        title="Share to invest",
        description="Share of the account that the target is applied to; the rest stays in cash.",
        json_schema_extra={"unit": "of equity"},
    )
    turbulent_from: float = Field(
        default=0.95,
        ge=0.5,
        le=1,
        title="Turbulent from",
        description="Positions are cut on days at or above this percentile of turbulence. Needs prices.",
        json_schema_extra={"unit": "percentile, 0 to 1"},
    )
    turbulent_scale: float = Field(
        default=0.5,
        ge=0,
        le=1,
        title="Turbulent scale",
        description="What is left of each position on a turbulent day.",
        json_schema_extra={"unit": "of the position"},
    )
    max_position_pct: float = Field(
        default=0.20,
        gt=0,
        le=1,
        title="Largest position",
        description="Risk overlay: no position gets larger than this share of equity.",
        json_schema_extra={"unit": "of equity"},
    )
    max_gross_exposure: float = Field(
        default=1.0,
        gt=0,
        le=2,
        title="Largest gross exposure",
        description="Risk overlay: longs and shorts together get no larger than this multiple of equity.",
        json_schema_extra={"unit": "× equity"},
    )


class WeightCentricExecution(NodeKind):
    """Never emits a signal itself; a veto of its overlay overrules any earlier approval."""

    kind = "decision.weight_centric"
    title = "Weight-centric execution"
    family = "decision"
    icon = "sliders-horizontal"
    summary = "Takes target weights through selection, allocation, turbulence timing and a risk overlay that can veto."
    example: ClassVar[dict[str, Any]] = {"long_only": True, "max_position_pct": 0.2}
    inputs = (
        Port(id="weights", type="weights", title="Target weights"),
        Port(id="prices", type="prices", title="Prices for turbulence", required=False),
        Port(id="verdict", type="verdict", title="Earlier verdict", required=False),
    )
    outputs = (
        Port(id="weights", type="weights", title="Weights to hold"),
        Port(id="verdict", type="verdict", title="Overlay verdict"),
    )
    writes = ("target_weights", "weight_pipeline_history", "risk_veto", "simulation_verdict")
    requires = "orchestration_fusion_enabled"
    headline = ("max_position_pct", "long_only", "allocation")
    Config = WeightCentricConfig

    async def run(
        self, inputs: Mapping[str, Any], config: WeightCentricConfig, ctx: NodeContext
    ) -> Mapping[str, Any]:
        """Run the four stages at every rebalance day; the veto is about the last one."""
        require("orchestration_fusion_enabled", ctx.settings, title=self.title)
        if inputs["weights"].empty:
            raise InvalidValue("The target weights have no rows.", field="weights")
        held: PipelineHistory = await ctx.compute(
            _run, inputs["weights"], policy_of(config), inputs.get("prices")
        )
        earlier = inputs.get("verdict") or _simulated(ctx)
        verdict = overlay_verdict(held, earlier)
        ctx.write("target_weights", dict(held.last.weights))
        ctx.write("weight_pipeline_history", held.last.history())
        ctx.write("risk_veto", held.last.risk_veto)
        if held.last.risk_veto:
            ctx.write("simulation_verdict", verdict)
        return {"weights": held.weights, "verdict": verdict}


def overlay_verdict(held: PipelineHistory, earlier: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the verdict after the overlay: an earlier one as it was, unless vetoed.

    Without an earlier verdict and without a veto there is no `approved`: the overlay limits, it does not simulate, so the
    gate must not take its silence for an approval.
    """
    last = held.last
    breaches = [str(each) for each in (earlier or {}).get("risk_breaches") or []]
    verdict: dict[str, Any] = dict(earlier or {}) | {
        "title": "Veto" if last.risk_veto else "No veto",
        "risk_veto": last.risk_veto,
        "prior_gross": last.prior_gross,
        "post_gross": last.post_gross,
        "turbulence_percentile": held.turbulence,
        "risk_breaches": breaches,
        "rationale": _rationale(last),
    }
    if last.risk_veto:
        return verdict | {"approved": False, "risk_breaches": [*breaches, VETO_BREACH]}
    return verdict


def _rationale(last: Pipeline) -> str:
    change = f"gross {last.prior_gross:.1%} before the overlay, {last.post_gross:.1%} after"
    if last.risk_veto:
        return f"Vetoed: {change}; the limits leave less than half of the target."
    return f"No veto: {change}."


def _simulated(ctx: NodeContext) -> Mapping[str, Any] | None:
    known = ctx.state.get("simulation_verdict")
    return known if isinstance(known, Mapping) else None  # pyright: ignore[reportUnknownVariableType]  JSON of our own


def policy_of(config: WeightCentricConfig, *, only: frozenset[str] = frozenset()) -> Policy:
    """Return the policy of a config; `only`, when it names anything, is the most that the universe may be."""
    named = frozenset(config.universe)
    universe = named or only
    if named and only:
        # An empty universe means all symbols: where both name some and share none, a name that no symbol has.
        universe = (named & only) or frozenset({""})
    return Policy(
        universe=universe,
        long_only=config.long_only,
        allocation=config.allocation,
        equity=config.equity,
        turbulent_from=config.turbulent_from,
        turbulent_scale=config.turbulent_scale,
        limits=Limits(max_position_pct=config.max_position_pct, max_gross_exposure=config.max_gross_exposure),
    )


def _run(weights: pd.DataFrame, policy: Policy, prices: pd.DataFrame | None) -> PipelineHistory:
    return pipeline_history(weights, policy, turbulence_of(prices))


def turbulence_of(prices: pd.DataFrame | None) -> pd.Series | None:
    """Return the turbulence percentile by day; None without prices."""
    return None if prices is None else turbulence_percentile(prices)
