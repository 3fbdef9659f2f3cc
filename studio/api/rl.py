"""The rl desk over HTTP: train, evaluate, replay, walk forward, best of n; runs with metrics; frozen experiments."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Query, Response, status
from pydantic import BaseModel, ConfigDict, Field

from runtime.ids import RunId, TaskId, VersionId
from runtime.rl.spec import RLExperimentSpec
from studio.api.auth import CurrentActor, Services
from studio.api.desks import DeskRunDetail, DeskRunEntry, detail_of, listed
from tasks.access import Actor
from tasks.control import desks as control_desks
from tasks.control import experiments
from tasks.control.context import Control
from tasks.control.desks import StartedDeskRun

router = APIRouter(prefix="/rl", tags=["rl"])


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")

    run_name: str = ""


class TrainRequest(_Request):
    """An experiment to train, or a training that was stopped, to go on with from its checkpoint."""

    config: dict[str, Any] = Field(
        default_factory=dict[str, Any], json_schema_extra={"$comment": "RLExperimentSpec"}
    )
    resume_run_id: str = ""


class RunRequest(_Request):
    """A run with a checkpoint."""

    run_id: str


class WalkForwardRequest(_Request):
    """An experiment to train again and again, each time on more days."""

    config: dict[str, Any]
    folds: int = 4


class BestOfRequest(_Request):
    """An experiment to train from several seeds."""

    config: dict[str, Any]
    candidates: int = 4


class RLAccepted(BaseModel):
    """A run that will run."""

    run_id: RunId
    task_id: TaskId
    status: Literal["queued"] = "queued"
    stream_url: str
    dispatched: bool
    """False: the broker did not take the message; the run waits, and is sent again."""

    @classmethod
    def of(cls, started: StartedDeskRun) -> Self:
        """Return the answer to a start."""
        return cls(
            run_id=started.run_id,
            task_id=started.task_id,
            stream_url=f"/api/desks/rl/runs/{started.run_id}/events",
            dispatched=started.dispatched,
        )


class RLRun(DeskRunDetail):
    """A run with what it has got: `metrics` are null until it has measured."""

    algorithm: str | None
    experiment: dict[str, Any] | None
    checkpoint: dict[str, Any] | None
    metrics: dict[str, Any] | None


class HaltAllRequest(BaseModel):
    """Why to halt."""

    model_config = ConfigDict(extra="forbid")

    reason: str = "user_halt"


class RLStopped(BaseModel):
    """What a halt of the desk has hit. The runs are halting; `GET /rl/runs/{id}` says when the last thing was done."""

    stopped: int
    task_ids: list[TaskId]
    failures: list[str]


class Experiment(BaseModel):
    """A frozen experiment."""

    model_config = ConfigDict(from_attributes=True)

    id: VersionId
    name: str
    version: int
    spec_hash: str
    payload: dict[str, Any]
    created_by_name: str
    created_at: datetime


@router.post("/train", status_code=status.HTTP_202_ACCEPTED)
def start_training(request: TrainRequest, actor: CurrentActor, container: Services) -> RLAccepted:
    """Train an experiment, or go on with one that was halted."""
    config = {"kind": "train", "experiment": request.config, "run_id": request.resume_run_id}
    return _start(container.control, actor, config, request.run_name)


@router.post("/evaluate", status_code=status.HTTP_202_ACCEPTED)
def start_evaluation(request: RunRequest, actor: CurrentActor, container: Services) -> RLAccepted:
    """Measure the checkpoint of a run on both parts of the days."""
    return _start(container.control, actor, {"kind": "evaluate", "run_id": request.run_id}, request.run_name)


@router.post("/replay", status_code=status.HTTP_202_ACCEPTED)
def start_replay(request: RunRequest, actor: CurrentActor, container: Services) -> RLAccepted:
    """Play the checkpoint of a run over the days out of sample; `exact` says whether it earned the same."""
    return _start(container.control, actor, {"kind": "replay", "run_id": request.run_id}, request.run_name)


@router.post("/walk-forward", status_code=status.HTTP_202_ACCEPTED)
def start_walk_forward(request: WalkForwardRequest, actor: CurrentActor, container: Services) -> RLAccepted:
    """Train on all days before each fold and test on the fold."""
    config = {"kind": "walk_forward", "experiment": request.config, "folds": request.folds}
    return _start(container.control, actor, config, request.run_name)


@router.post("/best-of-n", status_code=status.HTTP_202_ACCEPTED)
def start_best_of_n(request: BestOfRequest, actor: CurrentActor, container: Services) -> RLAccepted:
    """Train from several seeds, and keep the one that earned most on days that train none of them."""
    config = {"kind": "best_of_n", "experiment": request.config, "candidates": request.candidates}
    return _start(container.control, actor, config, request.run_name)


@router.post("/halt-all")
def halt_all(actor: CurrentActor, container: Services, request: HaltAllRequest | None = None) -> RLStopped:
    """Halt everything that the desk runs; nothing to halt is no error. The body may be left out."""
    halted = experiments.halt_all(container.control, actor, (request or HaltAllRequest()).reason)
    return RLStopped(
        stopped=len(halted.run_ids), task_ids=list(halted.task_ids), failures=list(halted.failures)
    )


@router.get("/runs")
def list_runs(
    *,
    actor: CurrentActor,
    container: Services,
    active: bool = False,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: str | None = None,
) -> list[DeskRunEntry]:
    """Return the desk's runs, newest first."""
    return listed(container.control, actor, "rl", active=active, limit=limit, before=before)


@router.get("/runs/{run_id}")
def get_run(run_id: str, actor: CurrentActor, container: Services) -> RLRun:
    """Return one run with its metrics."""
    detail = detail_of(container.control, actor, "rl", run_id)
    result: Mapping[str, Any] = detail.result or {}
    own = {name: result.get(name) for name in ("algorithm", "experiment", "checkpoint", "metrics")}
    return RLRun.model_validate(detail.model_dump() | own)


@router.get("/runs/{run_id}/checkpoint")
def get_checkpoint(run_id: str, actor: CurrentActor, container: Services) -> Response:
    """Return what a run has learnt so far, as an npz file."""
    data = experiments.checkpoint_bytes(container.control, actor, run_id)
    return Response(
        data,
        media_type=experiments.CHECKPOINT_MEDIA,
        headers={"Content-Disposition": f'attachment; filename="{run_id}.npz"'},
    )


@router.get("/experiments/schema")
def experiment_schema(_actor: CurrentActor) -> dict[str, Any]:
    """Return the JSON schema of an experiment: `config` of a training."""
    return RLExperimentSpec.model_json_schema()


@router.get("/experiments")
def list_experiments(
    *,
    actor: CurrentActor,
    container: Services,
    name: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[Experiment]:
    """Return frozen experiments, newest first."""
    found = experiments.list_experiments(container.control, actor, name=name, limit=limit)
    return [Experiment.model_validate(version) for version in found]


@router.get("/experiments/{version_id}")
def get_experiment(version_id: str, actor: CurrentActor, container: Services) -> Experiment:
    """Return one frozen experiment."""
    return Experiment.model_validate(experiments.get_experiment(container.control, actor, version_id))


def _start(control: Control, actor: Actor, config: Mapping[str, Any], name: str) -> RLAccepted:
    return RLAccepted.of(control_desks.start_desk_run(control, actor, "rl", config, name=name))
