"""The judge of a debate: one rule, no opinion. A chat model may judge instead; the rule stands in when it gives no action."""

from dataclasses import dataclass
from typing import Literal

from runtime.agents.provider import Proposal

Action = Literal["buy", "sell", "hold"]
CONVINCED = 0.55
"""A side must be surer than this to win."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What follows from a debate."""

    action: Action
    confidence: float
    """0 .. 1. Of a side that won: its odds against the other side's. Of a hold: how little the surer side convinced."""
    winner: Literal["bull", "bear", "nobody"]
    by: Literal["rule", "model"] = "rule"
    rationale: str = ""
    """What a model gave as its reason."""


def judge(bull: float, bear: float, proposal: Proposal = "buy") -> Judgement:
    """Decide from the two confidences (0 .. 1).

    The bull wins at no less than the bear's confidence and above `CONVINCED`: the proposal is done. The bear wins above the bull's
    and above `CONVINCED`: a proposed buy becomes a sell, a proposed sell is not done. Otherwise nothing is done.
    """
    if bull >= bear and bull > CONVINCED:
        return Judgement(action=proposal, confidence=_against(bull, bear), winner="bull")
    if bear > bull and bear > CONVINCED:
        action: Action = "sell" if proposal == "buy" else "hold"
        return Judgement(action=action, confidence=_against(bear, bull), winner="bear")
    return Judgement(action="hold", confidence=round(1.0 - max(bull, bear), 6), winner="nobody")


def _against(winner: float, loser: float) -> float:
    """Return the probability whose odds are the winner's odds over the loser's."""
    for_winner = winner * (1.0 - loser)
    for_loser = loser * (1.0 - winner)
    total = for_winner + for_loser
    return round(for_winner / total, 6) if total > 0 else 0.5
