"""A halt record as it is shown: every time counted from the request, and "halted" only when it is proved. Pure."""

from dataclasses import dataclass, field
from datetime import datetime

from persistence.halts import HaltItem, HaltState
from tasks.control.halts import HaltRecord

_WAITING = "…"
_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltLine:
    """One run that a halt hit."""

    run_id: str
    short_id: str
    proved: bool
    requested: str
    acknowledged: str
    cancelled: str
    abandoned: str
    """Empty unless a node did not stop within the grace."""
    killed: str
    """Empty unless a process had to be killed."""
    last_effect: str
    words: str
    """What is the case, or what is being done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltView:
    """A halt, ready to show; the empty one has no id."""

    id: str = ""
    reason: str = ""
    who: str = ""
    requested_at: str = ""
    """ISO time."""
    proved: bool = False
    """Every run that it hit is proved to have stopped."""
    refused: bool = False
    """Nothing was halted, and nothing was meant to be."""
    sentence: str = ""
    lines: list[HaltLine] = field(default_factory=list[HaltLine])


def halt_view(record: HaltRecord | None, *, only: str = "") -> HaltView:
    """Return what to show of a halt; with `only` of one run of it."""
    if record is None:
        return HaltView()
    items = [item for item in record.items if not only or item.run_id == only]
    proved = sum(item.proved_at is not None for item in items)
    done = record.row_written and not record.refused and proved == len(items)
    return HaltView(
        id=record.id,
        reason=record.reason,
        who=record.actor_name,
        requested_at=record.requested_at.isoformat(),
        proved=done,
        refused=bool(record.refused),
        sentence=_sentence(items, proved) if done else _trouble(record) or _sentence(items, proved),
        lines=[_line(item) for item in items],
    )


def span(milliseconds: float) -> str:
    """Return a time after the request; before it in words, since a minus is easily overlooked."""
    size = abs(milliseconds)
    text = f"{size:,.0f} ms" if size < _MINUTE_MS else f"{size / 1e3:,.0f} s"
    return f"{text} before" if milliseconds < 0 and text != "0 ms" else text


def _trouble(record: HaltRecord) -> str:
    if record.refused:
        return record.refused
    if not record.row_written and not record.published:
        return (
            "Neither the database nor Redis took the halt: nothing may have been halted. Try again at once, and stop "
            "the workers if it stays so."
        )
    if not record.row_written:
        return (
            "The workers have been told, but the database did not take the halt in time. "
            "It is written as soon as the database answers."
        )
    if not record.published:
        return (
            "The database holds the halt, but Redis did not take the message. "
            "Workers find it before their next transition or at their next heartbeat."
        )
    return ""


def _sentence(items: list[HaltItem], proved: int) -> str:
    if not items:
        return "Nothing was running: there was nothing to halt."
    if proved < len(items):
        return (
            f"{proved} of {len(items)} proved stopped. The others are being stopped; this page keeps looking."
        )
    last = max((_offset(item, item.last_effect_at) for item in items if item.last_effect_at), default=None)
    subject = "It has stopped" if len(items) == 1 else f"All {len(items)} have stopped"
    if last is None:
        return f"{subject}, proved: no side effect was made."
    place = (
        f"{span(last)} the request"
        if last < 0 and span(last) != "0 ms"
        else f"{span(last)} after the request"
    )
    return f"{subject}, proved: last side effect {place}."


def _line(item: HaltItem) -> HaltLine:
    proved = item.proved_at is not None
    return HaltLine(
        run_id=item.run_id,
        short_id=item.run_id[:8],
        proved=proved,
        requested="0 ms",
        acknowledged=_time(item, item.acknowledged_at, missing="not needed" if proved else _WAITING),
        cancelled=_time(item, item.cancelled_at, missing="not needed" if proved else _WAITING),
        abandoned=_time(item, item.abandoned_at, missing=""),
        killed=_time(item, item.killed_at, missing=""),
        last_effect=_time(item, item.last_effect_at, missing="none") if proved else _WAITING,
        words=_words(item),
    )


_UNPROVED: dict[HaltState, str] = {
    "requested": "Requested; no worker has answered yet.",
    "acknowledged": "The worker knows and is cancelling the running node.",
    "cancelled": "The node is cancelled; the proof of its last side effect is being written.",
    "abandoned": (
        "A node has not ended within the grace and was given up: nothing of it is taken any more, but it still runs. "
        "If it goes on, its worker process ends itself."
    ),
    "killed": "A process was killed; the proof that it is gone is being written.",
}


def _words(item: HaltItem) -> str:
    if item.proved_at is None:
        return _UNPROVED.get(item.state, "")
    if item.prior_status == "pending" and item.acknowledged_at is None:
        return "Stopped before it began."
    if item.cancelled_at is None:
        return "Stopped, proved: its worker process is gone. The last side effect was no later than this."
    if item.abandoned_at is not None:
        return "Stopped, proved, after a node had been given up."
    if item.killed_at is not None:
        return "Stopped, proved: the process that it computed in was killed."
    return "Stopped, proved."


def _time(item: HaltItem, at: datetime | None, *, missing: str) -> str:
    return missing if at is None else span(_offset(item, at))


def _offset(item: HaltItem, at: datetime | None) -> float:
    return ((at or item.requested_at) - item.requested_at).total_seconds() * 1e3
