"""The desks over HTTP, all in one way: what runs, start, look, halt. A desk's own particulars are in a router of its own."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, status
from pydantic import BaseModel, ConfigDict, Field

from persistence.desk_runs import DeskRunSummary
from runtime.desks import DESK_ACTIVE, DeskName
from runtime.errors import NotFound
from runtime.ids import RunId, TaskId
from studio.api.auth import CurrentActor, Services
from studio.api.halts import Halted, HaltStep, halt_answer, halt_step
from tasks.access import Actor
from tasks.control import desk_halts
from tasks.control import desks as control_desks
from tasks.control.context import Control
from tasks.control.desks import DeskRunView, ShownDeskStatus, shown_desk_status
from tasks.control.halts import unproved_items
from tasks.desks.registry import desk_named, desks

router = APIRouter(prefix="/api/desks", tags=["desks"])


class DeskEntry(BaseModel):
    """One desk and how much runs there."""

    name: DeskName
    title: str
    icon: str
    summary: str
    active: int


class DeskRunEntry(BaseModel):
    """A run in a list. `status` is `halting` until the last side effect of a halted run is proved to be in the past."""

    model_config = ConfigDict(from_attributes=True)

    run_id: RunId
    desk: DeskName
    kind: str
    name: str
    task_id: TaskId
    parent_id: RunId | None
    status: ShownDeskStatus
    error: str | None
    progress: float
    note: str
    cost_usd: float
    n_calls: int
    created_by_name: str
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None


class DeskRunDetail(DeskRunEntry):
    """A run with its payloads."""

    config: dict[str, Any]
    result: dict[str, Any] | None
    holds: str
    """What it holds in its hands now, such as open orders."""
    halt: HaltStep | None


class DeskStart(BaseModel):
    """What to start; the config is the desk's own."""

    model_config = ConfigDict(extra="forbid")

    config: dict[str, Any] = Field(default_factory=dict)
    name: str = ""


class DeskRunAccepted(BaseModel):
    """A run that will run."""

    run_id: RunId
    task_id: TaskId
    status: str = "accepted"
    dispatched: bool


class DeskHaltRequest(BaseModel):
    """Why to halt."""

    model_config = ConfigDict(extra="forbid")

    reason: str = "user_halt"


class Event(BaseModel):
    """One frame of a run."""

    model_config = ConfigDict(from_attributes=True)

    seq: int
    at: datetime
    frame: dict[str, Any]


@router.get("")
def list_desks(actor: CurrentActor, container: Services) -> list[DeskEntry]:
    """Return the desks beside the workflows, with what runs on each."""
    counts = control_desks.desk_counts(container.control, actor)
    return [
        DeskEntry(
            name=name, title=desk.title, icon=desk.icon, summary=desk.summary, active=counts.get(name, 0)
        )
        for name, desk in desks().items()
    ]


@router.get("/{desk}/runs")
def list_runs(
    *,
    desk: str,
    actor: CurrentActor,
    container: Services,
    active: bool = False,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: str | None = None,
) -> list[DeskRunEntry]:
    """Return a desk's runs, newest first; `before` is the id of the last run of the page before."""
    return listed(container.control, actor, desk, active=active, limit=limit, before=before)


@router.post("/{desk}/runs", status_code=status.HTTP_202_ACCEPTED)
def start_run(desk: str, request: DeskStart, actor: CurrentActor, container: Services) -> DeskRunAccepted:
    """Start a run of a desk."""
    started = control_desks.start_desk_run(container.control, actor, desk, request.config, name=request.name)
    return DeskRunAccepted(run_id=started.run_id, task_id=started.task_id, dispatched=started.dispatched)


@router.get("/{desk}/runs/{run_id}")
def get_run(desk: str, run_id: str, actor: CurrentActor, container: Services) -> DeskRunDetail:
    """Return one run."""
    return detail_of(container.control, actor, desk, run_id)


@router.get("/{desk}/runs/{run_id}/events")
def get_events(
    *,
    desk: str,
    run_id: str,
    actor: CurrentActor,
    container: Services,
    after: Annotated[int, Query(ge=0)] = 0,
) -> list[Event]:
    """Return the frames of a run after a number, at most 1,000."""
    desk_named(desk)
    found = control_desks.desk_events(container.control, actor, run_id, after=after)
    return [Event.model_validate(event) for event in found]


@router.post("/{desk}/halt")
def halt_desk(
    desk: str, actor: CurrentActor, container: Services, request: DeskHaltRequest | None = None
) -> Halted:
    """Halt everything that a desk runs; nothing to halt is no error."""
    reason = (request or DeskHaltRequest()).reason
    return halt_answer(desk_halts.halt_desk(container.control, actor, desk_named(desk).name, reason))


@router.post("/{desk}/runs/{run_id}/halt")
def halt_run(
    desk: str,
    run_id: str,
    actor: CurrentActor,
    container: Services,
    request: DeskHaltRequest | None = None,
) -> Halted:
    """Halt one run and the runs it started."""
    reason = (request or DeskHaltRequest()).reason
    name = desk_named(desk).name
    return halt_answer(desk_halts.halt_desk_run(container.control, actor, name, run_id, reason))


def listed(
    control: Control, actor: Actor, desk: str, *, active: bool, limit: int, before: str | None
) -> list[DeskRunEntry]:
    """Return the public form of a desk's runs, newest first."""
    found = control_desks.list_desk_runs(
        control,
        actor,
        desk=desk_named(desk).name,
        statuses=DESK_ACTIVE if active else None,
        limit=limit,
        before=before,
    )
    halting = unproved_items(control.database)
    return [run_entry(run, shown_desk_status(run, halting.get(run.run_id))) for run in found]


def detail_of(control: Control, actor: Actor, desk: str, run_id: str) -> DeskRunDetail:
    """Return the public form of one run of a desk; raises `NotFound`."""
    name = desk_named(desk).name
    view = control_desks.get_desk_run(control, actor, run_id)
    if view.record.summary.desk != name:
        raise NotFound(f"run of the desk {name!r}", run_id)
    return run_detail(view)


def run_detail(view: DeskRunView) -> DeskRunDetail:
    """Return the public form of a run with its payloads."""
    return DeskRunDetail(
        **run_entry(view.record.summary, view.shown).model_dump(),
        config=view.record.config,
        result=view.record.result,
        holds=view.holds,
        halt=None if view.halt is None else halt_step(view.halt),
    )


def run_entry(run: DeskRunSummary, shown: ShownDeskStatus) -> DeskRunEntry:
    """Return the public form of a run."""
    fields = {name: getattr(run, name) for name in DeskRunEntry.model_fields if name != "status"}
    return DeskRunEntry(**fields, status=shown)
