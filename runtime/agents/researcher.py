"""One turn of a researcher: what to say next, or why the debate is over for this side."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from runtime.agents.evidence import Evidence, gather
from runtime.agents.provider import Argument, Brief, Proposal
from runtime.agents.subject import choose_symbol
from runtime.agents.turns import Turns


def silence(turns: Turns, *, round_number: int, cap: int, heard: bool) -> str:
    """Return why a side does not speak in this round, or "" when it does.

    `cap` is the live cap on rounds. It ends a debate between rounds: a round that has begun is held to its end, and the first
    one is always held. `heard`: what was said before has arrived.
    """
    if round_number == 1:
        return ""
    if not heard:
        return "The debate ended before this round."
    if any(turn.round == round_number for turn in turns):
        return ""
    if round_number > max(1, cap):
        return f"Round {round_number} is not held: the cap is {cap}."
    if not any(turn.round >= round_number - 1 for turn in turns):
        return "Nobody had anything new to say in the round before."
    return ""


def brief_about(
    prices: pd.DataFrame, insight: Mapping[str, Any] | None, proposed: Mapping[str, Any], symbol: str
) -> Brief:
    """Return what is debated: the named share, else that of the insight, else of the run's proposal, else the best one."""
    about: Mapping[str, Any] = insight or proposed
    named = symbol or str(about.get("vt_symbol") or "") or choose_symbol(prices)
    evidence: Evidence = gather(prices, named, None, insight)
    against = about.get("vt_symbol") == named and (
        about.get("direction") == "short" or about.get("action") == "sell"
    )
    proposal: Proposal = "sell" if against else "buy"
    return Brief(
        role="Researcher", question=f"What should we do with {named}?", proposal=proposal, evidence=evidence
    )


def with_turn(turns: Turns, said: Argument | None) -> Turns:
    """Return the turns with one more, if anything was said."""
    return turns if said is None else (*turns, said)
