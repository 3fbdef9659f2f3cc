"""What the data say for and against a share: a fixed list of measures, each a score and a sentence with its numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from runtime.agents import measures
from runtime.agents.measure import Measure
from runtime.errors import InvalidValue, NotFound

HISTORY_DAYS = 1600
"""No measure looks further back, so no more is computed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All measures that the history allows, in a fixed order."""

    symbol: str
    as_of: str
    """ISO date of the last price."""
    measures: tuple[Measure, ...]


def gather(
    prices: pd.DataFrame,
    symbol: str,
    signals: pd.DataFrame | None = None,
    insight: Mapping[str, Any] | None = None,
) -> Evidence:
    """Measure a share; raises `NotFound` for an unknown symbol, `InvalidValue` when nothing can be measured."""
    if symbol not in prices.columns:
        raise NotFound("symbol", symbol, known=[str(name) for name in prices.columns])
    recent = prices.tail(HISTORY_DAYS)
    own = recent[[symbol]].dropna().rename(columns={symbol: "own"})
    own_measures = [measure(own) for measure in measures.OF_THE_SHARE]
    market_measures = [measure(recent, symbol) for measure in measures.OF_THE_MARKET]
    found = [
        measure
        for measure in (
            *own_measures,
            *market_measures,
            measures.signal_on_the_wire(signals, symbol),
            measures.insight_on_the_wire(insight, symbol),
        )
        if measure is not None
    ]
    if not found:
        raise InvalidValue(
            f"There is too little to say about {symbol}: {len(own)} days of prices. Start the prices earlier.",
            field="prices",
        )
    as_of = pd.Timestamp(own.index[-1]).date().isoformat() if len(own) else ""
    return Evidence(symbol=symbol, as_of=as_of, measures=tuple(found))
