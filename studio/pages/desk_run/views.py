"""One run of a desk, ready to show. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from persistence.events import EventRecord
from runtime.desks import DESK_ACTIVE, DESK_TERMINAL
from runtime.frames import is_terminal
from studio.run_view.view import duration_text
from tasks.control.desks import DeskRunView


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskRunHead:
    """The lines over a run; the empty one has no id."""

    run_id: str = ""
    short_id: str = ""
    desk: str = ""
    name: str = ""
    kind: str = ""
    status: str = ""
    active: bool = False
    owner: str = ""
    who: str = ""
    asked_at: str = ""
    started_at: str = ""
    """ISO time; empty before it has started."""
    took: str = ""
    elapsed_ms: float = 0.0
    ticking: bool = False
    percent: str = ""
    note: str = ""
    cost: str = ""
    calls: int = 0
    holds: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One frame in words."""

    key: str
    at: str
    stage: str
    message: str


def run_head(view: DeskRunView, now: datetime) -> DeskRunHead:
    """Return the lines over a run."""
    run = view.record.summary
    over = run.completed_at
    passed = ((over or now) - run.started_at).total_seconds() * 1e3 if run.started_at else 0.0
    return DeskRunHead(
        run_id=run.run_id,
        short_id=run.run_id[:8],
        desk=run.desk,
        name=run.name,
        kind=run.kind,
        status=view.shown,
        active=run.status in DESK_ACTIVE,
        owner=run.created_by or "",
        who=run.created_by_name,
        asked_at=run.created_at.isoformat(),
        started_at=run.started_at.isoformat() if run.started_at else "",
        took=duration_text(max(0.0, passed)) if over and run.started_at else "",
        elapsed_ms=max(0.0, passed),
        ticking=run.status == "running",
        percent=f"{run.progress:.0%}" if run.status == "running" else "",
        note=run.note if run.status in DESK_ACTIVE else "",
        cost=f"${run.cost_usd:,.4f}",
        calls=run.n_calls,
        holds=view.holds,
        error=run.error or "" if run.status in ("error", "rejected") else "",
    )


def event_rows(events: Sequence[EventRecord], started: datetime | None) -> list[EventRow]:
    """Return frames as lines; times from the start of the run."""
    return [
        EventRow(
            key=str(event.seq),
            at=_offset(event.at, started or event.at),
            stage=str(event.frame.get("event") or event.frame.get("stage", "")),
            message=str(event.frame.get("message", "")),
        )
        for event in events
    ]


def is_over(view: DeskRunView, events: Sequence[EventRecord]) -> bool:
    """Say whether nothing more can come: ended, told so, and a halt is proved."""
    run = view.record.summary
    told = bool(events) and is_terminal(events[-1].frame)
    return run.status in DESK_TERMINAL and view.shown != "halting" and (told or run.closed_at is not None)


def _offset(at: datetime, start: datetime) -> str:
    return f"{max(0.0, (at - start).total_seconds()):,.2f} s"
