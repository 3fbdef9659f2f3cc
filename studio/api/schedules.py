"""Schedules over HTTP: one for each workflow, set, paused, looked at; and the times of one that is not saved yet."""

from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter, Response, status
from pydantic import BaseModel, ConfigDict, Field

from persistence.schedules import SchedulePlan
from runtime.ids import RunId
from runtime.scheduling.misfire import MisfirePolicy
from runtime.scheduling.timing import Occurrence
from studio.api.auth import CurrentActor, Services
from studio.api.studio_flag import STUDIO_ON
from tasks.control import schedules
from tasks.control.schedules import ScheduleView

router = APIRouter(prefix="/api/schedules", tags=["schedules"], dependencies=STUDIO_ON)


class Rhythm(BaseModel):
    """When: an interval above 0 wins over cron."""

    model_config = ConfigDict(extra="forbid")

    cron: str = Field(default="", max_length=200)
    interval_seconds: int = 0
    timezone: str = Field(default="UTC", max_length=64)


class ScheduleRequest(Rhythm):
    """What a schedule is set to."""

    misfire: MisfirePolicy = "once"
    """What becomes of times that passed while nothing looked: skip them, run once, or run all of them up to `most`."""
    most: int = 10
    inputs: dict[str, Any] = Field(default_factory=dict[str, Any])
    enabled: bool = True


class Time(BaseModel):
    """One time, in UTC and on the wall clock of the schedule's zone."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    local: str


class Schedule(BaseModel):
    """A schedule, and what became of it."""

    workflow: str
    key: str
    cron: str
    interval_seconds: int
    words: str
    """The rhythm in English; empty when it cannot be read any more."""
    timezone: str
    misfire: Literal["skip", "once", "all"]
    most: int
    inputs: dict[str, Any]
    enabled: bool
    paused: bool
    idle: str
    """Why it starts nothing now; empty when it does."""
    next_run: datetime | None
    """Null while it is idle."""
    next_times: list[Time]
    last_slot: datetime
    last_run_id: RunId | None
    last_run_at: datetime | None
    last_error: str | None
    set_by: str


@router.get("")
def list_schedules(actor: CurrentActor, container: Services) -> list[Schedule]:
    """Return all schedules by workflow."""
    return [_shown(view) for view in schedules.list_schedules(container.control, actor)]


@router.post("/preview")
def preview(actor: CurrentActor, container: Services, rhythm: Rhythm) -> list[Time]:
    """Return the next ten times of a rhythm; 422 names the field that cannot be read."""
    plan = _plan(ScheduleRequest(**rhythm.model_dump()))
    return [_time(time) for time in schedules.preview_plan(container.control, actor, plan).times]


@router.get("/{workflow}")
def get_schedule(workflow: str, actor: CurrentActor, container: Services) -> Schedule:
    """Return the schedule of a workflow."""
    return _shown(schedules.get_schedule(container.control, actor, workflow))


@router.put("/{workflow}")
def set_schedule(
    workflow: str, actor: CurrentActor, container: Services, request: ScheduleRequest
) -> Schedule:
    """Give a workflow its schedule, or replace it; its runs have your rights."""
    return _shown(schedules.set_schedule(container.control, actor, workflow, _plan(request)))


@router.delete("/{workflow}", status_code=status.HTTP_204_NO_CONTENT)
def delete_schedule(workflow: str, actor: CurrentActor, container: Services) -> Response:
    """Take the schedule away; runs that it started stay."""
    schedules.delete_schedule(container.control, actor, workflow)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.post("/{workflow}/pause")
def pause_schedule(workflow: str, actor: CurrentActor, container: Services) -> Schedule:
    """Start nothing until it is resumed."""
    return _shown(schedules.pause_schedule(container.control, actor, workflow))


@router.post("/{workflow}/resume")
def resume_schedule(workflow: str, actor: CurrentActor, container: Services) -> Schedule:
    """Go on with the next time; what passed meanwhile is not caught up."""
    return _shown(schedules.resume_schedule(container.control, actor, workflow))


def _plan(request: ScheduleRequest) -> SchedulePlan:
    return SchedulePlan(**request.model_dump())


def _time(time: Occurrence) -> Time:
    return Time.model_validate(time)


def _shown(view: ScheduleView) -> Schedule:
    record, plan = view.record, view.record.plan
    return Schedule.model_validate(
        {
            "workflow": record.workflow,
            "key": record.key,
            "cron": plan.cron,
            "interval_seconds": plan.interval_seconds,
            "words": view.words,
            "timezone": plan.timezone,
            "misfire": plan.misfire,
            "most": plan.most,
            "inputs": plan.inputs,
            "enabled": plan.enabled,
            "paused": record.paused,
            "idle": view.idle,
            "next_run": None if view.idle else record.next_slot,
            "next_times": [_time(time) for time in view.times],
            "last_slot": record.last_slot,
            "last_run_id": record.last_run_id,
            "last_run_at": record.last_run_at,
            "last_error": record.last_error,
            "set_by": record.set_by_name,
        }
    )
