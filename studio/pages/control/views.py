"""The control room, ready to show. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from studio import routes
from studio.everything.views import times_of
from studio.run_view.halts import HaltLine
from tasks.control.control_room import Lane, RoomRun

NO_TIMES = HaltLine(
    run_id="",
    short_id="",
    proved=False,
    requested="",
    acknowledged="",
    cancelled="",
    abandoned="",
    killed="",
    last_effect="",
    words="",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One run in its lane."""

    run_id: str
    short_id: str
    desk: str
    name: str
    kind: str
    status: str
    owner: str
    """Id of who started it."""
    who: str
    since: str
    """ISO time of its start, or of when it was asked for."""
    waits: bool
    progress: str
    """CSS width of the bar; empty when the run does not tell."""
    percent: str
    note: str
    cost: str
    """Empty for nothing."""
    holds: str
    address: str
    active: bool
    reason: str
    """Why it was halted."""
    was_halted: bool
    times: HaltLine = NO_TIMES


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneView:
    """One desk."""

    active: int = 0
    halting: int = 0
    more: int = 0
    """Runs that have not ended and are not shown."""
    off: str = ""
    cards: list[Card] = field(default_factory=list[Card])


def lane_view(lane: Lane) -> LaneView:
    """Return what to show of a lane."""
    cards = [_card(run) for run in lane.runs]
    return LaneView(
        active=lane.active,
        halting=sum(card.status == "halting" for card in cards),
        more=max(0, lane.active - sum(card.active for card in cards)),
        off=lane.off,
        cards=cards,
    )


def room_sentence(lanes: Sequence[Lane]) -> str:
    """Return the state of the room in a few words, for the status bar and screen readers."""
    active = sum(lane.active for lane in lanes)
    halting = sum(run.status == "halting" for lane in lanes for run in lane.runs)
    words = f"{active} under way" if active else "Nothing runs"
    return f"{words}, {halting} halting" if halting else words


def _card(run: RoomRun) -> Card:
    percent = "" if run.progress is None or not run.active else f"{run.progress:.0%}"
    return Card(
        run_id=run.run_id,
        short_id=run.run_id[:8],
        desk=run.desk,
        name=run.name,
        kind=run.kind,
        status=run.status,
        owner=run.owner or "",
        who=run.owner_name,
        since=(run.started_at or run.created_at).isoformat(),
        waits=run.status == "pending",
        progress=percent if run.status == "running" else "",
        percent=percent if run.status == "running" else "",
        note=run.note if run.active else "",
        cost=f"${run.cost_usd:,.4f}" if run.cost_usd else "",
        holds=run.holds,
        address=routes.desk_run(run.desk, run.run_id),
        active=run.active,
        reason="" if run.active else run.reason,
        was_halted=run.halt is not None and not run.active,
        times=NO_TIMES if run.halt is None else times_of(run.halt),
    )
