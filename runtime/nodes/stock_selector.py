"""Stock selector: the few shares of the universe that are worth a decision."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field

from runtime.decision.selection import best_symbols, selection_report
from runtime.node import Family, NodeConfig, NodeContext, NodeKind, Port
from runtime.quant.votes import ballots, composite_vote

VOTE_SHARE = 0.5


class StockSelectorConfig(NodeConfig):
    """How few."""

    picks: int = Field(
        default=3,
        ge=1,
        le=200,
        title="Picks",
        description="So many shares are picked: half by their scores, half by the vote of four price formulas.",
        json_schema_extra={"unit": "shares"},
    )


class StockSelector(NodeKind):
    """Confirms the scores with the composite vote before it picks."""

    kind = "agents.stock_selector"
    title = "Stock selector"
    family: ClassVar[Family] = "agents"
    icon = "target"
    summary = "Picks the shares whose scores and composite vote are best together."
    example: ClassVar[dict[str, Any]] = {"picks": 3}
    inputs = (
        Port(id="prices", type="prices", title="Prices"),
        Port(id="scores", type="signals", title="Scores"),
    )
    outputs = (
        Port(id="prices", type="prices", title="Prices of the picks"),
        Port(id="signals", type="signals", title="Signals of the picks"),
    )
    writes = ("selection_report",)
    headline = ("picks",)
    Config = StockSelectorConfig

    async def run(
        self, inputs: Mapping[str, Any], config: StockSelectorConfig, ctx: NodeContext
    ) -> Mapping[str, Any]:
        """Return prices and signals of the picks."""
        picked, signals, report = await ctx.compute(_picked, inputs["prices"], inputs["scores"], config.picks)
        ctx.write("selection_report", report)
        return {"prices": picked, "signals": signals}


def _picked(
    prices: pd.DataFrame, scores: pd.DataFrame, picks: int
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    signals = (1 - VOTE_SHARE) * scores + VOTE_SHARE * composite_vote(ballots(prices))
    chosen = best_symbols(prices, signals, picks)
    return prices[chosen], signals[chosen], selection_report(signals, chosen, what="Picks")
