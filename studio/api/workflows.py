"""Workflows over HTTP: create, list, read, versions, run; and the adapters there are."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response, status
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from runtime.adapter import adapters
from runtime.errors import InvalidValue
from runtime.ids import RunId, TaskId, VersionId
from runtime.spec import TemplateTarget, WorkflowSpec
from studio.api.auth import CurrentActor, Services
from studio.api.studio_flag import STUDIO_ON
from tasks.control import specs
from tasks.control.runs import start_run
from tasks.control.settings import settings_in_force

router = APIRouter(prefix="/workflows", tags=["workflows"], dependencies=STUDIO_ON)


class SpecSummary(BaseModel):
    """A workflow in a list."""

    name: str
    adapter: str
    description: str
    snapshot_hash: str
    annotations: tuple[str, ...]
    template_target: TemplateTarget


class SpecDetail(SpecSummary):
    """A workflow with its content."""

    payload: dict[str, Any]
    revision: int
    """Of the draft; grows with every change."""


class Version(BaseModel):
    """A frozen content of a workflow."""

    model_config = ConfigDict(from_attributes=True)

    id: VersionId
    version: int
    spec_hash: str
    notes: str | None
    created_at: datetime


class RunRequest(BaseModel):
    """What a run is started with."""

    model_config = ConfigDict(extra="forbid")

    inputs: dict[str, Any] = Field(default_factory=dict[str, Any])
    spec_name: str | None = None
    """Not needed; when given it has to be the name in the address."""


class RunAccepted(BaseModel):
    """A run that will run."""

    run_id: RunId
    task_id: TaskId
    status: Literal["accepted"] = "accepted"
    dispatched: bool
    """False: the broker is away; the run waits and is sent when it is back."""


def _spec_schema() -> dict[str, Any]:
    """Return the schema of a spec in one piece: the spec itself judges the body, with better words than a model would."""
    schema = WorkflowSpec.model_json_schema()
    parts: dict[str, Any] = schema.pop("$defs", {})
    for field in schema["properties"].values():
        reference = field.pop("$ref", None)
        if reference is not None:
            field.update(parts[reference.rsplit("/", 1)[-1]])
    return schema


@router.get("/adapters")
def list_adapters(container: Services) -> list[dict[str, Any]]:
    """Return the adapters, by kind and alias; `enabled` is false while the flag of one is off."""
    live = settings_in_force(container.control).live
    return [adapter.describe(live) for adapter in adapters().values()]


@router.get("")
def list_workflows(actor: CurrentActor, container: Services) -> list[SpecSummary]:
    """Return the workflows, the last changed first."""
    return [_summary(workflow) for workflow in specs.list_workflows(container.control, actor)]


@router.post("", status_code=status.HTTP_201_CREATED)
def create_workflow(
    actor: CurrentActor,
    container: Services,
    response: Response,
    payload: Annotated[dict[str, Any], WithJsonSchema(_spec_schema())],
) -> SpecDetail:
    """Save a new workflow; every field of the spec counts, those left out have their defaults."""
    workflow = specs.create_workflow(container.control, actor, payload)
    response.headers["Location"] = f"/workflows/{workflow.record.name}"
    return _detail(workflow)


@router.get("/{name}")
def get_workflow(name: str, actor: CurrentActor, container: Services) -> SpecDetail:
    """Return one workflow."""
    return _detail(specs.get_workflow(container.control, actor, name))


@router.get("/{name}/versions")
def list_versions(
    name: str,
    actor: CurrentActor,
    container: Services,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Sequence[Version]:
    """Return the frozen versions, newest first; none for an unknown workflow."""
    found = specs.versions(container.control, actor, name, limit=limit)
    return [Version.model_validate(version) for version in found]


@router.post("/{name}/run", status_code=status.HTTP_202_ACCEPTED)
def run_workflow(
    name: str, actor: CurrentActor, container: Services, request: RunRequest | None = None
) -> RunAccepted:
    """Start a run; the body may be left out."""
    asked = request or RunRequest()
    if asked.spec_name not in (None, name):
        raise InvalidValue(f"The address says {name!r}, the body {asked.spec_name!r}.", field="spec_name")
    started = start_run(container.control, actor, name, asked.inputs)
    return RunAccepted(run_id=started.run_id, task_id=started.task_id, dispatched=started.dispatched)


def _fields(workflow: specs.Workflow) -> Mapping[str, Any]:
    spec: WorkflowSpec = workflow.spec
    return {
        "name": spec.name,
        "adapter": spec.adapter,
        "description": spec.description,
        "snapshot_hash": spec.snapshot_hash(),
        "annotations": spec.annotations,
        "template_target": spec.template_target,
    }


def _summary(workflow: specs.Workflow) -> SpecSummary:
    return SpecSummary(**_fields(workflow))


def _detail(workflow: specs.Workflow) -> SpecDetail:
    return SpecDetail(**_fields(workflow), payload=workflow.spec.dump(), revision=workflow.revision)
