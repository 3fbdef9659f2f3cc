"""Momentum signals."""

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from runtime.node import Family, NodeConfig, NodeContext, NodeKind, Port
from runtime.quant.history import require_days
from runtime.quant.momentum import MomentumMethod, momentum_signal

MINIMUM_WINDOW = 5


class MomentumConfig(NodeConfig):
    """How to measure momentum."""

    method: MomentumMethod = Field(
        default="time_series",
        title="Method",
        description=(
            "Time series: each share against its own past, full at a t statistic of 2. "
            "Cross section: each share's rank among all shares of the day."
        ),
    )
    lookback_days: int = Field(
        default=252,
        ge=10,
        le=2520,
        title="Look back",
        description="How far back the trend is measured.",
        json_schema_extra={"unit": "days"},
    )
    skip_days: int = Field(
        default=21,
        ge=0,
        le=252,
        title="Leave out",
        description="The latest days are left out, because the last month tends to reverse.",
        json_schema_extra={"unit": "days"},
    )

    @model_validator(mode="after")
    def _window_remains(self) -> Self:
        if self.lookback_days - self.skip_days < MINIMUM_WINDOW:
            raise ValueError(f"look back must exceed leave out by at least {MINIMUM_WINDOW} days")
        return self


class Momentum(NodeKind):
    """Scores shares by their trend."""

    kind = "quant.momentum"
    title = "Momentum"
    family: ClassVar[Family] = "quant"
    icon = "trending-up"
    summary = "Scores each share from -1 to 1 by the trend of its past year."
    example: ClassVar[dict[str, Any]] = {"method": "time_series", "lookback_days": 252, "skip_days": 21}
    inputs = (Port(id="prices", type="prices", title="Prices"),)
    outputs = (Port(id="signals", type="signals", title="Signals"),)
    headline = ("method", "lookback_days")
    Config = MomentumConfig

    async def run(
        self, inputs: Mapping[str, Any], config: MomentumConfig, ctx: NodeContext
    ) -> Mapping[str, Any]:
        """Return the signals, days × symbols."""
        prices = require_days(inputs["prices"], config.lookback_days + 1)
        signal = partial(
            momentum_signal, method=config.method, lookback=config.lookback_days, skip=config.skip_days
        )
        return {"signals": await ctx.compute(signal, prices)}
