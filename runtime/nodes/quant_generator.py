"""Quant generator: a proposal with numbers, for the risk simulator to judge."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from runtime.agents.evidence import Evidence
from runtime.agents.provider import Brief
from runtime.agents.quant import QuantClient
from runtime.node import Effects, Family, NodeContext, NodeKind, Port
from runtime.nodes.prices import PricesConfig, wired_or_loaded
from runtime.nodes.trader_signal import evidence_about


class QuantGeneratorConfig(PricesConfig):
    """About what."""

    symbol: str = Field(
        default="",
        max_length=40,
        title="Symbol",
        description="The share to propose. Leave empty for the monitored one, else the strongest.",
    )
    horizon_days: int = Field(
        default=10,
        ge=1,
        le=30,
        title="Horizon",
        description="For how long the proposal is meant to hold.",
        json_schema_extra={"unit": "days"},
    )


class QuantGenerator(NodeKind):
    """Weighs all measures of a share. Told to stand down, it proposes a position of nothing, which no gate approves."""

    kind = "agents.quant_generator"
    title = "Quant generator"
    family: ClassVar[Family] = "agents"
    icon = "flask-conical"
    summary = "Proposes a direction, strength and horizon for one share from its measures."
    example: ClassVar[dict[str, Any]] = {"symbol": "JNJ", "start": "2015-01-02"}
    inputs = (
        Port(id="prices", type="prices", title="Prices", required=False),
        Port(id="regime", type="insight", title="What the monitor saw", required=False),
    )
    outputs = (Port(id="insight", type="insight", title="Proposal"),)
    effects: ClassVar[Effects] = "reads"
    writes = ("proposed_alpha",)
    headline = ("symbol", "horizon_days")
    Config = QuantGeneratorConfig

    async def run(
        self, inputs: Mapping[str, Any], config: QuantGeneratorConfig, ctx: NodeContext
    ) -> Mapping[str, Any]:
        """Return the proposal."""
        prices = await wired_or_loaded(inputs, config, ctx)
        regime: Mapping[str, Any] = inputs.get("regime") or {}
        named = config.symbol.strip() or str(regime.get("vt_symbol") or "")
        evidence: Evidence = await ctx.compute(
            evidence_about, prices, None, named if named in prices.columns or config.symbol.strip() else ""
        )
        brief = Brief(role="Quant generator", question="", proposal="buy", evidence=evidence)
        advice, usage = await QuantClient().advise(brief)
        ctx.spend(cost_usd=usage.cost_usd, calls=usage.calls)
        down = regime.get("recommended_action") == "stand_down"
        insight = {
            "vt_symbol": evidence.symbol,
            "direction": advice.direction,
            "strength": 0.0 if down else advice.strength,
            "confidence": advice.confidence,
            "horizon_days": config.horizon_days,
            "rationale": ("The monitor says stand down. " if down else "") + advice.rationale,
            "as_of": evidence.as_of,
        }
        ctx.write("proposed_alpha", insight)
        return {"insight": insight}
