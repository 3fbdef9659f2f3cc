"""A debate: bull and bear in turns, a live cap on the rounds, and one judge at the end."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from runtime.agents.judge import Judgement, judge
from runtime.agents.provider import Argument, Brief, ModelClient, Side, Usage

Arbiter = Callable[[Brief, Sequence[Argument]], Awaitable[Judgement | None]]
SIDES: tuple[Side, Side] = ("bull", "bear")
UNDECIDED = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Debate:
    """A finished debate."""

    brief: Brief
    transcript: tuple[Argument, ...]
    rounds: int
    """Rounds that were held; fewer than asked for when capped or when nobody had anything new to say."""
    judgement: Judgement

    def confidence(self, side: Side) -> float:
        """Return how sure a side was in the end."""
        return next((turn.confidence for turn in reversed(self.transcript) if turn.side == side), UNDECIDED)

    def texts(self, side: Side) -> list[str]:
        """Return what a side said, in order."""
        return [turn.text for turn in self.transcript if turn.side == side]


async def hold_debate(
    client: ModelClient,
    brief: Brief,
    *,
    rounds: int,
    cap: Callable[[], Awaitable[int]],
    spend: Callable[[Usage], None],
    on_turn: Callable[[Argument], None],
    arbiter: Arbiter | None = None,
) -> Debate:
    """Let both sides speak for up to `rounds` rounds, then judge once: the arbiter, and without its judgement the rule.

    `cap` is read before each round, so a cap that is lowered while the debate runs ends it after the round that is under way;
    one round is held in any case.
    """
    transcript: list[Argument] = []
    held = 0
    while held < max(1, min(rounds, await cap())):
        said = len(transcript)
        for side in SIDES:
            argument, usage = await client.argue(brief, side, held + 1, tuple(transcript))
            spend(usage)
            if argument is not None:
                transcript.append(argument)
                on_turn(argument)
        if len(transcript) == said:
            break
        held += 1
    undecided = Debate(
        brief=brief, transcript=tuple(transcript), rounds=held, judgement=judge(UNDECIDED, UNDECIDED)
    )
    judged = await arbiter(brief, undecided.transcript) if arbiter else None
    return Debate(
        brief=brief,
        transcript=undecided.transcript,
        rounds=held,
        judgement=judged or judge(undecided.confidence("bull"), undecided.confidence("bear"), brief.proposal),
    )


def verdict_of(debate: Debate) -> dict[str, Any]:
    """Return the verdict record: what to do, how sure, who said what."""
    decision = debate.judgement
    bull, bear = debate.confidence("bull"), debate.confidence("bear")
    symbol = debate.brief.evidence.symbol
    return {
        "action": decision.action,
        "vt_symbol": symbol,
        "confidence": decision.confidence,
        "bull_confidence": bull,
        "bear_confidence": bear,
        "proposed_action": debate.brief.proposal,
        "as_of": debate.brief.evidence.as_of,
        "rationale": _rationale(debate, bull, bear),
        "rounds": debate.rounds,
        "count": len(debate.transcript),
        "deterministic_fallback": decision.by == "rule",
        "transcript": [turn.dump() for turn in debate.transcript],
    }


def _rationale(debate: Debate, bull: float, bear: float) -> str:
    decision = debate.judgement
    if decision.rationale:
        return decision.rationale
    symbol = debate.brief.evidence.symbol
    rounds = f"{debate.rounds} round" + ("" if debate.rounds == 1 else "s")
    outcome = {
        "bull": f"the bull ({bull:.2f}) prevails over the bear ({bear:.2f})",
        "bear": f"the bear ({bear:.2f}) prevails over the bull ({bull:.2f})",
        "nobody": f"neither the bull ({bull:.2f}) nor the bear ({bear:.2f}) convinces",
    }[decision.winner]
    question = f"whether to {debate.brief.proposal} it"
    points = "".join(f" {_heaviest(debate, side)}" for side in SIDES)
    return f"{decision.action.capitalize()} {symbol}: after {rounds} on {question}, {outcome}.{points}"


def _heaviest(debate: Debate, side: Side) -> str:
    turns = [turn for turn in debate.transcript if turn.side == side]
    best = max(turns, key=lambda turn: turn.weight, default=None)
    return f"The {side}'s best point: {best.point}" if best else f"The {side} said nothing."
