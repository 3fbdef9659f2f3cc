"""Prices: where a workflow gets its market data."""

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, Self

import pandas as pd
from pydantic import Field, field_validator, model_validator

from runtime.errors import InvalidValue
from runtime.market.as_of import as_of_day, earliest
from runtime.node import Effects, Family, NodeConfig, NodeContext, NodeKind, Port


class PricesConfig(NodeConfig):
    """Which shares, and which days."""

    symbols: list[str] = Field(
        default_factory=list[str],
        title="Symbols",
        description="The shares to load, e.g. AAPL. Leave empty for all that the market data has.",
        max_length=5000,
    )
    start: date | None = Field(
        default=None, title="First day", description="Leave empty to start with the oldest price."
    )
    end: date | None = Field(
        default=None,
        title="Last day",
        description="Leave empty for the newest price. A run started with `as_of` never sees a later day.",
    )

    @field_validator("symbols")
    @classmethod
    def _clean(cls, symbols: list[str]) -> list[str]:
        stripped = [symbol.strip() for symbol in symbols]
        if "" in stripped:
            raise ValueError("a symbol is empty")
        return list(dict.fromkeys(stripped))

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start and self.end and self.start > self.end:
            raise ValueError("the first day is after the last day")
        return self


class Prices(NodeKind):
    """Loads daily closes from the market data of the installation."""

    kind = "data.prices"
    title = "Prices"
    family: ClassVar[Family] = "data"
    icon = "chart-candlestick"
    summary = "Loads daily adjusted closing prices of the chosen shares, in USD."
    example: ClassVar[dict[str, Any]] = {"symbols": ["AAPL", "JNJ", "XOM"], "start": "2015-01-02"}
    outputs = (Port(id="prices", type="prices", title="Prices"),)
    effects: ClassVar[Effects] = "reads"
    headline = ("symbols", "start", "end")
    Config = PricesConfig

    async def run(
        self,
        inputs: Mapping[str, Any],  # noqa: ARG002  a source of data has no inputs
        config: PricesConfig,
        ctx: NodeContext,
    ) -> Mapping[str, Any]:
        """Return the closes, days × symbols."""
        end = earliest(config.end, as_of_day(ctx.inputs))
        # The source keeps what it has read in this process. It only reads, so a thread that a halt leaves behind does no harm.
        frame = await asyncio.to_thread(_load, ctx, config.symbols, config.start, end)
        if frame.empty:
            raise InvalidValue(
                f"There are no prices from {config.start or 'the first day'} to {end or 'the last day'}.",
                field="start",
            )
        return {"prices": frame}


def _load(ctx: NodeContext, symbols: list[str], start: date | None, end: date | None) -> Any:  # noqa: ANN401
    return ctx.market.prices(symbols or ctx.market.symbols(), start=start, end=end)


async def wired_or_loaded(inputs: Mapping[str, Any], config: PricesConfig, ctx: NodeContext) -> pd.DataFrame:
    """Return the prices on the wire, else those that the config names: for kinds that can be a start."""
    wired = inputs.get("prices")
    if wired is not None:
        return wired
    return (await Prices().run({}, config, ctx))["prices"]
