"""One agent on its own: what it knows of a share on a day, what it is reminded of, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from runtime.agents.agent_runtime import AgentRuntime
from runtime.agents.answer_rails import refuse_output
from runtime.agents.context import AgentContext
from runtime.agents.evidence import Evidence, gather
from runtime.agents.memory import Memory, Passage
from runtime.agents.model_client import AgentFailed, evidence_text
from runtime.agents.past import day_of, recall_step, situation_of, with_outcome, with_past
from runtime.agents.provider import Brief
from runtime.agents.quant import QuantClient, kept_thinking
from runtime.agents.spec import AgentSpec
from runtime.agents.subject import choose_symbol
from runtime.errors import GuardrailBreached


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What an agent is to do."""

    prompt: str
    symbol: str = ""
    """The share; empty for the one with the largest momentum."""
    horizon_days: int = 10
    owner: str
    """Whose memory it has."""
    key: str
    """Of what it remembers of this; see `runtime.agents.memory.Memory`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of it."""

    output: Mapping[str, Any]
    evidence: Evidence
    recalled: int
    """Of how many past decisions it was reminded."""
    memory: Memory | None
    """What is to be remembered; None for an agent without a memory."""


async def run_alone(ctx: AgentContext, spec: AgentSpec, errand: Errand, prices: pd.DataFrame) -> Answer:
    """Let an agent answer; `prices` end on the day that it lives in.

    Raises `GuardrailBreached` for a limit that was crossed, `AgentFailed` with the reason when there is no answer, `NotFound`
    and `InvalidValue` for a share that cannot be judged, `Unavailable` for a memory that cannot be read.
    """
    evidence: Evidence = await ctx.compute(_evidence, prices, errand.symbol)
    past = await _reminded(ctx, spec, errand, evidence, prices)
    brief = Brief(
        role=spec.role,
        question=errand.prompt,
        proposal="buy",
        evidence=with_past(evidence, past),
        past=past,
    )
    if spec.model.is_quant:
        output = await _computed(ctx, spec, brief, errand)
    else:
        output = await _asked(ctx, spec, brief, prices)
    return Answer(
        output=output,
        evidence=evidence,
        recalled=len(past),
        memory=_memory(spec, errand, evidence, output),
    )


async def _reminded(
    ctx: AgentContext, spec: AgentSpec, errand: Errand, evidence: Evidence, prices: pd.DataFrame
) -> tuple[Passage, ...]:
    if spec.memory == 0:
        return ()
    found = await recall_step(
        ctx, errand.owner, situation_of(evidence), k=spec.memory, before=day_of(evidence)
    )
    return tuple(with_outcome(passage, prices) for passage in found)


async def _computed(ctx: AgentContext, spec: AgentSpec, brief: Brief, errand: Errand) -> dict[str, Any]:
    advice, usage = await QuantClient().advise(brief)
    ctx.spend(cost_usd=usage.cost_usd, calls=usage.calls)
    output = {
        "vt_symbol": brief.evidence.symbol,
        "direction": advice.direction,
        "strength": advice.strength,
        "confidence": advice.confidence,
        "horizon_days": errand.horizon_days,
        "rationale": advice.rationale,
        "as_of": brief.evidence.as_of,
    }
    kept_thinking(ctx, brief)("answer", output)
    refuse_output(spec, output)
    return output


async def _asked(ctx: AgentContext, spec: AgentSpec, brief: Brief, prices: pd.DataFrame) -> dict[str, Any]:
    task = f"{brief.question}\n\n{evidence_text(brief)}"
    result = await AgentRuntime(ctx).run(spec, task, prices if spec.tools else None)
    if result.output is not None:
        return {"vt_symbol": brief.evidence.symbol, "as_of": brief.evidence.as_of, **result.output}
    message = result.failure.message if result.failure else "It gave no answer."
    if result.status == "rejected":
        raise GuardrailBreached(message)
    raise AgentFailed(f"{spec.role} gave no answer: {message}")


def _memory(spec: AgentSpec, errand: Errand, evidence: Evidence, output: Mapping[str, Any]) -> Memory | None:
    if spec.memory == 0:
        return None
    return Memory(
        key=errand.key,
        agent=errand.owner,
        as_of=day_of(evidence),
        situation=situation_of(evidence),
        decision={"horizon_days": errand.horizon_days, **output},
    )


def _evidence(prices: pd.DataFrame, symbol: str) -> Evidence:
    return gather(prices, symbol or choose_symbol(prices))
