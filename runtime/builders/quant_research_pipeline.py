"""A vote, weighed by regime and cointegration, simulated; then a signal or a log entry, never both."""

from runtime.graph.document import GraphDocument
from runtime.graph.sketch import sketch

ALIAS = "quant_research_pipeline"
TITLE = "Vote, regime, cointegration"
SENTENCE = "Lets four formulas vote, weighs the proposal by regime and cointegration, simulates it, and emits or logs it."


def build() -> GraphDocument:
    """Return the graph."""
    return sketch(
        {
            "composite_voter": "quant.composite_voter",
            "regime_analyst": "data.regime",
            "cointegration_analyst": "quant.cointegration",
            "risk_simulator": "decision.risk_decision",
            "emit_signal_event": "output.signal_event",
            "reject_decision_log": ("output.decision_log", {"heading": "Rejected"}),
        },
        [
            "composite_voter.prices -> regime_analyst.prices",
            "composite_voter.prices -> cointegration_analyst.prices",
            "composite_voter.insight -> cointegration_analyst.insight",
            "regime_analyst.regime -> cointegration_analyst.regime",
            "composite_voter.prices -> risk_simulator.prices",
            "cointegration_analyst.insight -> risk_simulator.insight",
            "risk_simulator.approved -> emit_signal_event.weights",
            "cointegration_analyst.insight -> emit_signal_event.insight",
            "risk_simulator.rejected -> reject_decision_log.verdict",
        ],
    )
