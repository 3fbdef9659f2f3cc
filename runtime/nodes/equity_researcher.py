"""Equity researcher: every share scored by the same three measures."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field

from runtime.node import Effects, Family, NodeContext, NodeKind, Port
from runtime.nodes.prices import PricesConfig, wired_or_loaded
from runtime.quant.momentum import skip_momentum, spread_ranks
from runtime.quant.reversion import short_term_reversal
from runtime.quant.volatility import realised_volatility
from runtime.report import number

LOOKBACK, SKIP, REVERSAL_DAYS, VOLATILITY_DAYS = 252, 21, 5, 63


class EquityResearcherConfig(PricesConfig):
    """How much each measure counts."""

    momentum: float = Field(
        default=0.5, ge=0, le=1, title="Momentum", description="Weight of the rank of the 12-1 momentum."
    )
    calm: float = Field(
        default=0.3, ge=0, le=1, title="Calm", description="Weight of the rank of low volatility."
    )
    reversal: float = Field(
        default=0.2, ge=0, le=1, title="Reversal", description="Weight of the reversal of the last week."
    )


class EquityResearcher(NodeKind):
    """Ranks shares by momentum (Jegadeesh and Titman 1993), low volatility and short-term reversal (Lehmann 1990).

    Low volatility: Ang, Hodrick, Xing and Zhang (2006), *Journal of Finance* 61(1).
    """

    kind = "agents.equity_researcher"
    title = "Equity researcher"
    family: ClassVar[Family] = "agents"
    icon = "search-check"
    summary = "Scores every share from momentum, calm and reversal, and notes the events that hit it."
    example: ClassVar[dict[str, Any]] = {"momentum": 0.5, "calm": 0.3, "reversal": 0.2}
    inputs = (
        Port(id="prices", type="prices", title="Prices", required=False),
        Port(id="events", type="table", title="Events", required=False),
    )
    outputs = (
        Port(id="prices", type="prices", title="Prices"),
        Port(id="scores", type="signals", title="Scores"),
    )
    effects: ClassVar[Effects] = "reads"
    writes = ("equity_report",)
    headline = ("momentum", "calm", "reversal")
    Config = EquityResearcherConfig

    async def run(
        self, inputs: Mapping[str, Any], config: EquityResearcherConfig, ctx: NodeContext
    ) -> Mapping[str, Any]:
        """Return prices and scores."""
        prices = await wired_or_loaded(inputs, config, ctx)
        scores: pd.DataFrame = await ctx.compute(
            scored, prices, momentum=config.momentum, calm=config.calm, reversal=config.reversal
        )
        ctx.write("equity_report", _report(scores, inputs.get("events")))
        return {"prices": prices, "scores": scores}


def scored(prices: pd.DataFrame, *, momentum: float, calm: float, reversal: float) -> pd.DataFrame:
    """Return the weighted mean of the three measures in [-1, 1]; NaN where one that counts is unknown."""
    total = momentum + calm + reversal
    if total <= 0:
        return pd.DataFrame(0.0, index=prices.index, columns=prices.columns)
    parts = (
        (momentum, lambda: spread_ranks(skip_momentum(prices, lookback=LOOKBACK, skip=SKIP))),
        (calm, lambda: -spread_ranks(realised_volatility(prices, window=VOLATILITY_DAYS))),
        (reversal, lambda: short_term_reversal(prices, window=REVERSAL_DAYS)),
    )
    result = pd.DataFrame(0.0, index=prices.index, columns=prices.columns)
    for weight, measure in parts:
        if weight > 0:
            result = result + measure() * (weight / total)
    return result.clip(-1.0, 1.0)


def _report(scores: pd.DataFrame, events: pd.DataFrame | None) -> dict[str, Any]:
    last = scores.iloc[-1].sort_index().sort_values(ascending=False, kind="stable")
    noted: dict[str, list[str]] = {}
    if events is not None and {"symbol", "event"} <= set(events.columns):
        for symbol, event in zip(events["symbol"], events["event"], strict=True):
            noted.setdefault(str(symbol), []).append(str(event))
    return {
        "as_of": pd.Timestamp(scores.index[-1]).date().isoformat(),
        "ranking": [
            {
                "symbol": str(symbol),
                "score": number(round(float(score), 6)),
                "events": noted.get(str(symbol), []),
            }
            for symbol, score in last.items()
        ],
    }
