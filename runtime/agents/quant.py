"""The offline provider: argues from the data, states its numbers, costs nothing and says the same every time."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from runtime.agents.context import AgentContext, recorder
from runtime.agents.evidence import Evidence
from runtime.agents.measure import DIGITS, Measure
from runtime.agents.provider import Advice, Argument, Brief, Side, Usage
from runtime.agents.record import AgentStep
from runtime.agents.secrets import Scrubber

RATIONALE_MEASURES = 3


def kept_thinking(ctx: AgentContext, brief: Brief) -> Callable[[str, Mapping[str, Any]], None]:
    """Keep the measures as a step, and return what keeps each thing that is said (name, record)."""
    keep = recorder(ctx, f"quant.{brief.role}", Scrubber())
    evidence = brief.evidence
    measured = {
        "measures": [
            {"id": each.id, "score": each.score, "reading": each.reading} for each in evidence.measures
        ]
    }
    keep(
        AgentStep(
            kind="tool",
            name="measures",
            milliseconds=0.0,
            inputs={"symbol": evidence.symbol, "as_of": evidence.as_of},
            output=measured,
        )
    )

    def say(name: str, record: Mapping[str, Any]) -> None:
        keep(AgentStep(kind="output", name=name, milliseconds=0.0, cost_usd=0.0, output=record))

    return say


class QuantClient:
    """A `ModelClient` that reads the evidence as weights, and adds weights up as log-odds.

    Confidence = 1 / (1 + e^-Σ weights): Good (1950), *Probability and the Weighing of Evidence*.
    """

    async def argue(
        self, brief: Brief, side: Side, round_number: int, transcript: Sequence[Argument]
    ) -> tuple[Argument | None, Usage]:
        """Return the best measure for this side that nobody has argued yet; None when there is none left.

        A measure counts once in a debate, so the two sides' weights add up without counting anything twice.
        """
        used = {turn.measure for turn in transcript}
        unused = [measure for measure in brief.evidence.measures if measure.id not in used]
        if not unused:
            return None, Usage(calls=0)
        sign = _sign(brief, side)
        best = max(unused, key=lambda measure: sign * measure.score)
        weight = round(sign * best.score, DIGITS)
        point = _point(brief, side, best, weight)
        argument = Argument(
            side=side,
            round=round_number,
            measure=best.id,
            title=best.title,
            confidence=confidence_of([*(turn.weight for turn in transcript if turn.side == side), weight]),
            text=_rebuttal(side, weight, transcript) + point,
            point=point,
            weight=weight,
            numbers=best.numbers,
        )
        return argument, Usage()

    async def advise(self, brief: Brief) -> tuple[Advice, Usage]:
        """Weigh all measures: the sign of their sum is the direction, the mean size the strength."""
        evidence = brief.evidence
        total = sum(measure.score for measure in evidence.measures)
        advice = Advice(
            direction="long" if total >= 0 else "short",
            strength=round(abs(total) / len(evidence.measures), DIGITS),
            confidence=confidence_of([abs(total)]),
            rationale=_rationale(brief, total),
            numbers={
                name: number for measure in evidence.measures for name, number in measure.numbers.items()
            },
        )
        return advice, Usage()


def confidence_of(weights: Sequence[float]) -> float:
    """Return the probability whose log-odds are the sum of the weights."""
    return round(1.0 / (1.0 + math.exp(-math.fsum(weights))), DIGITS)


def _sign(brief: Brief, side: Side) -> float:
    return (1.0 if side == "bull" else -1.0) * (1.0 if brief.proposal == "buy" else -1.0)


def _point(brief: Brief, side: Side, measure: Measure, weight: float) -> str:
    aim = f"{'for' if side == 'bull' else 'against'} {'buying' if brief.proposal == 'buy' else 'selling'}"
    fact = f"{measure.reading}, and {measure.meaning} (weight {weight:+.2f})."
    if weight <= 0:
        return (
            f"Nothing more speaks {aim} {brief.evidence.symbol}; the {side} concedes {measure.title}: {fact}"
        )
    return f"{measure.title[:1].upper()}{measure.title[1:]} speaks {aim} {brief.evidence.symbol}: {fact}"


def _rebuttal(side: Side, weight: float, transcript: Sequence[Argument]) -> str:
    opponent = next((turn for turn in reversed(transcript) if turn.side != side), None)
    if opponent is None or weight <= 0:
        return ""
    if opponent.weight <= 0:
        return f"The {opponent.side} has conceded {opponent.title}. "
    relation = "This outweighs" if weight > opponent.weight else "This does not outweigh, but counters,"
    if weight == opponent.weight:
        relation = "This matches"
    return f"{relation} the {opponent.side}'s {opponent.title} ({opponent.weight:+.2f}). "


def _rationale(brief: Brief, total: float) -> str:
    evidence = brief.evidence
    ranked = _by_weight(evidence)
    direction = "long" if total >= 0 else "short"
    points = "; ".join(f"{measure.reading} ({measure.score:+.2f})" for measure in ranked[:RATIONALE_MEASURES])
    asked = f" Asked: {brief.question}" if brief.question else ""
    return (
        f"{brief.role}: {direction} {evidence.symbol} as of {evidence.as_of}, because {len(ranked)} measures add up to "
        f"{total:+.2f}. The heaviest: {points}.{asked}"
    )


def _by_weight(evidence: Evidence) -> list[Measure]:
    return sorted(evidence.measures, key=lambda measure: -abs(measure.score))
