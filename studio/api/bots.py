"""Bots over HTTP: save, look, deploy, halt. Deployments are also under `/api/desks/bots`, their sessions under `/paper`."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, status
from pydantic import BaseModel, ConfigDict, Field

from persistence.bots import BotRecord
from runtime.bots.spec import BotKind
from runtime.ids import RunId, TaskId
from runtime.strategy import strategies
from studio.api.auth import CurrentActor, Services
from studio.api.paper import SessionQueued, SessionsStopped
from tasks.access import Permission, require
from tasks.control import bots
from tasks.control.desks import ShownDeskStatus

router = APIRouter(prefix="/bots", tags=["bots"])


class BotSave(BaseModel):
    """A bot. Fields of `spec` are those of `runtime.bots.spec.BotSpec`."""

    model_config = ConfigDict(extra="forbid")

    spec: dict[str, Any]
    notes: str = ""
    """What this version is for."""


class Bot(BaseModel):
    """A bot with its current content."""

    id: str
    slug: str
    name: str
    kind: BotKind
    version: int
    spec_hash: str
    spec: dict[str, Any]
    created_by_name: str
    created_at: datetime
    updated_at: datetime


class Version(BaseModel):
    """A frozen content of a bot."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    version: int
    spec_hash: str
    payload: dict[str, Any]
    notes: str
    created_by_name: str
    created_at: datetime


class StrategyEntry(BaseModel):
    """A strategy that bots and sessions can trade by."""

    name: str
    title: str
    summary: str
    params: dict[str, Any]
    """JSON schema."""


class Deploy(BaseModel):
    """What to deploy, and where; without a target where the bot itself says."""

    model_config = ConfigDict(extra="forbid")

    target: Literal["spec", "backtest", "paper_session"] = "spec"
    version: int | None = Field(default=None, ge=1)
    run_name: str = ""


class Rerun(BaseModel):
    """Which version, and how the run is called."""

    model_config = ConfigDict(extra="forbid")

    version: int | None = Field(default=None, ge=1)
    run_name: str = ""


class Deployment(BaseModel):
    """A deployment. `status` is `halting` until the last side effect of a halted one is proved to be in the past."""

    run_id: RunId
    task_id: TaskId
    bot: str
    version: int
    version_id: str
    spec_hash: str
    target: str
    status: ShownDeskStatus
    result_summary: dict[str, Any] | None
    error: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class BotsHalted(BaseModel):
    """What a halt of all bots has hit."""

    stopped: int
    task_ids: list[TaskId]
    paper_stop_signals: int
    """How many of them are paper sessions, which cancel their orders before they end."""
    failures: list[str]


@router.get("")
def list_bots(actor: CurrentActor, container: Services) -> list[Bot]:
    """Return all bots by slug."""
    return [_bot(record) for record in bots.list_bots(container.control, actor)]


@router.post("", status_code=status.HTTP_201_CREATED)
def create(request: BotSave, actor: CurrentActor, container: Services) -> Bot:
    """Save a new bot with its first version."""
    return _bot(bots.create_bot(container.control, actor, request.spec, notes=request.notes))


@router.get("/strategies")
def list_strategies(actor: CurrentActor) -> list[StrategyEntry]:
    """Return what bots and paper sessions can trade by."""
    require(actor, Permission.READ)
    return [
        StrategyEntry(
            name=name, title=kind.title, summary=kind.summary, params=kind.Params.model_json_schema()
        )
        for name, kind in strategies().items()
    ]


@router.post("/halt-all")
def halt_all(actor: CurrentActor, container: Services, reason: str = "kill_switch") -> BotsHalted:
    """Halt every deployment of every bot; nothing to halt is no error."""
    stopped, sessions = bots.halt_all(container.control, actor, reason)
    return BotsHalted(
        stopped=len(stopped.run_ids),
        task_ids=stopped.task_ids,
        paper_stop_signals=sessions,
        failures=list(stopped.failures),
    )


@router.get("/{ref}")
def get(ref: str, actor: CurrentActor, container: Services) -> Bot:
    """Return a bot by slug or id."""
    return _bot(bots.get_bot(container.control, actor, ref))


@router.put("/{ref}")
def update(ref: str, request: BotSave, actor: CurrentActor, container: Services) -> Bot:
    """Save a bot's content as its next version."""
    return _bot(bots.update_bot(container.control, actor, ref, request.spec, notes=request.notes))


@router.delete("/{ref}", status_code=status.HTTP_204_NO_CONTENT)
def delete(ref: str, actor: CurrentActor, container: Services) -> None:
    """Take a bot out of the lists; refused while a deployment of it runs."""
    bots.delete_bot(container.control, actor, ref)


@router.get("/{ref}/versions")
def versions(ref: str, actor: CurrentActor, container: Services) -> list[Version]:
    """Return the versions of a bot, newest first."""
    return [Version.model_validate(one) for one in bots.bot_versions(container.control, actor, ref)]


@router.get("/{ref}/deployments")
def list_deployments(
    *,
    ref: str,
    actor: CurrentActor,
    container: Services,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: str | None = None,
) -> list[Deployment]:
    """Return the deployments of a bot, newest first; `before` is the run id of the last one of the page before."""
    found = bots.deployments(container.control, actor, ref, limit=limit, before=before)
    return [_deployment(one) for one in found]


@router.post("/{ref}/deploy", status_code=status.HTTP_202_ACCEPTED)
def deploy(
    ref: str, actor: CurrentActor, container: Services, request: Deploy | None = None
) -> SessionQueued:
    """Deploy a bot."""
    asked = request or Deploy()
    started = bots.deploy(
        container.control,
        actor,
        ref,
        target=asked.target,
        version=asked.version,
        run_name=asked.run_name,
    )
    return SessionQueued.of(started, "bots")


@router.post("/{ref}/backtest", status_code=status.HTTP_202_ACCEPTED)
def backtest(
    ref: str, actor: CurrentActor, container: Services, request: Rerun | None = None
) -> SessionQueued:
    """Back-test a bot; its result says which thresholds were missed."""
    version = (request or Rerun()).version
    started = bots.deploy(container.control, actor, ref, target="backtest", version=version)
    return SessionQueued.of(started, "bots")


@router.post("/{ref}/paper/start", status_code=status.HTTP_202_ACCEPTED)
def start_paper(
    ref: str, actor: CurrentActor, container: Services, request: Rerun | None = None
) -> SessionQueued:
    """Start a paper session of a bot; a research bot is refused."""
    asked = request or Rerun()
    started = bots.deploy(
        container.control,
        actor,
        ref,
        target="paper_session",
        version=asked.version,
        run_name=asked.run_name,
    )
    return SessionQueued.of(started, "bots")


@router.post("/{ref}/paper/stop/{task_id}")
def stop_paper(
    ref: str, task_id: str, actor: CurrentActor, container: Services, reason: str = "user_stop"
) -> SessionsStopped:
    """Halt one paper session of a bot; one that has ended is left alone."""
    return SessionsStopped.of(bots.stop_paper(container.control, actor, ref, task_id, reason))


@router.post("/{ref}/halt")
def halt(ref: str, actor: CurrentActor, container: Services, reason: str = "user_halt") -> SessionsStopped:
    """Halt everything that a bot runs; nothing to halt is no error."""
    return SessionsStopped.of(bots.halt_bot(container.control, actor, ref, reason))


def _bot(record: BotRecord) -> Bot:
    return Bot.model_validate(
        {
            "id": record.id,
            "slug": record.slug,
            "name": record.name,
            "kind": record.kind,
            "version": record.current.version,
            "spec_hash": record.current.spec_hash,
            "spec": record.current.payload,
            "created_by_name": record.created_by_name,
            "created_at": record.created_at,
            "updated_at": record.updated_at,
        }
    )


def _deployment(view: bots.DeploymentView) -> Deployment:
    run, config = view.record.summary, view.record.config
    return Deployment(
        run_id=run.run_id,
        task_id=run.task_id,
        bot=run.name,
        version=config["version"],
        version_id=config["version_id"],
        spec_hash=config["spec_hash"],
        target=run.kind,
        status=view.shown,
        result_summary=view.record.result,
        error=run.error,
        created_at=run.created_at,
        started_at=run.started_at,
        ended_at=run.completed_at,
    )
