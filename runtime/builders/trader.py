"""One decision, logged and looked back at."""

from runtime.graph.document import GraphDocument
from runtime.graph.sketch import sketch

ALIAS = "trader"
TITLE = "Trader: decide, log, look back"
SENTENCE = "Decides about the share with the largest momentum, logs the decision, and reports how such decisions went before."


def build() -> GraphDocument:
    """Return the graph."""
    return sketch(
        {
            "trader_signal": "agents.trader_signal",
            "decision_log_trader": ("output.decision_log", {"heading": "Trader"}),
            "run_analyst": "agents.run_analyst",
        },
        [
            "trader_signal.signal -> decision_log_trader.insight",
            "decision_log_trader.entry -> run_analyst.entry",
            "trader_signal.prices -> run_analyst.prices",
        ],
    )
