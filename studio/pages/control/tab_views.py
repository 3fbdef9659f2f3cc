"""The tabs below the lanes, ready to show: workers and queues, the watchdog, the last halts. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from persistence.halts import HaltItem, HaltScope
from runtime.desks import DeskName
from runtime.ids import HaltId, RunId
from studio import routes
from studio.everything.views import everything_view, times_of
from studio.run_view.halts import HaltLine, halt_view
from tasks.control.halt_everything import EverythingState
from tasks.control.halts import HaltRecord
from tasks.control.watchdog import Health
from tasks.control.workers import WorkForce

UNKNOWN = "Redis does not answer: who works and what waits is not known. Halts go out all the same."


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessLine:
    """One worker process."""

    name: str
    run_id: str
    """What it executes; empty for nothing."""
    what: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLine:
    """One queue."""

    name: str
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkersView:
    """Workers and queues."""

    unknown: str = ""
    processes: list[ProcessLine] = field(default_factory=list[ProcessLine])
    queues: list[QueueLine] = field(default_factory=list[QueueLine])


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentRun:
    """A workflow run, and for how long it has shown no sign of life."""

    run_id: str
    short_id: str
    workflow: str
    status: str
    silent: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchdogView:
    """How workflow runs are doing."""

    loaded: bool = False
    off: str = ""
    running: int = 0
    pending: int = 0
    halted: int = 0
    threshold: str = ""
    last_look: str = ""
    """ISO time; empty when it has not looked."""
    silent: list[SilentRun] = field(default_factory=list[SilentRun])


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltEntry:
    """One halt, or one halt of everything, in the list of the last ones."""

    id: str
    everything: bool
    what: str
    who: str
    reason: str
    at: str
    """ISO time."""
    proved: bool
    sentence: str
    hit: str
    """How many runs, in words."""
    lines: list[HaltLine] = field(default_factory=list[HaltLine])


def workers_view(force: WorkForce | None, names: Mapping[RunId, tuple[DeskName, str]]) -> WorkersView:
    """Return who works on what; `names` has the desk and name of the runs that are under way."""
    if force is None:
        return WorkersView(unknown=UNKNOWN)
    lines = [
        _process(process.name, run_id, names)
        for process in force.processes
        for run_id in process.runs or (None,)
    ]
    return WorkersView(
        processes=lines,
        queues=[QueueLine(name=name, waiting=waiting) for name, waiting in force.queues.items()],
    )


def watchdog_view(health: Health | None, *, off: str = "") -> WatchdogView:
    """Return how workflow runs are doing, or why nobody looks."""
    if health is None:
        return WatchdogView(loaded=True, off=off)
    return WatchdogView(
        loaded=True,
        off=off,
        running=health.running,
        pending=health.pending,
        halted=health.halted_last_24h,
        threshold=f"{health.stall_threshold_seconds:,.0f} s",
        last_look=health.last_watchdog_at.isoformat() if health.last_watchdog_at else "",
        silent=[
            SilentRun(
                run_id=run.run_id,
                short_id=run.run_id[:8],
                workflow=run.workflow_spec_name,
                status=run.status,
                silent=f"{run.stalled_seconds:,.0f} s",
                address=routes.run(run.run_id),
            )
            for run in health.stalled_candidates
        ],
    )


def halt_entries(
    halts: Sequence[HaltRecord], everything: Sequence[EverythingState], titles: Mapping[DeskName, str]
) -> list[HaltEntry]:
    """Return the last halts, newest first; the parts of a halt of everything are one entry."""
    parts: set[HaltId | None] = {part.halt_id for one in everything for part in one.halt.parts.values()}
    single = [_entry(halt, titles) for halt in halts if halt.id not in parts]
    return sorted(
        (*single, *(_everything(one, titles) for one in everything)), key=lambda e: e.at, reverse=True
    )


def _process(name: str, run_id: RunId | None, names: Mapping[RunId, tuple[DeskName, str]]) -> ProcessLine:
    host, _, rest = name.partition(":")
    shown = f"{host} · process {rest.partition(':')[0]}"
    if run_id is None:
        return ProcessLine(name=shown, run_id="", what="", address="")
    desk, what = names.get(run_id, ("workflows", f"Run {run_id[:8]}"))
    address = routes.desk_run(desk, run_id) if run_id in names else ""
    return ProcessLine(name=shown, run_id=run_id, what=what, address=address)


def _entry(halt: HaltRecord, titles: Mapping[DeskName, str]) -> HaltEntry:
    view = halt_view(halt)
    return HaltEntry(
        id=halt.id,
        everything=False,
        what=_what(halt.scope, halt.items, titles),
        who=halt.actor_name,
        reason=halt.reason,
        at=halt.requested_at.isoformat(),
        proved=view.proved,
        sentence=view.sentence,
        hit=_hit(len(view.lines)),
        lines=view.lines,
    )


def _everything(state: EverythingState, titles: Mapping[DeskName, str]) -> HaltEntry:
    view = everything_view(state, titles)
    return HaltEntry(
        id=state.halt.id,
        everything=True,
        what="Everything",
        who=view.who,
        reason=view.reason,
        at=view.requested_at,
        proved=view.proved,
        sentence=view.sentence,
        hit=_hit(sum(len(lane.items) for lane in state.lanes)),
        lines=[times_of(item) for lane in state.lanes for item in lane.items],
    )


def _what(scope: HaltScope, items: Sequence[HaltItem], titles: Mapping[DeskName, str]) -> str:
    if scope == "kill_switch":
        return "Kill switch"
    if scope == "run":
        return "One run" if len(items) == 1 else f"One run and what it started: {len(items)}"
    return titles.get(scope, scope)


def _hit(count: int) -> str:
    return f"{count} run{'' if count == 1 else 's'}"
