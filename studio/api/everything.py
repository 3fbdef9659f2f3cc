"""Halting everything over HTTP: the kill switch and all desks in one request, and how far that has come."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from runtime.desks import DeskName
from runtime.ids import HaltId
from studio.api.auth import CurrentActor, Services
from studio.api.halts import HaltStep, halt_step
from tasks.control import halt_everything as everything
from tasks.control.halt_everything import EverythingState, LaneHalt, LaneState

router = APIRouter(prefix="/api/halt-everything", tags=["halts"])


class EverythingRequest(BaseModel):
    """Why; `typed` has to be HALT."""

    model_config = ConfigDict(extra="forbid")

    reason: str
    typed: str


class LaneAnswer(BaseModel):
    """What became of one desk."""

    desk: DeskName
    state: LaneState
    """`stopped`: everything that ran there is proved to have stopped, or nothing ran."""
    halt_id: HaltId | None
    """The desk's own halt; null when there is none."""
    hit: int
    """Runs that were halted there, by the kill switch or by the desk's own halt."""
    by_switch: int
    refused: str
    """Why the desk's own halt was not meant to halt anything. What the kill switch hit there has stopped all the same."""
    failed: str
    """Why the desk's own halt could not be carried out."""
    runs: list[HaltStep]


class EverythingAnswer(BaseModel):
    """A request to halt everything, as far as it has come."""

    id: HaltId
    reason: str
    actor_name: str
    requested_at: datetime
    proved: bool
    """Everything that was hit, on every desk, has done its last."""
    kill_switch: str
    """`engaged`, or why it may not be."""
    lanes: list[LaneAnswer]


@router.post("")
def halt_everything(request: EverythingRequest, actor: CurrentActor, container: Services) -> EverythingAnswer:
    """Engage the kill switch and halt every desk; nothing to halt is no error, and a desk that fails says so in its lane."""
    return _answer(everything.halt_everything(container.control, actor, request.reason, request.typed))


@router.get("/{halt_id}")
def everything_status(halt_id: str, actor: CurrentActor, container: Services) -> EverythingAnswer:
    """Return how far a request to halt everything has come."""
    return _answer(everything.everything_status(container.control, actor, halt_id))


def _answer(state: EverythingState) -> EverythingAnswer:
    halt = state.halt
    return EverythingAnswer(
        id=halt.id,
        reason=halt.reason,
        actor_name=halt.actor_name,
        requested_at=halt.requested_at,
        proved=state.proved,
        kill_switch=state.switch.failed or "engaged",
        lanes=[_lane(lane) for lane in state.lanes],
    )


def _lane(lane: LaneHalt) -> LaneAnswer:
    return LaneAnswer(
        desk=lane.desk,
        state=lane.state,
        halt_id=lane.part.halt_id,
        hit=len(lane.items),
        by_switch=lane.by_switch,
        refused=lane.part.refused,
        failed=lane.part.failed,
        runs=[halt_step(item) for item in lane.items],
    )
