"""A proposal, simulated: emitted when the risk simulator approves, logged when it does not, never both."""

from runtime.graph.document import GraphDocument
from runtime.graph.sketch import sketch

ALIAS = "research_debate"
TITLE = "Monitor, propose, simulate"
SENTENCE = (
    "Watches the market, proposes a position, simulates it, and emits a signal or logs why it was rejected."
)


def build() -> GraphDocument:
    """Return the graph."""
    return sketch(
        {
            "market_monitor": "agents.market_monitor",
            "quant_generator": "agents.quant_generator",
            "risk_simulator": "decision.risk_decision",
            "emit_signal_event": "output.signal_event",
            "reject_decision_log": ("output.decision_log", {"heading": "Rejected"}),
        },
        [
            "market_monitor.prices -> quant_generator.prices",
            "market_monitor.regime -> quant_generator.regime",
            "market_monitor.prices -> risk_simulator.prices",
            "quant_generator.insight -> risk_simulator.insight",
            "risk_simulator.approved -> emit_signal_event.weights",
            "quant_generator.insight -> emit_signal_event.insight",
            "risk_simulator.rejected -> reject_decision_log.verdict",
        ],
    )
