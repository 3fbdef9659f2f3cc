"""Starts what is due. Any number of processes may look at once: a slot is claimed in the transaction that writes its run."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from sqlalchemy.orm import Session

from persistence.accounts import AccountRepository
from persistence.controls import ControlRepository
from persistence.errors import DatabaseUnavailable
from persistence.schedules import ScheduleRecord, ScheduleRepository
from runtime.errors import AccessDenied, InvalidValue, StudioError
from runtime.ids import RunId
from runtime.scheduling.misfire import Due, MisfirePolicy, due
from tasks.access import Actor, Role
from tasks.active_schedules import NEEDED, timing_of
from tasks.control.context import Control
from tasks.control.runs import accept_run
from tasks.control.settings import settings_in_force
from tasks.control.specs import runnable_spec
from tasks.control.switch import switch_engaged

_log = logging.getLogger(__name__)

ENGAGED = "The kill switch is engaged: nothing was started, and this time is not caught up."


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticked:
    """What one look has done for one schedule."""

    workflow: str
    runs: tuple[RunId, ...]
    error: str | None


class _Taken(Exception):
    """The schedule is not as it was read: another look took the slot, or a person changed it."""


def run_due_schedules(control: Control) -> list[Ticked]:
    """Look once, and start what is due. Does nothing while a flag is off; raises `DatabaseUnavailable`."""
    live = settings_in_force(control).live
    if not all(getattr(live, name) for name in NEEDED):
        return []
    now = control.clock.now()
    with control.database.read() as session:
        waiting = ScheduleRepository(session).due(now)
        since = _switched_on(session)
    if not waiting:
        return []
    engaged = switch_engaged(control)
    return [_take(control, record, now, since=since, engaged=engaged) for record in waiting]


def _switched_on(session: Session) -> datetime | None:
    """Return since when the flags are on, as far as it was written down: what passed while they were off is not missed."""
    changes = [
        change
        for name in NEEDED
        for change in ControlRepository(session).changes(name, limit=1)
        if change.new is True
    ]
    return max((change.at for change in changes), default=None)


def _take(
    control: Control, record: ScheduleRecord, now: datetime, *, since: datetime | None, engaged: bool
) -> Ticked:
    begin = record.last_slot if since is None else max(record.last_slot, since)
    try:
        decision = due(
            timing_of(record),
            begin,
            now,
            policy=cast("MisfirePolicy", record.plan.misfire),  # checked when it was set
            most=record.plan.most,
        )
    except InvalidValue as error:
        # A zone that the system's tables have lost: looked at again when it is set anew.
        return _pass_over(control, record, record.last_slot, None, error.message)
    if engaged:
        return _pass_over(control, record, decision.last_slot, decision.next_slot, ENGAGED)
    if not decision.slots:
        return _pass_over(control, record, decision.last_slot, decision.next_slot, None)
    return _start(control, record, decision)


def _start(control: Control, record: ScheduleRecord, decision: Due) -> Ticked:
    runs: list[RunId] = []
    coming: Sequence[datetime | None] = (*decision.slots[1:], decision.next_slot)
    for slot, following in zip(decision.slots, coming, strict=True):
        try:
            runs.append(_start_one(control, record, slot, following))
        except _Taken:
            break
        except DatabaseUnavailable:
            raise
        except StudioError as error:
            told = _pass_over(control, record, slot, following, error.message)
            return replace(told, runs=tuple(runs))
        record = replace(record, last_slot=slot)
    return Ticked(workflow=record.workflow, runs=tuple(runs), error=None)


def _start_one(control: Control, record: ScheduleRecord, slot: datetime, following: datetime | None) -> RunId:
    def claim(session: Session, run_id: RunId) -> None:
        schedules = ScheduleRepository(session)
        if not schedules.claim(record, slot=slot, next_slot=following):
            raise _Taken
        schedules.tell(record.id, run_id=run_id, now=control.clock.now())

    return accept_run(
        control,
        _starter(control, record),
        lambda session: runnable_spec(control, session, record.workflow),
        record.plan.inputs,
        why=f"scheduled for {slot.isoformat()}",
        claim=claim,
    ).run_id


def _pass_over(
    control: Control, record: ScheduleRecord, slot: datetime, following: datetime | None, error: str | None
) -> Ticked:
    """Deal with everything up to a slot without a run, and write down why."""
    with control.database.write() as session:
        schedules = ScheduleRepository(session)
        if schedules.claim(record, slot=slot, next_slot=following) and error is not None:
            schedules.tell(record.id, error=error, now=control.clock.now())
    if error is not None:
        _log.warning("a schedule started nothing", extra={"workflow": record.workflow, "error": error})
    return Ticked(workflow=record.workflow, runs=(), error=error)


def _starter(control: Control, record: ScheduleRecord) -> Actor:
    with control.database.read() as session:
        user = AccountRepository(session).user_by_id(record.set_by)
    if user is None:
        raise AccessDenied(
            f"{record.set_by_name}, who set this schedule, has no account any more. Set it again."
        )
    if user.disabled_at is not None:
        raise AccessDenied(f"The account of {user.name}, who set this schedule, is disabled. Set it again.")
    return Actor(id=user.id, name=user.name, role=Role(user.role))
