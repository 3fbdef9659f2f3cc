"""Risk gate: the only door to signals and orders."""

from collections.abc import Mapping
from typing import Any

from runtime.decision.decision_log import appended, rejection_entry
from runtime.node import NodeConfig, NodeContext, NodeKind, Port
from runtime.report import cell
from runtime.risk.gate import gate_reasons, rejection


class RiskGateConfig(NodeConfig):
    """Nothing to set: the gate cannot be loosened."""


class RiskGate(NodeKind):
    """Lets weights through when the verdict about these very weights approves; everything else is rejected and logged."""

    kind = "decision.risk_gate"
    title = "Risk gate"
    family = "decision"
    icon = "shield-check"
    summary = "Passes the weights on only when the verdict about them approves; otherwise logs the rejection."
    inputs = (
        Port(id="weights", type="weights", title="Weights"),
        Port(id="verdict", type="verdict", title="Verdict about them"),
    )
    outputs = (
        Port(id="approved", type="weights", title="Approved weights"),
        Port(id="rejected", type="verdict", title="Rejected"),
    )
    writes = ("decision_log", "consensus_status", "signal_event_emitted")
    gates = ("approved",)
    Config = RiskGateConfig

    async def run(
        self,
        inputs: Mapping[str, Any],
        config: RiskGateConfig,  # noqa: ARG002
        ctx: NodeContext,
    ) -> Mapping[str, Any]:
        """Ask the one predicate; then make sure that the verdict is about these weights."""
        weights, verdict = inputs["weights"], inputs["verdict"]
        reasons = gate_reasons(weights, verdict)
        if not reasons:
            ctx.write("consensus_status", "approved")
            return {"approved": weights}
        entry = rejection_entry(
            run_id=ctx.run_id,
            spec_name=ctx.workflow,
            vt_symbol=str(verdict.get("vt_symbol") or ""),
            as_of="" if weights.empty else str(cell(weights.index[-1])),
            reasons=reasons,
            now=ctx.clock.now(),
        )
        ctx.write("consensus_status", "rejected")
        ctx.write("signal_event_emitted", None)
        ctx.write("decision_log", appended(ctx.state, entry))
        return {"rejected": rejection(verdict, reasons)}
