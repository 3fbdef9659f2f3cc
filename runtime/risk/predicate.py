"""The one question the risk gate asks. Fails closed: whatever is not a clean approval is a rejection."""

from collections.abc import Mapping
from typing import Literal, cast

Route = Literal["emit_signal_event", "reject_decision_log"]


def risk_simulator_approves(verdict: object) -> Route:
    """Say where a decision goes: on to the signal event, or into the log of rejected decisions."""
    return "emit_signal_event" if not rejections(verdict) else "reject_decision_log"


def rejections(verdict: object) -> list[str]:
    """Return why a verdict is no approval, in words; empty means approved."""
    if not isinstance(verdict, Mapping):
        return ["there is no verdict"]
    facts = cast(Mapping[str, object], verdict)
    reasons: list[str] = []
    # Only the JSON value true approves: a text such as "false" is truthy, too.
    if facts.get("approved") is not True:
        reasons.append("the verdict does not approve")
    if _denied(facts, "insight_impact", "approved"):
        reasons.append("the simulated impact is not acceptable")
    if _denied(facts, "margin_check", "has_headroom"):
        reasons.append("there is no margin headroom")
    breaches = facts.get("risk_breaches")
    if breaches:
        named = cast(list[object], breaches) if isinstance(breaches, list) else [breaches]
        reasons.append("breached: " + "; ".join(str(each) for each in named))
    return reasons


def _denied(facts: Mapping[str, object], part: str, key: str) -> bool:
    """Say whether a part of the verdict is there and is no clean yes."""
    if facts.get(part) is None:
        return False
    inner = facts[part]
    return not isinstance(inner, Mapping) or cast(Mapping[str, object], inner).get(key, True) is not True
