"""From price events to a universe."""

from runtime.graph.document import GraphDocument
from runtime.graph.sketch import sketch

ALIAS = "research"
TITLE = "Research: events to universe"
SENTENCE = "Mines price events, scores every share from momentum, calm and reversal, and keeps the best as the universe."


def build() -> GraphDocument:
    """Return the graph."""
    return sketch(
        {
            "news_miner": "agents.news_miner",
            "equity_researcher": "agents.equity_researcher",
            "universe_selector": "agents.universe_selector",
        },
        [
            "news_miner.prices -> equity_researcher.prices",
            "news_miner.events -> equity_researcher.events",
            "equity_researcher.prices -> universe_selector.prices",
            "equity_researcher.scores -> universe_selector.scores",
        ],
    )
