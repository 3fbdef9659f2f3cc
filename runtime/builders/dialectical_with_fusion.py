"""The debate, fused with momentum into weights, sized, simulated, gated, and only then a signal."""

from runtime.errors import InvalidValue
from runtime.graph.document import GraphDocument
from runtime.graph.sketch import sketch

ALIAS = "dialectical_with_fusion"


def build(*, max_rounds: int = 1) -> GraphDocument:
    """Return the graph; `max_rounds` ≥ 1 is requested, the live cap still rules."""
    if max_rounds < 1:
        raise InvalidValue(f"max_rounds must be at least 1, got {max_rounds}.", field="max_rounds")
    return sketch(
        {
            "prices": "data.prices",
            "momentum": "quant.momentum",
            "debate": ("agents.debate", {"rounds": max_rounds}),
            "fusion": "decision.signal_fusion",
            "weight_centric": "decision.weight_centric",
            "risk_simulator": "decision.risk_simulator",
            "risk_gate": "decision.risk_gate",
            "emit_signal_event": "output.signal_event",
        },
        [
            "prices.prices -> momentum.prices",
            "prices.prices -> debate.prices",
            "momentum.signals -> debate.signals",
            "momentum.signals -> fusion.quant",
            "debate.verdict -> fusion.debate",
            "fusion.weights -> weight_centric.weights",
            "prices.prices -> weight_centric.prices",
            "weight_centric.weights -> risk_simulator.weights",
            "prices.prices -> risk_simulator.prices",
            "weight_centric.verdict -> risk_simulator.overlay",
            "weight_centric.weights -> risk_gate.weights",
            "risk_simulator.verdict -> risk_gate.verdict",
            "risk_gate.approved -> emit_signal_event.weights",
        ],
    )
