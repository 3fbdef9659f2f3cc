"""Halting what a desk runs: one run or all of it. Rows without a task id, and runs that wait, are halted as well."""

from collections.abc import Collection

from persistence.desk_runs import DeskRunRepository
from persistence.halts import HaltRepository
from runtime.desks import DESK_ACTIVE, DeskName
from runtime.errors import NotFound, Unavailable
from runtime.ids import HaltId, RunId
from tasks.access import Actor, Permission, require, require_any
from tasks.control.budget import within_budget
from tasks.control.context import Control
from tasks.control.halts import HaltRecord, carry_out, halt_status, new_halt
from tasks.control.settings import checked_reason
from tasks.desks.registry import desk_named


def halt_desk(
    control: Control,
    actor: Actor,
    desk: DeskName,
    reason: str,
    *,
    names: Collection[str] | None = None,
    kinds: Collection[str] | None = None,
) -> HaltRecord:
    """Halt every run of a desk, or only those of some names or kinds; nothing to halt is no error.

    Another desk and the kill switch are left alone. Workflows have `tasks.control.halts.halt_workflows`.
    """
    require(actor, Permission.HALT_ALL)
    halt = new_halt(control, actor, desk_named(desk).name, checked_reason(reason))
    return carry_out(control, halt, None, desk=desk, names=names, kinds=kinds)


def halt_desk_run(control: Control, actor: Actor, desk: DeskName, run_id: str, reason: str) -> HaltRecord:
    """Halt one run of a desk and the desk runs it started. One that has ended is left alone; one that is halting keeps its record."""
    require_any(actor, Permission.HALT)
    why = checked_reason(reason)
    halt = new_halt(control, actor, "run", why)
    target = RunId(run_id)
    try:
        family, earlier = within_budget(control, lambda: _family(control, actor, target))
    except (Unavailable, TimeoutError):
        # Who started it cannot be read, so only those may who may halt any run.
        require(actor, Permission.HALT)
        return carry_out(control, halt, [target], desk=desk)
    if earlier is not None:
        return halt_status(control, earlier)
    return carry_out(control, halt, family, desk=desk)


def _family(control: Control, actor: Actor, run_id: RunId) -> tuple[list[RunId], HaltId | None]:
    """Return the run with the runs it started, directly or not, and the halt that hit it before, if one did."""
    with control.database.read() as session:
        runs = DeskRunRepository(session)
        record = runs.get(run_id)
        if record is None:
            raise NotFound("desk run", run_id)
        require(actor, Permission.HALT, owner=record.summary.created_by)
        family = [run_id]
        for member in family:
            children = runs.list(parent_id=member, statuses=DESK_ACTIVE, limit=1000)
            family += [child.run_id for child in children if child.run_id not in family]
        items = HaltRepository(session).for_run(run_id)
    return family, items[0].halt_id if items else None
