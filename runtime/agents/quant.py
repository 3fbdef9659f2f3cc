"""The offline provider: argues from the data, states its numbers, costs nothing and says the same every time."""

import math
from collections.abc import Sequence

from runtime.agents.evidence import DIGITS, Evidence, Measure
from runtime.agents.provider import Advice, Argument, Brief, Side, Usage

RATIONALE_MEASURES = 3


class QuantClient:
    """A `ModelClient` that reads the evidence as weights, and adds weights up as log-odds.

    Confidence = 1 / (1 + e^-Σ weights): Good (1950), *Probability and the Weighing of Evidence*.
    """

    async def argue(
        self, brief: Brief, side: Side, round_number: int, transcript: Sequence[Argument]
    ) -> tuple[Argument | None, Usage]:
        """Return the strongest measure that this side has not used yet; None when all are used."""
        own = [turn for turn in transcript if turn.side == side]
        used = {turn.measure for turn in own}
        unused = [measure for measure in brief.evidence.measures if measure.id not in used]
        if not unused:
            return None, Usage(calls=0)
        sign = _sign(brief, side)
        best = max(unused, key=lambda measure: sign * measure.score)
        weight = round(sign * best.score, DIGITS)
        opponent = next((turn for turn in reversed(transcript) if turn.side != side), None)
        argument = Argument(
            side=side,
            round=round_number,
            measure=best.id,
            confidence=confidence_of([*(turn.weight for turn in own), weight]),
            text=_text(brief, side, best, weight, opponent),
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


def _text(brief: Brief, side: Side, measure: Measure, weight: float, opponent: Argument | None) -> str:
    act = "buying" if brief.proposal == "buy" else "selling"
    stance = "for" if side == "bull" else "against"
    symbol = brief.evidence.symbol
    if weight <= 0:
        return (
            f"The {side} has nothing more {stance} {act} {symbol} and concedes on {measure.title}: {measure.reading}, and "
            f"{measure.meaning} (weight {weight:+.2f})."
        )
    return (
        f"{_rebuttal(weight, opponent)}{_capitalised(measure.title)} speaks {stance} {act} {symbol}: {measure.reading}, and "
        f"{measure.meaning} (weight {weight:+.2f})."
    )


def _rebuttal(weight: float, opponent: Argument | None) -> str:
    if opponent is None:
        return ""
    point = opponent.measure.replace("_", "-")
    if opponent.weight <= 0:
        return f"The {opponent.side} has conceded on {point}. "
    relation = "outweighs" if weight > opponent.weight else "does not outweigh, but counters,"
    return f"This {relation} the {opponent.side}'s {point} ({opponent.weight:+.2f}). "


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


def _capitalised(words: str) -> str:
    return words[:1].upper() + words[1:]
