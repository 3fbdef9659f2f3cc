"""Returns of prices."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import pandas as pd
from pydantic import Field

from runtime.node import Family, NodeConfig, NodeContext, NodeKind, Port
from runtime.quant.returns import log_returns, simple_returns


class ReturnsConfig(NodeConfig):
    """Which returns, over how many days."""

    method: Literal["simple", "log"] = Field(
        default="simple",
        title="Kind of return",
        description="Simple returns add up over shares, log returns add up over time.",
    )
    period_days: int = Field(
        default=1,
        ge=1,
        le=252,
        title="Period",
        description="Each return compares a price with the one so many trading days before.",
        json_schema_extra={"unit": "days"},
    )


class Returns(NodeKind):
    """Turns prices into returns."""

    kind = "data.returns"
    title = "Returns"
    family: ClassVar[Family] = "data"
    icon = "percent"
    summary = "Turns prices into returns, as fractions per period."
    example: ClassVar[dict[str, Any]] = {"method": "log", "period_days": 5}
    inputs = (Port(id="prices", type="prices", title="Prices"),)
    outputs = (Port(id="returns", type="table", title="Returns"),)
    headline = ("method", "period_days")
    Config = ReturnsConfig

    async def run(
        self, inputs: Mapping[str, Any], config: ReturnsConfig, ctx: NodeContext
    ) -> Mapping[str, Any]:
        """Return the returns, days × symbols, without the leading days that have none."""
        return {"returns": await ctx.compute(_returns, inputs["prices"], config.method, config.period_days)}


def _returns(prices: pd.DataFrame, method: Literal["simple", "log"], days: int) -> pd.DataFrame:
    table = (simple_returns if method == "simple" else log_returns)(prices, days=days)
    return table.iloc[days:]
