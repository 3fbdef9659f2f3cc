"""The kill switch as it is shown. Pure; what is not known is said so."""

from collections.abc import Mapping
from dataclasses import dataclass

from runtime.desks import DeskName
from tasks.control.switch import SwitchStatus

UNREAD = "The server cannot read it now."


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchView:
    """The switch, ready to show; the empty one has not been asked for yet."""

    state: str = ""
    """`engaged`, `released`, `unknown`, or empty."""
    reason: str = ""
    who: str = ""
    at: str = ""
    """ISO time; empty when nobody knows."""
    remark: str = ""
    """What is not as it should be, in a sentence."""


def switch_view(status: SwitchStatus) -> SwitchView:
    """Return what to show of the switch."""
    return SwitchView(
        state=status.state,
        reason=status.reason,
        who=_who(status),
        at=status.at.isoformat() if status.at else "",
        remark=_remark(status),
    )


def counts_text(counts: Mapping[DeskName, int]) -> str:
    """Return what is under way on which desk, in words."""
    busy = [f"{count} on {desk}" for desk, count in counts.items() if count]
    total = sum(counts.values())
    if not busy:
        return "Nothing is under way."
    return f"{total} {'run is' if total == 1 else 'runs are'} under way: {', '.join(busy)}."


def unread_view() -> SwitchView:
    """Return what to show when not even the caller could be looked up."""
    return SwitchView(state="unknown", remark=UNREAD)


def _who(status: SwitchStatus) -> str:
    if status.state == "engaged" and not status.row:
        return "its key in Redis"
    return status.by


def _remark(status: SwitchStatus) -> str:
    match status.state:
        case "unknown":
            return "Its row in the database cannot be read."
        case "engaged" if status.row is None:
            return "The database does not answer; the row is written when it does."
        case "engaged" if status.key is None:
            return "Redis does not answer; its key is set when it does."
        case _:
            return ""
