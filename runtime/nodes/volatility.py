"""Volatility of prices."""

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from pydantic import Field

from runtime.errors import InvalidValue
from runtime.node import Family, NodeConfig, NodeContext, NodeKind, Port
from runtime.quant.history import require_days
from runtime.quant.volatility import EWMA_WARM_UP, VolatilityMethod, volatility


class VolatilityConfig(NodeConfig):
    """How to estimate volatility."""

    method: VolatilityMethod = Field(
        default="realised",
        title="Method",
        description="Realised: the same weight for each day of the window. EWMA: newer days weigh more.",
    )
    window_days: int = Field(
        default=21,
        ge=2,
        le=1260,
        title="Window",
        description="Days of the realised estimate. EWMA does not use it.",
        json_schema_extra={"unit": "days"},
    )
    decay: float = Field(
        default=0.94,
        ge=0.5,
        le=0.999,
        title="Decay",
        description="What a day's weight is multiplied with as it ages by a day. EWMA only.",
        json_schema_extra={"unit": "per day"},
    )


class Volatility(NodeKind):
    """Estimates how much shares move."""

    kind = "quant.volatility"
    title = "Volatility"
    family: ClassVar[Family] = "quant"
    icon = "activity"
    summary = "Estimates each share's annualised volatility, and the average of all shares now."
    example: ClassVar[dict[str, Any]] = {"method": "ewma", "decay": 0.94}
    inputs = (Port(id="prices", type="prices", title="Prices"),)
    outputs = (
        Port(id="volatility", type="table", title="Volatility"),
        Port(id="level", type="number", title="Average now"),
    )
    headline = ("method", "window_days")
    Config = VolatilityConfig

    async def run(
        self, inputs: Mapping[str, Any], config: VolatilityConfig, ctx: NodeContext
    ) -> Mapping[str, Any]:
        """Return volatilities as fractions a year, days × symbols, and the mean of the last day."""
        days = EWMA_WARM_UP if config.method == "ewma" else config.window_days
        prices = require_days(inputs["prices"], days + 1)
        estimate = partial(volatility, method=config.method, window=config.window_days, decay=config.decay)
        table = await ctx.compute(estimate, prices)
        now = table.iloc[-1].dropna()
        if now.empty:
            raise InvalidValue(
                "No share has prices on enough of the last days to tell its volatility.", field="prices"
            )
        return {"volatility": table, "level": float(now.mean())}
