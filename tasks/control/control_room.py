"""What the control room shows: every desk with what runs there, what it holds, and what was halted in the last minutes.

While the studio is off the tables of the workflows are left alone, and their lane says so.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from redis.exceptions import RedisError
from sqlalchemy.orm import Session

from persistence.desk_runs import DeskRunRepository, DeskRunSummary
from persistence.halts import HaltItem, HaltRepository
from persistence.run_records import RunSummary
from persistence.runs import RunRepository
from runtime.desks import DESK_ACTIVE, DeskName
from runtime.ids import RunId, UserId
from runtime.status import ACTIVE
from tasks.access import Actor, Permission, require
from tasks.control.context import Control
from tasks.control.desks import shown_desk_status
from tasks.control.halt_everything import lanes
from tasks.control.runs import shown_status
from tasks.control.settings import settings_in_force
from tasks.desks.desk import Desk
from tasks.desks.registry import desk_named
from tasks.halt.keys import events_key

HALTED_STAYS = timedelta(minutes=10)
"""How long a run that was halted is still shown, with its times."""
CARDS = 24
"""Runs shown per desk; there may be more."""
STUDIO_OFF = "The workflow studio is off: no workflow starts, and runs are not listed here. Halt stops whatever is still under way."


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomRun:
    """A run of any desk, as the control room shows it."""

    run_id: RunId
    desk: DeskName
    name: str
    kind: str
    status: str
    """As a screen may say it: `halting` until the last side effect is proved to be in the past."""
    active: bool
    """It has not ended."""
    owner: UserId | None
    owner_name: str
    created_at: datetime
    started_at: datetime | None
    progress: float | None
    """0 to 1; None where a run does not tell."""
    note: str
    """What it told last."""
    cost_usd: float
    holds: str
    """Such as open orders; empty for nothing."""
    halt: HaltItem | None
    reason: str
    """Why it was halted; empty while it runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One desk."""

    desk: DeskName
    active: int = 0
    """All runs that have not ended, whether they are shown or not."""
    runs: tuple[RoomRun, ...] = ()
    """At most `CARDS`: those that have not ended first."""
    off: str = ""
    """Why nothing is listed, when nothing is."""


def control_room(control: Control, actor: Actor) -> tuple[Lane, ...]:
    """Return all desks as they are now, in the order of fronts. Blocks; raises `Unavailable`."""
    require(actor, Permission.READ)
    studio_on = settings_in_force(control).live.orchestration_studio_enabled
    since = control.clock.now() - HALTED_STAYS
    with control.database.read() as session:
        halts = HaltRepository(session)
        unproved = {item.run_id for item in halts.unproved()}
        counts = DeskRunRepository(session).active_counts()
        found: dict[DeskName, Sequence[DeskRunSummary]] = {
            desk: DeskRunRepository(session).watched(
                desk=desk, halted_since=since, unproved=unproved, limit=CARDS
            )
            for desk in lanes()
            if desk != "workflows"
        }
        flows, flow_count = _workflows(session, since, unproved) if studio_on else ((), 0)
        shown = [run.run_id for runs in (*found.values(), flows) for run in runs]
        items = halts.for_runs(shown)
        held = {desk: _held(control, session, desk, runs) for desk, runs in found.items()}
    told = _told(control, [run.run_id for run in flows if run.status in ACTIVE])
    desks = [
        Lane(
            desk=desk,
            active=counts.get(desk, 0),
            runs=tuple(_desk_run(run, items.get(run.run_id), held[desk]) for run in runs),
        )
        for desk, runs in found.items()
    ]
    workflows = Lane(
        desk="workflows",
        active=flow_count,
        runs=tuple(_workflow_run(run, items.get(run.run_id), told) for run in flows),
        off="" if studio_on else STUDIO_OFF,
    )
    return (*desks, workflows)


def _workflows(session: Session, since: datetime, unproved: set[RunId]) -> tuple[Sequence[RunSummary], int]:
    runs = RunRepository(session)
    counts = runs.counts()
    found = runs.watched(halted_since=since, unproved=unproved, limit=CARDS)
    return found, sum(counts[status] for status in ACTIVE)


def _held(
    control: Control, session: Session, desk: DeskName, runs: Sequence[DeskRunSummary]
) -> Mapping[RunId, str]:
    """Ask a desk what its running runs hold; most hold nothing, and are not even read for it."""
    kind = desk_named(desk)
    if kind.holds.__func__ is Desk.holds.__func__:
        return {}
    repository = DeskRunRepository(session)
    running = [repository.get(run.run_id) for run in runs if run.status == "running"]
    return {record.summary.run_id: kind.holds(control, record) for record in running if record is not None}


def _told(control: Control, run_ids: Sequence[RunId]) -> Mapping[RunId, str]:
    """Return what running workflows told last, from Redis; nothing while it does not answer."""
    try:
        with control.redis.pipeline(transaction=False) as pipe:
            for run_id in run_ids:
                pipe.xrevrange(events_key(run_id), count=1)
            answers: list[Any] = pipe.execute()
    except (RedisError, OSError):
        return {}
    newest = [(run_id, entries[0][1]) for run_id, entries in zip(run_ids, answers, strict=True) if entries]
    return {run_id: str(json.loads(fields["frame"]).get("message", "")) for run_id, fields in newest}


def _desk_run(run: DeskRunSummary, halt: HaltItem | None, held: Mapping[RunId, str]) -> RoomRun:
    return RoomRun(
        run_id=run.run_id,
        desk=run.desk,
        name=run.name,
        kind=run.kind,
        status=shown_desk_status(run, halt),
        active=run.status in DESK_ACTIVE,
        owner=run.created_by,
        owner_name=run.created_by_name,
        created_at=run.created_at,
        started_at=run.started_at,
        progress=run.progress,
        note=run.note,
        cost_usd=run.cost_usd,
        holds=held.get(run.run_id, ""),
        halt=halt,
        reason=run.error or "",
    )


def _workflow_run(run: RunSummary, halt: HaltItem | None, told: Mapping[RunId, str]) -> RoomRun:
    return RoomRun(
        run_id=run.run_id,
        desk="workflows",
        name=run.spec_name,
        kind="run",
        status=shown_status(run, halt),
        active=run.status in ACTIVE,
        owner=run.created_by,
        owner_name=run.created_by_name,
        created_at=run.created_at,
        started_at=None if run.status == "pending" else run.started_at,
        progress=None,
        note=told.get(run.run_id, ""),
        cost_usd=run.totals.cost_usd,
        holds="",
        halt=halt,
        reason=run.error or "",
    )
