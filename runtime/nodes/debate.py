"""The bull/bear debate."""

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field, field_validator

from runtime.agents.choice import MODEL, PROVIDER, Provider, named_model
from runtime.agents.debate import Debate, hold_debate, verdict_of
from runtime.agents.evidence import Evidence, gather
from runtime.agents.model_client import ChatModelClient
from runtime.agents.past import MEMORY, recalled, remember, with_past
from runtime.agents.provider import Argument, Brief, Proposal, Side, Usage
from runtime.agents.quant import QuantClient, kept_thinking
from runtime.agents.spec import ModelChoice
from runtime.agents.subject import choose_symbol
from runtime.node import Effects, Family, NodeConfig, NodeContext, NodeKind, Port


class DebateConfig(NodeConfig):
    """How long to argue, and about what."""

    rounds: int = Field(
        default=2,
        ge=1,
        le=100,
        title="Rounds",
        description=(
            "In each round the bull and the bear add one new argument. The installation's cap holds, even when "
            "it is lowered during the debate. It ends earlier when nobody has a new argument."
        ),
        json_schema_extra={"unit": "rounds"},
    )
    symbol: str = Field(
        default="",
        max_length=40,
        title="Symbol",
        description=(
            "The share to argue about. Leave empty for that of the insight, else the strongest signal, "
            "else the largest momentum."
        ),
    )
    provider: Provider = PROVIDER
    model: str = MODEL
    memory: int = MEMORY

    _named = field_validator("model")(named_model)


class BullBearDebate(NodeKind):
    """Lets a bull and a bear argue, and judges once."""

    kind = "agents.debate"
    title = "Bull/bear debate"
    family: ClassVar[Family] = "agents"
    icon = "scale"
    summary = "Lets a bull and a bear argue about a share with numbers, then judges: buy, sell or hold."
    example: ClassVar[dict[str, Any]] = {"rounds": 2, "symbol": "JNJ"}
    inputs = (
        Port(id="prices", type="prices", title="Prices"),
        Port(id="signals", type="signals", title="Signals", required=False),
        Port(id="insight", type="insight", title="Insight", required=False),
    )
    outputs = (Port(id="verdict", type="verdict", title="Verdict"),)
    writes = ("bull_argument", "bear_argument", "debate_verdict", "research_debate")
    effects: ClassVar[Effects] = "reads"
    headline = ("rounds", "symbol")
    Config = DebateConfig

    @classmethod
    def reproducible(cls, config: Mapping[str, Any], *, recalled: int = 0) -> bool:
        """Say so unless a chat model is asked, which may answer differently the next time, or a memory was."""
        return recalled == 0 and config.get("provider", "quant") != "model"

    async def run(
        self, inputs: Mapping[str, Any], config: DebateConfig, ctx: NodeContext
    ) -> Mapping[str, Any]:
        """Return the verdict."""
        insight = inputs.get("insight")
        evidence: Evidence = await ctx.compute(
            _evidence, inputs["prices"], inputs.get("signals"), insight, config.symbol.strip()
        )
        past = await recalled(ctx, config.memory, evidence, inputs["prices"])
        brief = Brief(
            role="Researcher",
            question=f"What should we do with {evidence.symbol}?",
            proposal=_proposal(evidence, insight),
            evidence=with_past(evidence, past),
            past=past,
        )

        async def cap() -> int:
            return (await ctx.refresh()).orchestration_max_debate_rounds

        def spend(usage: Usage) -> None:
            ctx.spend(cost_usd=usage.cost_usd, calls=usage.calls)

        def tell(turn: Argument) -> None:
            done = (2 * turn.round - (turn.side == "bull")) / (2 * config.rounds)
            ctx.progress(done, f"Round {turn.round}, {turn.side}: {turn.title}")

        hold = partial(hold_debate, brief=brief, rounds=config.rounds, cap=cap, spend=spend, on_turn=tell)
        if config.provider == "quant":
            say = kept_thinking(ctx, brief)
            debate = await hold(QuantClient())
            for turn in debate.transcript:
                say(f"{turn.side} {turn.round}", turn.dump())
            verdict = verdict_of(debate)
        else:
            client = ChatModelClient(ctx, ModelChoice.named(config.model), inputs["prices"])
            debate = await hold(client, arbiter=client.judge)
            verdict = verdict_of(debate) | {"thinking": client.record()}
        remember(ctx, config.memory, evidence, verdict)
        _write_slots(ctx, debate, verdict)
        return {"verdict": verdict}


def _evidence(
    prices: pd.DataFrame, signals: pd.DataFrame | None, insight: Mapping[str, Any] | None, symbol: str
) -> Evidence:
    subject = symbol or str((insight or {}).get("vt_symbol") or "") or choose_symbol(prices, signals)
    return gather(prices, subject, signals, insight)


def _proposal(evidence: Evidence, insight: Mapping[str, Any] | None) -> Proposal:
    """Return what is proposed: by the insight on this share, else by its signal, else a buy."""
    if (
        insight
        and insight.get("vt_symbol") == evidence.symbol
        and insight.get("direction") in ("long", "short")
    ):
        return "buy" if insight["direction"] == "long" else "sell"
    signal = next((measure.score for measure in evidence.measures if measure.id == "signal"), 0.0)
    return "sell" if signal < 0 else "buy"


def _write_slots(ctx: NodeContext, debate: Debate, verdict: Mapping[str, Any]) -> None:
    for side in ("bull", "bear"):
        ctx.write(f"{side}_argument", _case(debate, side))
    ctx.write("debate_verdict", dict(verdict))
    ctx.write(
        "research_debate",
        {
            "count": len(debate.transcript),
            "bull_history": debate.texts("bull"),
            "bear_history": debate.texts("bear"),
            "current_response": debate.transcript[-1].text if debate.transcript else "",
            "judge_decision": verdict["rationale"],
        },
    )


def _case(debate: Debate, side: Side) -> dict[str, Any]:
    return {
        "argument": " ".join(debate.texts(side)),
        "confidence": debate.confidence(side),
        "measures": [turn.measure for turn in debate.transcript if turn.side == side],
        "vt_symbol": debate.brief.evidence.symbol,
    }
