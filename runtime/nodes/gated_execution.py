"""Weight-centric execution with its own gate: sizes what a verdict approved, and lets through no more than that."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from runtime.decision.weight_centric import PipelineHistory, pipeline_history
from runtime.errors import InvalidValue
from runtime.flags import require
from runtime.node import NodeContext, NodeKind, Port
from runtime.nodes.weight_centric import (
    WeightCentricConfig,
    overlay_verdict,
    policy_of,
    turbulence_of,
)
from runtime.risk.gate import gate_reasons, rejection


class GatedExecution(NodeKind):
    """Holds only what was simulated; a veto of its overlay overrules the approval.

    The verdict has to be about these weights: of a single simulated position no more than that position, of a portfolio
    exactly that portfolio.
    """

    kind = "decision.gated_execution"
    title = "Gated execution"
    family = "decision"
    icon = "shield-plus"
    summary = "Sizes weights through four stages and passes them on only when the verdict covers the result."
    example: ClassVar[dict[str, Any]] = {"max_position_pct": 0.2}
    inputs = (
        Port(id="weights", type="weights", title="Target weights"),
        Port(id="verdict", type="verdict", title="Verdict about them"),
        Port(id="prices", type="prices", title="Prices for turbulence", required=False),
    )
    outputs = (
        Port(id="approved", type="weights", title="Approved weights"),
        Port(id="rejected", type="verdict", title="Rejected"),
    )
    writes = (
        "target_weights",
        "weight_pipeline_history",
        "risk_veto",
        "simulation_verdict",
        "consensus_status",
        "signal_event_emitted",
    )
    gates = ("approved",)
    requires = "orchestration_fusion_enabled"
    headline = ("max_position_pct", "long_only", "allocation")
    Config = WeightCentricConfig

    async def run(
        self, inputs: Mapping[str, Any], config: WeightCentricConfig, ctx: NodeContext
    ) -> Mapping[str, Any]:
        """Run the four stages, lay the veto over the verdict, and ask the gate."""
        require("orchestration_fusion_enabled", ctx.settings, title=self.title)
        weights, earlier = inputs["weights"], inputs["verdict"]
        if weights.empty:
            raise InvalidValue("The target weights have no rows.", field="weights")
        policy = policy_of(config, only=_simulated(earlier))
        turbulence = await ctx.compute(turbulence_of, inputs.get("prices"))
        held: PipelineHistory = await ctx.compute(pipeline_history, weights, policy, turbulence)
        verdict = overlay_verdict(held, earlier)
        ctx.write("target_weights", dict(held.last.weights))
        ctx.write("weight_pipeline_history", held.last.history())
        ctx.write("risk_veto", held.last.risk_veto)
        ctx.write("simulation_verdict", verdict)
        reasons = gate_reasons(held.weights, verdict, strict=True)
        if reasons:
            ctx.write("consensus_status", "rejected")
            ctx.write("signal_event_emitted", None)
            return {"rejected": rejection(verdict, reasons)}
        ctx.write("consensus_status", "approved")
        return {"approved": held.weights}


def _simulated(verdict: Mapping[str, Any]) -> frozenset[str]:
    known = verdict.get("simulated_weights")
    return frozenset(cast(Mapping[str, float], known)) if isinstance(known, Mapping) else frozenset()
