"""An agent: one view of one share."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field, field_validator

from runtime.agents.choice import MODEL, PROVIDER, Provider, named_model
from runtime.agents.evidence import Evidence, gather
from runtime.agents.model_client import ChatModelClient
from runtime.agents.past import MEMORY, recalled, remember, with_past
from runtime.agents.provider import Advice, Brief
from runtime.agents.quant import QuantClient, kept_thinking
from runtime.agents.spec import ModelChoice
from runtime.agents.subject import choose_symbol
from runtime.node import Effects, Family, NodeConfig, NodeContext, NodeKind, Port


class AgentConfig(NodeConfig):
    """Who speaks, about what."""

    provider: Provider = PROVIDER
    model: str = MODEL
    memory: int = MEMORY
    role: str = Field(
        default="Quantitative analyst",
        min_length=1,
        max_length=200,
        title="Role",
        description="Who speaks; named in the rationale. Quant computes the same numbers whoever speaks.",
    )
    symbol: str = Field(
        default="",
        max_length=40,
        title="Symbol",
        description="The share to judge. Leave empty for the strongest signal, or the largest momentum without signals.",
    )
    question: str = Field(
        default="Should we hold it?",
        max_length=500,
        title="Question",
        description="What is asked; quoted in the rationale. Quant answers with the direction it computes.",
    )
    horizon_days: int = Field(
        default=10,
        ge=1,
        le=30,
        title="Horizon",
        description="For how long the view is meant to hold.",
        json_schema_extra={"unit": "days"},
    )

    _named = field_validator("model")(named_model)


class Agent(NodeKind):
    """Forms a view of one share."""

    kind = "agents.agent"
    title = "Agent"
    family: ClassVar[Family] = "agents"
    icon = "bot"
    summary = "Forms a view of one share, long or short, and says why with its numbers."
    example: ClassVar[dict[str, Any]] = {"role": "Trend analyst", "symbol": "XOM"}
    inputs = (
        Port(id="prices", type="prices", title="Prices"),
        Port(id="signals", type="signals", title="Signals", required=False),
    )
    outputs = (Port(id="insight", type="insight", title="Insight"),)
    effects: ClassVar[Effects] = "reads"
    headline = ("role", "symbol", "provider")
    Config = AgentConfig

    @classmethod
    def reproducible(cls, config: Mapping[str, Any], *, recalled: int = 0) -> bool:
        """Say so unless a chat model is asked, which may answer differently the next time, or a memory was."""
        return recalled == 0 and config.get("provider", "quant") != "model"

    async def run(
        self, inputs: Mapping[str, Any], config: AgentConfig, ctx: NodeContext
    ) -> Mapping[str, Any]:
        """Return the insight."""
        evidence = await ctx.compute(
            _evidence, inputs["prices"], inputs.get("signals"), config.symbol.strip()
        )
        past = await recalled(ctx, config.memory, evidence, inputs["prices"])
        brief = Brief(
            role=config.role,
            question=config.question,
            proposal="buy",
            evidence=with_past(evidence, past),
            past=past,
        )
        if config.provider == "quant":
            advice, usage = await QuantClient().advise(brief)
            ctx.spend(cost_usd=usage.cost_usd, calls=usage.calls)
            insight = _insight(advice, evidence, config)
            kept_thinking(ctx, brief)("insight", insight)
        else:
            client = ChatModelClient(ctx, ModelChoice.named(config.model), inputs["prices"])
            advice, _ = await client.advise(brief)
            insight = _insight(advice, evidence, config) | {"thinking": client.record()}
        remember(ctx, config.memory, evidence, insight)
        return {"insight": insight}


def _evidence(prices: pd.DataFrame, signals: pd.DataFrame | None, symbol: str) -> Evidence:
    return gather(prices, symbol or choose_symbol(prices, signals), signals)


def _insight(advice: Advice, evidence: Evidence, config: AgentConfig) -> dict[str, Any]:
    return {
        "vt_symbol": evidence.symbol,
        "direction": advice.direction,
        "strength": advice.strength,
        "confidence": advice.confidence,
        "horizon_days": config.horizon_days,
        "rationale": advice.rationale,
        "numbers": dict(advice.numbers),
        "as_of": evidence.as_of,
    }
