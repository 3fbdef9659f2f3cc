"""From price events over a universe and picks to a logged decision and a proposed portfolio."""

from runtime.graph.document import GraphDocument
from runtime.graph.sketch import sketch

ALIAS = "full_pipeline"
TITLE = "Full pipeline: events to portfolio"
SENTENCE = "Mines events, selects universe and picks, decides and logs, looks back, and proposes a portfolio. It orders nothing."


def build() -> GraphDocument:
    """Return the graph."""
    return sketch(
        {
            "news_miner": "agents.news_miner",
            "equity_researcher": "agents.equity_researcher",
            "universe_selector": "agents.universe_selector",
            "stock_selector": "agents.stock_selector",
            "trader_signal": "agents.trader_signal",
            "decision_log_trader": ("output.decision_log", {"heading": "Trader"}),
            "run_analyst": "agents.run_analyst",
            "portfolio_analyst": "agents.portfolio_analyst",
            "decision_log_portfolio": ("output.decision_log", {"heading": "Portfolio"}),
        },
        [
            "news_miner.prices -> equity_researcher.prices",
            "news_miner.events -> equity_researcher.events",
            "equity_researcher.prices -> universe_selector.prices",
            "equity_researcher.scores -> universe_selector.scores",
            "universe_selector.prices -> stock_selector.prices",
            "universe_selector.scores -> stock_selector.scores",
            "stock_selector.prices -> trader_signal.prices",
            "stock_selector.signals -> trader_signal.signals",
            "trader_signal.signal -> decision_log_trader.insight",
            "decision_log_trader.entry -> run_analyst.entry",
            "trader_signal.prices -> run_analyst.prices",
            "stock_selector.prices -> portfolio_analyst.prices",
            "stock_selector.signals -> portfolio_analyst.signals",
            "run_analyst.analysis -> portfolio_analyst.analysis",
            "portfolio_analyst.decision -> decision_log_portfolio.verdict",
        ],
    )
