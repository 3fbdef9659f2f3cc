"""Bull and bear researcher: one turn of a debate each. A chain of them is a debate of several rounds."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from runtime.agents.provider import Brief, Side
from runtime.agents.quant import QuantClient
from runtime.agents.researcher import brief_about, silence, with_turn
from runtime.agents.subject import proposed_alpha
from runtime.agents.turns import case_of, said_record, turns_of
from runtime.node import Effects, Family, NodeContext, NodeKind, Port
from runtime.nodes.prices import PricesConfig, wired_or_loaded


class ResearcherConfig(PricesConfig):
    """Which round, and about what."""

    round: int = Field(
        default=1,
        ge=1,
        le=100,
        title="Round",
        description=(
            "The round in which it speaks. From the second on it needs what was said before, and speaks only while the "
            "installation's cap on rounds allows it."
        ),
    )
    symbol: str = Field(
        default="",
        max_length=40,
        title="Symbol",
        description="The share to argue about. Leave empty for that of the proposal, else the largest momentum.",
    )


class _Researcher(NodeKind):
    """Speaks once; the count of turns grows here, whoever runs the graph."""

    side: ClassVar[Side]
    family: ClassVar[Family] = "agents"
    example: ClassVar[dict[str, Any]] = {"symbol": "JNJ", "start": "2015-01-02"}
    inputs = (
        Port(id="said", type="verdict", title="Said before", required=False),
        Port(id="insight", type="insight", title="Proposal", required=False),
        Port(id="prices", type="prices", title="Prices", required=False),
    )
    outputs = (Port(id="said", type="verdict", title="Said so far"),)
    effects: ClassVar[Effects] = "reads"
    headline = ("round", "symbol")
    Config = ResearcherConfig

    async def run(
        self, inputs: Mapping[str, Any], config: ResearcherConfig, ctx: NodeContext
    ) -> Mapping[str, Any]:
        """Return everything said so far with this turn added; nothing when the debate is over."""
        turns = turns_of([inputs["said"]] if "said" in inputs else [])
        cap = ctx.settings.orchestration_max_debate_rounds
        over = silence(turns, round_number=config.round, cap=cap, heard="said" in inputs)
        if over:
            ctx.progress(1.0, over)
            return {}
        prices = await wired_or_loaded(inputs, config, ctx)
        brief: Brief = await ctx.compute(
            brief_about,
            prices,
            inputs.get("insight"),
            proposed_alpha(ctx.state, ctx.inputs),
            _subject(inputs, config),
        )
        argument, usage = await QuantClient().argue(brief, self.side, config.round, turns)
        ctx.spend(cost_usd=usage.cost_usd, calls=usage.calls)
        turns = with_turn(turns, argument)
        ctx.write(f"{self.side}_argument", case_of(brief, turns, self.side))
        return {"said": said_record(brief, turns)}


class BullResearcher(_Researcher):
    """Speaks for the proposal: once per node, with the best measure that nobody has argued yet."""

    kind = "agents.bull_researcher"
    side = "bull"
    title = "Bull researcher"
    icon = "trending-up"
    summary = "Argues once for a proposal with the strongest measure that nobody has used yet."
    writes = ("bull_argument",)


class BearResearcher(_Researcher):
    """Speaks against the proposal: once per node, with the best measure that nobody has argued yet."""

    kind = "agents.bear_researcher"
    side = "bear"
    title = "Bear researcher"
    icon = "trending-down"
    summary = "Argues once against a proposal with the strongest measure that nobody has used yet."
    writes = ("bear_argument",)


def _subject(inputs: Mapping[str, Any], config: ResearcherConfig) -> str:
    """Return the share that is named: by what was said before, else by the config."""
    said: Mapping[str, Any] = inputs.get("said") or {}
    return str(said.get("vt_symbol") or "") or config.symbol.strip()
