"""A simulated proposal, debated, fused, sized; the risk simulator's verdict decides whether a signal follows.

What it may hold is what was simulated: the gate refuses everything that the verdict does not cover.
"""

from runtime.builders.dialectical import debate
from runtime.graph.document import GraphDocument
from runtime.graph.sketch import sketch
from runtime.settings import SettingName

ALIAS = "dialectical_with_fusion"
TITLE = "Debate with fusion"
SENTENCE = "Simulates a proposal, debates it, fuses the verdict into weights, sizes them, and emits only what was approved."
REQUIRES: SettingName = "orchestration_fusion_enabled"


def build(*, max_rounds: int = 1) -> GraphDocument:
    """Return the graph; `max_rounds`, 1 .. 100, is requested: the live cap is read again in every round."""
    nodes, wires = debate(max_rounds)
    speakers = [node for node in nodes if node != "portfolio_manager"]
    return sketch(
        {
            "risk_simulator": "decision.risk_decision",
            **nodes,
            "fusion": "decision.signal_fusion",
            "weight_centric": "decision.gated_execution",
            "emit_signal_event": "output.signal_event",
            "reject_decision_log": ("output.decision_log", {"heading": "Rejected"}),
        },
        [
            *(f"risk_simulator.proposal -> {node}.insight" for node in speakers),
            *(f"risk_simulator.prices -> {node}.prices" for node in speakers),
            *wires,
            "portfolio_manager.verdict -> fusion.debate",
            "fusion.weights -> weight_centric.weights",
            "risk_simulator.verdict -> weight_centric.verdict",
            "risk_simulator.prices -> weight_centric.prices",
            "weight_centric.approved -> emit_signal_event.weights",
            "weight_centric.rejected -> reject_decision_log.verdict",
        ],
    )
