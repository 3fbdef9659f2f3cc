"""Trader signal: what to do with the best share, as a decision that can be logged."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field

from runtime.agents.evidence import Evidence, gather
from runtime.agents.provider import Brief
from runtime.agents.quant import QuantClient
from runtime.agents.subject import choose_symbol
from runtime.node import Effects, Family, NodeContext, NodeKind, Port
from runtime.nodes.prices import PricesConfig, wired_or_loaded


class TraderSignalConfig(PricesConfig):
    """About what, and how sure it must be."""

    symbol: str = Field(
        default="",
        max_length=40,
        title="Symbol",
        description="The share to decide about. Leave empty for the strongest signal, or the largest momentum.",
    )
    min_confidence: float = Field(
        default=0.55,
        ge=0,
        le=1,
        title="Sure from",
        description="Below this confidence the trader holds.",
    )
    horizon_days: int = Field(
        default=10,
        ge=1,
        le=30,
        title="Horizon",
        description="For how long the decision is meant to stand.",
        json_schema_extra={"unit": "days"},
    )


class TraderSignal(NodeKind):
    """Computes its decision from the data. It decides and orders nothing: only what passes a risk gate is acted on."""

    kind = "agents.trader_signal"
    title = "Trader signal"
    family: ClassVar[Family] = "agents"
    icon = "candlestick-chart"
    summary = "Decides buy, sell or hold for one share from its measures, and says why."
    example: ClassVar[dict[str, Any]] = {"symbol": "JNJ", "start": "2015-01-02"}
    inputs = (
        Port(id="prices", type="prices", title="Prices", required=False),
        Port(id="signals", type="signals", title="Signals", required=False),
    )
    outputs = (
        Port(id="signal", type="insight", title="Decision"),
        Port(id="prices", type="prices", title="Prices"),
    )
    effects: ClassVar[Effects] = "reads"
    writes = ("trader_signal",)
    headline = ("symbol", "min_confidence")
    Config = TraderSignalConfig

    async def run(
        self, inputs: Mapping[str, Any], config: TraderSignalConfig, ctx: NodeContext
    ) -> Mapping[str, Any]:
        """Return the decision."""
        prices = await wired_or_loaded(inputs, config, ctx)
        evidence: Evidence = await ctx.compute(
            evidence_about, prices, inputs.get("signals"), config.symbol.strip()
        )
        brief = Brief(role="Trader", question="", proposal="buy", evidence=evidence)
        advice, usage = await QuantClient().advise(brief)
        ctx.spend(cost_usd=usage.cost_usd, calls=usage.calls)
        sure = advice.confidence >= config.min_confidence
        action = ("buy" if advice.direction == "long" else "sell") if sure else "hold"
        signal = {
            "action": action,
            "vt_symbol": evidence.symbol,
            "direction": advice.direction,
            "strength": advice.strength,
            "confidence": advice.confidence,
            "horizon_days": config.horizon_days,
            "rationale": advice.rationale,
            "as_of": evidence.as_of,
        }
        ctx.write("trader_signal", signal)
        return {"signal": signal, "prices": prices}


def evidence_about(prices: pd.DataFrame, signals: pd.DataFrame | None, symbol: str) -> Evidence:
    """Return what the data say about the named share, or about the one that the signals choose."""
    return gather(prices, symbol or choose_symbol(prices, signals), signals)
