"""Market monitor: is there anything to investigate?"""

from collections.abc import Mapping
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field

from runtime.agents.subject import choose_symbol
from runtime.errors import InvalidValue
from runtime.node import Effects, Family, NodeContext, NodeKind, Port
from runtime.nodes.prices import PricesConfig, wired_or_loaded
from runtime.quant.returns import equal_weight_index
from runtime.quant.volatility import realised_volatility


class MarketMonitorConfig(PricesConfig):
    """What counts as a shift."""

    short_days: int = Field(
        default=21,
        ge=5,
        le=126,
        title="Short window",
        description="Days of the short volatility.",
        json_schema_extra={"unit": "trading days"},
    )
    medium_days: int = Field(
        default=126,
        ge=20,
        le=504,
        title="Medium window",
        description="Days of the medium volatility that the short one is compared with.",
        json_schema_extra={"unit": "trading days"},
    )
    shift_from: float = Field(
        default=1.5,
        gt=1,
        le=5,
        title="Shift from",
        description="Short over medium volatility, or the reverse, from which on the regime has shifted.",
        json_schema_extra={"unit": "×"},
    )
    sentiment_from: float = Field(
        default=0.2,
        ge=0,
        le=1,
        title="Sentiment from",
        description="Breadth (shares above minus below their 200-day mean) from which on there is a reason to look.",
    )


class MarketMonitor(NodeKind):
    """Compares volatilities of the equal-weight index; its sentiment is market breadth, since there is no news feed."""

    kind = "agents.market_monitor"
    title = "Market monitor"
    family: ClassVar[Family] = "agents"
    icon = "radar"
    summary = "Watches volatility shifts and market breadth, and says: investigate, or stand down."
    example: ClassVar[dict[str, Any]] = {"start": "2015-01-02"}
    inputs = (Port(id="prices", type="prices", title="Prices", required=False),)
    outputs = (
        Port(id="prices", type="prices", title="Prices"),
        Port(id="regime", type="insight", title="What it saw"),
    )
    effects: ClassVar[Effects] = "reads"
    writes = ("regime_report",)
    headline = ("shift_from", "sentiment_from")
    Config = MarketMonitorConfig

    async def run(
        self, inputs: Mapping[str, Any], config: MarketMonitorConfig, ctx: NodeContext
    ) -> Mapping[str, Any]:
        """Return prices and the report."""
        prices = await wired_or_loaded(inputs, config, ctx)
        regime = await ctx.compute(monitored, prices, config)
        ctx.write("regime_report", regime)
        return {"prices": prices, "regime": regime}


def monitored(prices: pd.DataFrame, config: MarketMonitorConfig) -> dict[str, Any]:
    """Return what the monitor saw on the last day; raises `InvalidValue` when the history is too short."""
    index = equal_weight_index(prices).to_frame()
    short = _last(realised_volatility(index, window=config.short_days))
    medium = _last(realised_volatility(index, window=config.medium_days))
    if short is None or medium is None:
        raise InvalidValue(
            f"The monitor needs {config.medium_days} days of prices, got {len(prices)}.", field="prices"
        )
    ratio = short / medium if medium > 0 else 1.0
    shifted = ratio >= config.shift_from or ratio <= 1 / config.shift_from
    breadth = _breadth(prices)
    investigate = shifted or abs(breadth) >= config.sentiment_from
    return {
        "vt_symbol": choose_symbol(prices),
        "regime_shift": shifted,
        "short_sigma": round(short, 6),
        "medium_sigma": round(medium, 6),
        "sentiment_score": breadth,
        "recommended_action": "investigate" if investigate else "stand_down",
        "as_of": pd.Timestamp(prices.index[-1]).date().isoformat(),
        "rationale": (
            f"Volatility of {config.short_days} days is {short:.1%} a year, of {config.medium_days} days {medium:.1%} "
            f"({'a shift' if shifted else 'no shift'}); breadth is {breadth:+.2f}."
        ),
    }


def _breadth(prices: pd.DataFrame) -> float:
    average = prices.tail(200).mean()
    last = prices.iloc[-1]
    known = int((last.notna() & average.notna()).sum())
    return round(float((last > average).sum() - (last < average).sum()) / known, 6) if known else 0.0


def _last(frame: pd.DataFrame) -> float | None:
    value = float(frame.to_numpy(dtype=float)[-1, 0]) if len(frame) else float("nan")
    return None if value != value else value  # noqa: PLR0124  NaN alone differs from itself
