"""Schedules as people see and set them. What starts runs is `tasks.control.schedule_tick`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from sqlalchemy.orm import Session

from persistence.controls import AuditEntry, ControlRepository
from persistence.schedules import SchedulePlan, ScheduleRecord, ScheduleRepository
from runtime.errors import InvalidValue, NotFound
from runtime.ids import SpecName
from runtime.scheduling.misfire import MOST_AT_ONCE, MisfirePolicy
from runtime.scheduling.timing import Occurrence, Timing, checked_timing, in_words, occurrences, preview
from tasks.access import Actor, Permission, may, require
from tasks.active_schedules import timing_of
from tasks.app import configuration
from tasks.control.context import Control
from tasks.control.runs import checked_inputs
from tasks.control.settings import require_flag, settings_in_force

KEY_PREFIX = "workflow-"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleView:
    """A schedule, its next times, and whether it acts."""

    record: ScheduleRecord
    words: str
    """The rhythm in words; empty when it cannot be read any more."""
    times: tuple[Occurrence, ...]
    """As they would be; whether they come is in `idle`."""
    idle: str
    """Why it starts nothing now; empty when it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPreview:
    """A plan in words, and its next ten times."""

    words: str
    times: tuple[Occurrence, ...]


def list_schedules(control: Control, actor: Actor) -> list[ScheduleView]:
    """Return all schedules by workflow."""
    require(actor, Permission.READ)
    require_flag(control, "orchestration_studio_enabled")
    with control.database.read() as session:
        records = ScheduleRepository(session).list()
    running = _running(control)
    return [_view(control, record, running=running) for record in records]


def get_schedule(control: Control, actor: Actor, workflow: str) -> ScheduleView:
    """Return the schedule of a workflow; raises `NotFound`."""
    require(actor, Permission.READ)
    require_flag(control, "orchestration_studio_enabled")
    with control.database.read() as session:
        record = _found(session, workflow)
    return _view(control, record, running=_running(control))


def preview_plan(control: Control, actor: Actor, plan: SchedulePlan) -> PlanPreview:
    """Return what a plan means, saved or not; raises `InvalidValue` naming the field."""
    require(actor, Permission.READ)
    require_flag(control, "orchestration_studio_enabled")
    timing = _timing(control, plan)
    return PlanPreview(words=in_words(timing), times=tuple(preview(timing, control.clock.now())))


def set_schedule(
    control: Control, actor: Actor, workflow: str, plan: SchedulePlan, *, based_on: int | None = None
) -> ScheduleView:
    """Give a workflow its schedule, or replace it; its runs have the rights of who set it last.

    Nothing before now is ever caught up; one that is paused stays so. `based_on` is the revision that was looked at (0: there
    was none); without it the last change wins. Raises `NotFound`, `StaleRevision`, and `InvalidValue` naming the field.
    """
    require(actor, Permission.RUN)
    require_flag(control, "orchestration_studio_enabled")
    checked = _checked(plan)
    now = control.clock.now()
    first = next(occurrences(_timing(control, checked), now), None)
    with control.database.write() as session:
        record = ScheduleRepository(session).set(
            SpecName(workflow),
            checked,
            key=_free_of_beat(control, entry_key(workflow)),
            next_slot=first,
            actor_id=actor.id,
            actor_name=actor.name,
            now=now,
            based_on=based_on,
        )
        ControlRepository(session).append_audit(
            _entry(control, actor, "schedule.set", workflow, _told(checked))
        )
    return _view(control, record, running=_running(control))


def delete_schedule(control: Control, actor: Actor, workflow: str) -> None:
    """Take a workflow's schedule away; its runs stay. Raises `NotFound`."""
    require(actor, Permission.RUN)
    require_flag(control, "orchestration_studio_enabled")
    with control.database.write() as session:
        if not ScheduleRepository(session).delete(SpecName(workflow)):
            raise NotFound("schedule of workflow", workflow)
        ControlRepository(session).append_audit(_entry(control, actor, "schedule.delete", workflow))


def pause_schedule(control: Control, actor: Actor, workflow: str) -> ScheduleView:
    """Let a schedule start nothing until it is resumed; whoever may halt a desk may do that, too. Raises `NotFound`."""
    if not may(actor, Permission.HALT_ALL):
        require(actor, Permission.RUN)
    return _set_paused(control, actor, workflow, paused=True)


def resume_schedule(control: Control, actor: Actor, workflow: str) -> ScheduleView:
    """Let a schedule go on with its next time; what passed meanwhile is not caught up. Raises `NotFound`."""
    require(actor, Permission.RUN)
    return _set_paused(control, actor, workflow, paused=False)


def entry_key(workflow: str) -> str:
    """Return the name of a workflow's beat entry: what is no letter or digit becomes one dash."""
    slug = re.sub(r"[^a-z0-9]+", "-", workflow.lower()).strip("-")
    return f"{KEY_PREFIX}{slug or 'workflow'}"


def _set_paused(control: Control, actor: Actor, workflow: str, *, paused: bool) -> ScheduleView:
    require_flag(control, "orchestration_studio_enabled")
    now = control.clock.now()
    with control.database.write() as session:
        schedules = ScheduleRepository(session)
        timing = timing_of(_found(session, workflow))
        coming = next(occurrences(timing, now), None)
        if schedules.pause(SpecName(workflow), paused=paused, now=now, next_slot=coming):
            ControlRepository(session).append_audit(
                _entry(control, actor, "schedule.pause" if paused else "schedule.resume", workflow)
            )
        record = _found(session, workflow)
    return _view(control, record, running=_running(control))


def _found(session: Session, workflow: str) -> ScheduleRecord:
    record = ScheduleRepository(session).of(SpecName(workflow))
    if record is None:
        raise NotFound("schedule of workflow", workflow)
    return record


def _view(control: Control, record: ScheduleRecord, *, running: bool) -> ScheduleView:
    try:
        timing = timing_of(record)
    except InvalidValue as error:
        return ScheduleView(record=record, words="", times=(), idle=error.message)
    return ScheduleView(
        record=record,
        words=in_words(timing),
        times=tuple(preview(timing, control.clock.now())),
        idle=_idle(record, running=running),
    )


def _free_of_beat(control: Control, key: str) -> str:
    """Return the key, or another one when beat has an entry of that name by itself."""
    return f"{key}-1" if key in configuration(control.settings)["beat_schedule"] else key


def _running(control: Control) -> bool:
    """Say whether schedules start anything at all."""
    return settings_in_force(control).live.orchestration_schedule_enabled


def _idle(record: ScheduleRecord, *, running: bool) -> str:
    if not record.plan.enabled:
        return "It is switched off."
    if record.paused:
        return "It is paused."
    if not running:
        return "Schedules are off for everybody: orchestration_schedule_enabled."
    return ""


def _timing(control: Control, plan: SchedulePlan) -> Timing:
    return checked_timing(
        cron=plan.cron,
        interval_seconds=plan.interval_seconds,
        timezone=plan.timezone,
        anchor=control.clock.now(),
    )


def _checked(plan: SchedulePlan) -> SchedulePlan:
    if plan.misfire not in get_args(MisfirePolicy):
        raise InvalidValue(f"misfire is skip, once or all, not {plan.misfire!r}.", field="misfire")
    if not 1 <= plan.most <= MOST_AT_ONCE:
        raise InvalidValue(f"most is 1 to {MOST_AT_ONCE}, not {plan.most}.", field="most")
    checked_inputs(plan.inputs)
    return plan


def _told(plan: SchedulePlan) -> dict[str, Any]:
    return {
        "cron": plan.cron,
        "interval_seconds": plan.interval_seconds,
        "timezone": plan.timezone,
        "misfire": plan.misfire,
        "enabled": plan.enabled,
    }


def _entry(
    control: Control, actor: Actor, action: str, workflow: str, detail: Mapping[str, Any] | None = None
) -> AuditEntry:
    return AuditEntry(
        at=control.clock.now(),
        actor_id=actor.id,
        actor_name=actor.name,
        action=action,
        target=workflow,
        detail=detail,
    )
