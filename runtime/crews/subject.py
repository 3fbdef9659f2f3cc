"""What a crew is told of its subject: numbers from prices, and nothing else to build on."""

import pandas as pd

from runtime.agents.evidence import gather
from runtime.agents.subject import choose_symbol


def known_of(prices: pd.DataFrame, symbol: str) -> str:
    """Return what is known of a share (empty: the one with the largest momentum), one measure a line."""
    evidence = gather(prices, symbol or choose_symbol(prices))
    lines = [f"- {measure.reading}, and {measure.meaning}." for measure in evidence.measures]
    return "\n".join([f"Known of {evidence.symbol} as of {evidence.as_of}, from prices alone:", *lines])
