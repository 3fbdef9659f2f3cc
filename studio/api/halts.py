"""Halting over HTTP: one run or all workflow runs, and how far a halt has come."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from persistence.halts import HaltItem
from runtime.desks import DeskName
from runtime.ids import HaltId, RunId, TaskId
from studio.api.auth import CurrentActor, Services
from studio.api.studio_flag import STUDIO_ON
from tasks.access import Permission, require
from tasks.control import halts

router = APIRouter(prefix="/workflows/halt", tags=["halts"], dependencies=STUDIO_ON)


class HaltRequest(BaseModel):
    """What to halt; nothing means everything."""

    model_config = ConfigDict(extra="forbid")

    run_id: str | None = None
    reason: str = "user_halt"


class HaltedRun(BaseModel):
    """A run that this request halted."""

    run_id: RunId
    task_id: TaskId | None
    reason: str


class HaltStep(BaseModel):
    """How far the halt of one run has come; each time is null until then."""

    model_config = ConfigDict(from_attributes=True)

    halt_id: HaltId
    run_id: RunId
    desk: DeskName
    prior_status: str
    requested_at: datetime
    acknowledged_at: datetime | None
    cancelled_at: datetime | None
    """When its node had stopped."""
    abandoned_at: datetime | None
    """When a node that did not stop was given up: nothing of it has been taken since, but until the proof it may still run."""
    killed_at: datetime | None
    """When a process had to be killed: the one that the node computed in, or the worker's own."""
    last_effect_at: datetime | None
    """Null in a proved step: the run never did anything to the world. Of a worker that is gone, the latest it can have been."""
    proved_at: datetime | None
    state: str


class HaltStatus(BaseModel):
    """A request to halt, and everything it hit."""

    ok: bool = True
    halt_id: HaltId
    reason: str
    requested_at: datetime
    refused: str
    """Why nothing was halted, when nothing was meant to be."""
    row_written: bool
    """False: the database did not take it in time; workers were told, and the rows follow."""
    proved: bool
    """Every run it hit has done its last."""
    runs: list[HaltStep]


class Halted(HaltStatus):
    """The answer to a request."""

    halted_count: int
    halted: list[HaltedRun]
    published: bool


@router.post("")
def halt(actor: CurrentActor, container: Services, request: HaltRequest | None = None) -> Halted:
    """Halt one run, or all when no run is named; nothing to halt is no error. The body may be left out."""
    asked = request or HaltRequest()
    if asked.run_id is None:
        record = halts.halt_workflows(container.control, actor, asked.reason, halts.TYPED)
    else:
        record = halts.halt_run(container.control, actor, asked.run_id, asked.reason)
    return halt_answer(record)


@router.get("/{halt_id}")
def halt_status(halt_id: str, actor: CurrentActor, container: Services) -> HaltStatus:
    """Return how far a halt has come."""
    require(actor, Permission.READ)
    return _status(halts.halt_status(container.control, halt_id))


def halt_answer(record: halts.HaltRecord) -> Halted:
    """Return the public form of what a request has just done."""
    hit = [HaltedRun(run_id=one.run_id, task_id=one.task_id, reason=record.reason) for one in record.hit]
    return Halted(
        **_status(record).model_dump(), halted_count=len(hit), halted=hit, published=record.published
    )


def halt_step(item: HaltItem) -> HaltStep:
    """Return the public form of one run's part in a halt."""
    return HaltStep.model_validate(item)


def _status(record: halts.HaltRecord) -> HaltStatus:
    return HaltStatus(
        halt_id=record.id,
        reason=record.reason,
        requested_at=record.requested_at,
        refused=record.refused,
        row_written=record.row_written,
        proved=record.proved,
        runs=[halt_step(item) for item in record.items],
    )
