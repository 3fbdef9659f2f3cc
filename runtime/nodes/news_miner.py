"""News miner: what happened to the shares, as far as their prices tell."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field

from runtime.node import Effects, Family, NodeContext, NodeKind, Port
from runtime.nodes.prices import PricesConfig, wired_or_loaded
from runtime.quant.events import price_events


class NewsMinerConfig(PricesConfig):
    """Which shares, and what counts as an event."""

    days: int = Field(
        default=5,
        ge=1,
        le=60,
        title="Days back",
        description="Moves, highs and lows of so many last days are reported.",
        json_schema_extra={"unit": "trading days"},
    )
    threshold: float = Field(
        default=3.0,
        ge=1,
        le=10,
        title="Large move from",
        description="A day's move counts from so many of its usual standard deviations on.",
        json_schema_extra={"unit": "σ"},
    )
    jump: float = Field(
        default=1.5,
        ge=1,
        le=10,
        title="Volatility jump from",
        description="Volatility of a month over that of a year from which on it is an event.",
        json_schema_extra={"unit": "×"},
    )


class NewsMiner(NodeKind):
    """Reports price events; the installation has no news feed, and it makes nothing up."""

    kind = "agents.news_miner"
    title = "News miner"
    family: ClassVar[Family] = "agents"
    icon = "newspaper"
    summary = (
        "Without a news feed, mines price events: large moves, 52-week highs and lows, volatility jumps."
    )
    example: ClassVar[dict[str, Any]] = {"symbols": ["AAPL", "JNJ", "XOM"], "start": "2019-01-02"}
    inputs = (Port(id="prices", type="prices", title="Prices", required=False),)
    outputs = (
        Port(id="prices", type="prices", title="Prices"),
        Port(id="events", type="table", title="Events"),
    )
    effects: ClassVar[Effects] = "reads"
    writes = ("news_report",)
    headline = ("days", "threshold")
    Config = NewsMinerConfig

    async def run(
        self, inputs: Mapping[str, Any], config: NewsMinerConfig, ctx: NodeContext
    ) -> Mapping[str, Any]:
        """Return the prices and their events."""
        prices = await wired_or_loaded(inputs, config, ctx)
        events: pd.DataFrame = await ctx.compute(
            price_events, prices, days=config.days, threshold=config.threshold, jump=config.jump
        )
        ctx.write(
            "news_report",
            {
                "source": "prices",
                "as_of": pd.Timestamp(prices.index[-1]).date().isoformat(),
                "n_events": len(events),
                "summary": f"{len(events)} price events in {config.days} days; there is no news feed.",
                "events": events.tail(50).to_dict(orient="records"),
            },
        )
        return {"prices": prices, "events": events}
