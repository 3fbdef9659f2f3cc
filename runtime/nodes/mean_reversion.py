"""Mean reversion signals."""

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from pydantic import Field

from runtime.node import Family, NodeConfig, NodeContext, NodeKind, Port
from runtime.quant.history import require_days
from runtime.quant.reversion import ReversionMethod, reversion_signal


class MeanReversionConfig(NodeConfig):
    """How to tell that a price has moved too far."""

    method: ReversionMethod = Field(
        default="z_score",
        title="Method",
        description=(
            "Z score: distance from the share's own average. Reversal: against the winners of the last days. "
            "RSI: Wilder's relative strength index."
        ),
    )
    window_days: int = Field(
        default=20,
        ge=2,
        le=504,
        title="Window",
        description="Over how many days the move is measured: 20 suits z scores, 5 reversal, 14 RSI.",
        json_schema_extra={"unit": "days"},
    )
    full_signal_at: float = Field(
        default=2.0,
        ge=0.1,
        le=10,
        title="Full signal at",
        description="The z score at which the signal is full. The other methods do not use it.",
        json_schema_extra={"unit": "σ"},
    )
    oversold: float = Field(
        default=30.0,
        ge=1,
        le=49,
        title="Oversold below",
        description="The RSI at which the signal is fully positive; 100 minus it is fully negative. RSI only.",
        json_schema_extra={"unit": "RSI points"},
    )


class MeanReversion(NodeKind):
    """Scores shares by how far they have strayed."""

    kind = "quant.mean_reversion"
    title = "Mean reversion"
    family: ClassVar[Family] = "quant"
    icon = "undo-2"
    summary = "Scores each share from -1 to 1 against its latest move: too low is positive."
    example: ClassVar[dict[str, Any]] = {"method": "z_score", "window_days": 20, "full_signal_at": 2.0}
    inputs = (Port(id="prices", type="prices", title="Prices"),)
    outputs = (Port(id="signals", type="signals", title="Signals"),)
    headline = ("method", "window_days")
    Config = MeanReversionConfig

    async def run(
        self, inputs: Mapping[str, Any], config: MeanReversionConfig, ctx: NodeContext
    ) -> Mapping[str, Any]:
        """Return the signals, days × symbols."""
        prices = require_days(inputs["prices"], config.window_days + 1)
        signal = partial(
            reversion_signal,
            method=config.method,
            window=config.window_days,
            full_at=config.full_signal_at,
            oversold=config.oversold,
        )
        return {"signals": await ctx.compute(signal, prices)}
