"""How a node uses its memory: describe the situation, recall what is like it, see what came of that, remember the decision."""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
from pydantic import Field

from runtime.agents.context import AgentContext, recorder
from runtime.agents.evidence import Evidence
from runtime.agents.measure import DIGITS, make_measure
from runtime.agents.memory import Memory, Outcome, Passage, memory_key, owner_of
from runtime.agents.record import AgentStep
from runtime.agents.secrets import Scrubber
from runtime.errors import InvalidValue, Unavailable
from runtime.node import NodeContext

MAX_RECALLED = 20
USUAL_HORIZON = 10
"""Days after which a decision without a horizon of its own is judged."""
FULL_MOVE = 0.05
"""A move of this size over the horizon is a full score."""
STRONGLY, MILDLY = 0.5, 0.15
_SIDES: Mapping[str, float] = {"long": 1.0, "buy": 1.0, "short": -1.0, "sell": -1.0}
RATIONALE_CHARACTERS = 500

MEMORY: Any = Field(
    default=0,
    ge=0,
    le=MAX_RECALLED,
    title="Past decisions",
    description=(
        "Of how many of its own decisions in similar situations it is reminded, with what became of them; it then remembers "
        "this one, too. 0: it has no memory. A run that was reminded of something cannot be replayed."
    ),
    json_schema_extra={"unit": "decisions"},
)


def situation_of(evidence: Evidence) -> str:
    """Describe what the measures say, always in the same words, so that alike situations read alike."""
    said = [f"{measure.title} {_leaning(measure.score)}" for measure in evidence.measures]
    return f"{evidence.symbol}: {'; '.join(said)}"


async def recalled(ctx: NodeContext, k: int, evidence: Evidence, prices: pd.DataFrame) -> tuple[Passage, ...]:
    """Return what the node's agent decided in similar situations before; nothing when it has no memory (`k` 0).

    Raises `Unavailable`. How many came back is in the node's crumb, where a replay looks for it.
    """
    if k == 0:
        return ()
    owner, query, before = owner_of(ctx.workflow, ctx.node_id), situation_of(evidence), day_of(evidence)
    passages = await recall_step(ctx, owner, query, k=k, before=before)
    known = tuple(with_outcome(passage, prices) for passage in passages)
    ctx.note("recalled", len(known))
    ctx.ledger.past += [passage.dump() for passage in known]
    return known


async def recall_step(
    ctx: AgentContext, owner: str, query: str, *, k: int, before: date
) -> Sequence[Passage]:
    """Recall, as a step of its own that is kept; raises `Unavailable` without a memory, or when it cannot be read."""
    memory = ctx.memory
    if memory is None:
        raise Unavailable(
            "Agents have no memory here. Set the number of past decisions to 0.", field="memory"
        )
    keep = recorder(ctx, owner, Scrubber.of(os.environ))
    started = ctx.clock.monotonic()
    passages: Sequence[Passage] = ()
    error = ""
    try:
        passages = await memory.recall(owner, query, k=k, before=before)
    except Unavailable as failed:
        error = failed.message
        raise
    finally:
        keep(
            AgentStep(
                kind="memory",
                name="recall",
                milliseconds=(ctx.clock.monotonic() - started) * 1000,
                inputs={"query": query, "k": k, "before": before.isoformat()},
                output={"passages": [passage.dump() for passage in passages]},
                error=error,
            )
        )
    ctx.spend(rag_hits=len(passages))
    return passages


def with_outcome(passage: Passage, prices: pd.DataFrame) -> Passage:
    """Return the passage with what became of it, where the prices tell: they end where the agent's knowledge ends.

    Quick: it looks at two prices.
    """
    memory = passage.memory
    if memory.outcome is not None:
        return passage
    return replace(passage, memory=replace(memory, outcome=outcome_of(memory, prices)))


def outcome_of(memory: Memory, prices: pd.DataFrame) -> Outcome | None:
    """Return what became of a decision on a share; None while its horizon has not passed or there are no prices of it."""
    decision = memory.decision
    symbol = str(decision.get("vt_symbol") or "")
    if symbol not in prices.columns:
        return None
    own = prices[symbol].dropna()
    horizon = int(decision.get("horizon_days") or USUAL_HORIZON)
    start = int(own.index.searchsorted(pd.Timestamp(memory.as_of), side="right")) - 1
    if start < 0 or start + horizon >= len(own):
        return None
    move = round(float(own.iloc[start + horizon] / own.iloc[start] - 1.0), DIGITS)
    if not math.isfinite(move):
        return None
    side = _SIDES.get(str(decision.get("direction") or decision.get("action") or ""), 0.0)
    return Outcome(
        known_on=pd.Timestamp(own.index[start + horizon]).date(),
        gain=round(side * move, DIGITS),
        move=move,
        text=f"{symbol} moved {move:+.1%} in the {horizon} days after",
    )


def with_past(evidence: Evidence, passages: Sequence[Passage]) -> Evidence:
    """Return the evidence with one more measure: how the share did after similar situations, as far as it is known.

    The mean over the nearest cases, weighed by likeness: Gilboa and Schmeidler (1995), *Quarterly Journal of Economics* 110(3).
    """
    known = [
        (each.score, each.memory.outcome.move, each.memory.outcome.gain)
        for each in passages
        if each.memory.outcome is not None and each.memory.outcome.move is not None
    ]
    weight = math.fsum(score for score, _, _ in known)
    if not known or weight <= 0:
        return evidence
    move = math.fsum(score * moved for score, moved, _ in known) / weight
    right = sum(gain > 0 for _, _, gain in known)
    measure = make_measure(
        "past_decisions",
        "past decisions",
        move / FULL_MOVE,
        f"after {len(known)} similar situations the share moved {move:+.1%} on average, and {right} of the decisions were right",
        ("similar situations turned out well before", "similar situations turned out badly before"),
        past_cases=float(len(known)),
        past_move=move,
    )
    return replace(evidence, measures=(*evidence.measures, measure))


def remember(ctx: NodeContext, k: int, evidence: Evidence, decision: Mapping[str, Any]) -> None:
    """Hand a decision over to be remembered once the node has completed; nothing when its agent has no memory."""
    if k == 0:
        return
    names = ("vt_symbol", "direction", "action", "strength", "confidence", "horizon_days")
    kept = {name: decision[name] for name in names if name in decision}
    kept["rationale"] = str(decision.get("rationale") or "")[:RATIONALE_CHARACTERS]
    ctx.ledger.memories.append(
        Memory(
            key=memory_key(ctx.run_id, ctx.node_id),
            agent=owner_of(ctx.workflow, ctx.node_id),
            as_of=day_of(evidence),
            situation=situation_of(evidence),
            decision=kept,
        )
    )


def day_of(evidence: Evidence) -> date:
    """Return the last day that the evidence knows of; raises `InvalidValue` when there is no price of the share."""
    if not evidence.as_of:
        raise InvalidValue(f"There are no prices of {evidence.symbol} to remember a day by.", field="prices")
    return date.fromisoformat(evidence.as_of)


def _leaning(score: float) -> str:
    if abs(score) < MILDLY:
        return "says little"
    return f"speaks {'strongly ' if abs(score) >= STRONGLY else ''}{'for' if score > 0 else 'against'} it"
