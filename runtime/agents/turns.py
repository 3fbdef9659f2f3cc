"""A debate told turn by turn: what one speaker hands to the next, and what the judge makes of it."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from runtime.agents.debate import SIDES, UNDECIDED, Debate, verdict_of
from runtime.agents.evidence import Evidence
from runtime.agents.judge import judge
from runtime.agents.provider import Argument, Brief, Proposal, Side

Turns = tuple[Argument, ...]


def turns_of(said: Sequence[Mapping[str, Any]]) -> Turns:
    """Return the turns of several records in speaking order, each once."""
    found: dict[tuple[int, int], Argument] = {}
    for record in said:
        for turn in cast(Sequence[Mapping[str, Any]], record.get("transcript") or ()):
            argument = Argument(**turn)
            found.setdefault((argument.round, SIDES.index(argument.side)), argument)
    return tuple(found[key] for key in sorted(found))


def brief_of(record: Mapping[str, Any], *, role: str) -> Brief:
    """Return what the debate of a record is about; its evidence is named, not repeated."""
    evidence = Evidence(symbol=str(record["vt_symbol"]), as_of=str(record["as_of"]), measures=())
    proposal: Proposal = "sell" if record.get("proposal") == "sell" else "buy"
    return Brief(role=role, question="", proposal=proposal, evidence=evidence)


def said_record(brief: Brief, turns: Turns) -> dict[str, Any]:
    """Return what a speaker hands on. It says neither `approved` nor `action`: nothing has been decided."""
    debate = _debate(brief, turns)
    current = turns[-1].text if turns else ""
    return {
        "vt_symbol": brief.evidence.symbol,
        "as_of": brief.evidence.as_of,
        "proposal": brief.proposal,
        "count": len(turns),
        "rounds": max((turn.round for turn in turns), default=0),
        "current_response": current,
        "rationale": current or "Nobody has said anything.",
        "bull_confidence": debate.confidence("bull"),
        "bear_confidence": debate.confidence("bear"),
        "transcript": [_dump(turn) for turn in turns],
    }


def case_of(brief: Brief, turns: Turns, side: Side) -> dict[str, Any]:
    """Return a side's whole case so far: the slot `bull_argument` or `bear_argument`."""
    debate = _debate(brief, turns)
    return {
        "argument": " ".join(debate.texts(side)),
        "confidence": debate.confidence(side),
        "measures": [turn.measure for turn in turns if turn.side == side],
        "vt_symbol": brief.evidence.symbol,
    }


def judged(brief: Brief, turns: Turns) -> dict[str, Any]:
    """Return the verdict: the one rule of `runtime.agents.judge` over what both sides said. Pure."""
    return verdict_of(_debate(brief, turns))


def history_of(brief: Brief, turns: Turns, verdict: Mapping[str, Any]) -> dict[str, Any]:
    """Return the slot `research_debate`."""
    debate = _debate(brief, turns)
    return {
        "count": len(turns),
        "bull_history": debate.texts("bull"),
        "bear_history": debate.texts("bear"),
        "current_response": turns[-1].text if turns else "",
        "judge_decision": str(verdict.get("rationale") or ""),
    }


def _debate(brief: Brief, turns: Turns) -> Debate:
    undecided = Debate(
        brief=brief,
        transcript=turns,
        rounds=max((turn.round for turn in turns), default=0),
        judgement=judge(UNDECIDED, UNDECIDED),
    )
    return Debate(
        brief=brief,
        transcript=turns,
        rounds=undecided.rounds,
        judgement=judge(undecided.confidence("bull"), undecided.confidence("bear"), brief.proposal),
    )


def _dump(turn: Argument) -> dict[str, Any]:
    return turn.dump() | {"point": turn.point}
