"""Halting from outside a worker: row, key, publish; and the record that shows how far it has come.

From the commit of the row on no worker can claim or complete the run. The key and the message stop what is under way now.
When the row cannot be written in time key and message go out anyway, and the reaper writes the row when it can.
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from persistence.actors import Named
from persistence.database import Database
from persistence.halts import HaltItem, HaltRepository, HaltScope, NewHalt
from persistence.runs import RunRepository
from runtime.desks import DeskName
from runtime.errors import InvalidValue, NotFound, Unavailable
from runtime.ids import HaltId, RunId, TaskId, UserId, new_id
from runtime.settings import environment_name
from tasks.access import Actor, Permission, require, require_any
from tasks.control.budget import within_budget
from tasks.control.context import Control
from tasks.control.halt_requests import HaltRequest, end_queued, tell, unwritten, write_halt
from tasks.control.last_rung import watch_halt
from tasks.control.settings import checked_reason, settings_in_force

_log = logging.getLogger(__name__)

TYPED = "HALT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A run that this request halted."""

    run_id: RunId
    task_id: TaskId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltRecord:
    """A request to halt and everything it hit, as far as it has come."""

    id: HaltId
    scope: HaltScope
    reason: str
    actor_name: str
    requested_at: datetime
    items: tuple[HaltItem, ...] = ()
    hit: tuple[Hit, ...] = ()
    """Only in the answer to the request itself."""
    row_written: bool = True
    """False: the database did not take it in time; key and message went out, and the row follows."""
    published: bool = True
    """False: Redis did not take it; workers find the row at their next heartbeat or transition."""
    refused: str = ""
    """Why nothing was halted, when nothing was meant to be."""

    @property
    def proved(self) -> bool:
        """Whether every run it hit has its last side effect in the past."""
        return self.row_written and not self.refused and all(item.proved_at for item in self.items)


def halt_run(control: Control, actor: Actor, run_id: str, reason: str) -> HaltRecord:
    """Halt one run and the runs it started. A run that has ended is left alone; one that is halting keeps its record."""
    require_any(actor, Permission.HALT)
    why = checked_reason(reason)
    halt = new_halt(control, actor, "run", why)
    target = RunId(run_id)
    try:
        family, earlier = within_budget(control, lambda: _family(control, actor, target))
    except (Unavailable, TimeoutError):
        # Who started it cannot be read, so only those may who may halt any run.
        require(actor, Permission.HALT)
        return carry_out(control, halt, [target])
    return carry_out(control, halt, family) if earlier is None else halt_status(control, earlier)


def halt_workflows(control: Control, actor: Actor, reason: str, typed: str) -> HaltRecord:
    """Halt every workflow run. With kill propagation off nothing is halted, and the record says so."""
    require(actor, Permission.HALT_ALL)
    why = checked_reason(reason)
    if typed != TYPED:
        raise InvalidValue(f"Type {TYPED} to halt all workflows.", field="typed")
    halt = new_halt(control, actor, "workflows", why)
    try:
        on = within_budget(
            control, lambda: settings_in_force(control)
        ).live.orchestration_kill_propagation_enabled
    except (Unavailable, TimeoutError):
        # Unreadable is not "off": somebody wants everything to stop.
        on = True
    if not on:
        variable = environment_name("orchestration_kill_propagation_enabled")
        return _fresh(halt, refused=f"Nothing was halted: kill propagation is off ({variable}).")
    return carry_out(control, halt, None)


def new_halt(control: Control, actor: Named, scope: HaltScope, reason: str) -> NewHalt:
    """Return a request to halt, made now."""
    return NewHalt(
        id=HaltId(new_id()),
        scope=scope,
        reason=reason,
        actor_id=None if actor.id is None else UserId(actor.id),
        actor_name=actor.name,
        requested_at=control.clock.now(),
    )


def carry_out(
    control: Control,
    halt: NewHalt,
    run_ids: Sequence[RunId] | None,
    *,
    desk: DeskName | None = "workflows",
    names: Collection[str] | None = None,
    kinds: Collection[str] | None = None,
) -> HaltRecord:
    """Halt runs of a desk (None: all that have not ended) within the halt-check budget, and return what it hit.

    Asks nobody's rights. Without a desk: of every desk. `names` and `kinds` leave the desk's other runs alone.
    """
    request = HaltRequest(
        halt=halt,
        run_ids=None if run_ids is None else tuple(run_ids),
        desk=desk,
        names=None if names is None else tuple(names),
        kinds=None if kinds is None else tuple(kinds),
    )
    try:
        hit = within_budget(control, lambda: write_halt(control, request))
    except (Unavailable, TimeoutError):
        _log.exception("a halt could not be written in time", extra={"halt_id": halt.id})
        published = tell(control, request, written=False)
        return _fresh(halt, row_written=False, published=published)
    published = tell(control, request.to_workers(hit), written=True)
    try:
        end_queued(control, halt, hit)
    except Unavailable:
        _log.warning("queued runs are halted, and will be ended by the reaper", extra={"halt_id": halt.id})
    record = halt_status(control, halt.id)
    if published and any(row.was_claimed for row in hit):
        watch_halt(control, halt.id)
    return replace(
        record, published=published, hit=tuple(Hit(run_id=row.run_id, task_id=row.task_id) for row in hit)
    )


def halt_status(control: Control, halt_id: str) -> HaltRecord:
    """Return how far a halt has come; raises `NotFound`."""
    with control.database.read() as session:
        stored = HaltRepository(session).get(HaltId(halt_id))
    if stored is not None:
        return HaltRecord(
            id=stored.id,
            scope=stored.scope,
            reason=stored.reason,
            actor_name=stored.actor_name,
            requested_at=stored.requested_at,
            items=stored.items,
        )
    for request in unwritten(control):
        if request.halt.id == halt_id:
            return _fresh(request.halt, row_written=False)
    raise NotFound("halt", halt_id)


def unproved_items(database: Database) -> dict[RunId, HaltItem]:
    """Return the runs, of any desk, whose halt is not proved yet."""
    with database.read() as session:
        return {item.run_id: item for item in HaltRepository(session).unproved()}


def recent_halts(control: Control, actor: Actor, *, limit: int = 20) -> list[HaltRecord]:
    """Return the latest halts, newest first."""
    require(actor, Permission.READ)
    with control.database.read() as session:
        ids = [halt.id for halt in HaltRepository(session).recent(limit=limit)]
    return [halt_status(control, halt_id) for halt_id in ids]


def _family(control: Control, actor: Actor, run_id: RunId) -> tuple[list[RunId], HaltId | None]:
    """Return the run with all runs it started, directly or not, and the halt that hit it before, if one did."""
    with control.database.read() as session:
        runs = RunRepository(session)
        record = runs.get(run_id)
        if record is None:
            raise NotFound("run", run_id)
        require(actor, Permission.HALT, owner=record.summary.created_by)
        family = [run_id]
        for member in family:
            family += [child for child in runs.children(member) if child not in family]
        items = HaltRepository(session).for_run(run_id)
    return family, items[0].halt_id if items else None


def _fresh(
    halt: NewHalt, *, row_written: bool = True, published: bool = True, refused: str = ""
) -> HaltRecord:
    return HaltRecord(
        id=halt.id,
        scope=halt.scope,
        reason=halt.reason,
        actor_name=halt.actor_name,
        requested_at=halt.requested_at,
        row_written=row_written,
        published=published,
        refused=refused,
    )
