"""Workflows over HTTP: create, list, read, versions, run; and the adapters there are."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, HTTPException, Query, Response, status
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from runtime.adapter import adapters
from runtime.errors import InvalidValue
from runtime.ids import RunId, TaskId, VersionId
from runtime.spec import TemplateTarget, WorkflowSpec
from studio.api.auth import CurrentActor, Services
from studio.api.failure import PROBLEM, NotModified
from studio.api.studio_flag import STUDIO_ON
from tasks.control import deletions, replacing, specs
from tasks.control.request_keys import start_run_once
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


def etag_of(workflow: specs.Workflow) -> str:
    """Return the strong validator of a workflow's content."""
    return f'"{workflow.revision}-{workflow.spec.snapshot_hash()[:16]}"'


def names(header: str | None, tag: str) -> bool:
    """Say whether a list of validators (RFC 9110 §13.1) names this one."""
    listed = [each.strip().removeprefix("W/") for each in (header or "").split(",")]
    return tag in listed or "*" in listed


def _spec_schema(*, name_needed: bool = True) -> dict[str, Any]:
    """Return the schema of a spec in one piece: the spec itself judges the body, with better words than a model would."""
    schema = WorkflowSpec.model_json_schema()
    parts: dict[str, Any] = schema.pop("$defs", {})
    for field in schema["properties"].values():
        reference = field.pop("$ref", None)
        if reference is not None:
            field.update(parts[reference.rsplit("/", 1)[-1]])
    if not name_needed:
        schema["required"] = [field for field in schema["required"] if field != "name"]
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
    return detail(workflow)


@router.get("/{name}", responses={304: {"description": "It is still what `If-None-Match` names."}})
def get_workflow(
    name: str,
    actor: CurrentActor,
    container: Services,
    response: Response,
    if_none_match: Annotated[str | None, Header()] = None,
) -> SpecDetail:
    """Return one workflow; its `ETag` changes with every change of the draft."""
    workflow = specs.get_workflow(container.control, actor, name)
    tag = etag_of(workflow)
    if names(if_none_match, tag):
        raise NotModified(tag)
    response.headers["ETag"] = tag
    return detail(workflow)


@router.put("/{name}", responses={412: PROBLEM})
def replace_workflow(
    *,
    name: str,
    actor: CurrentActor,
    container: Services,
    response: Response,
    payload: Annotated[dict[str, Any], WithJsonSchema(_spec_schema(name_needed=False))],
    if_match: Annotated[str | None, Header()] = None,
) -> SpecDetail:
    """Replace the whole content; with `If-Match` only when it is still what that names (412 otherwise)."""
    expected = None
    if if_match is not None and if_match.strip() != "*":
        current = specs.get_workflow(container.control, actor, name)
        if not names(if_match, etag_of(current)):
            raise HTTPException(
                status.HTTP_412_PRECONDITION_FAILED,
                f"Workflow {name!r} is at revision {current.revision} now. Read it again and repeat the change.",
            )
        expected = current.revision
    workflow = replacing.replace_workflow(container.control, actor, name, payload, expected_revision=expected)
    response.headers["ETag"] = etag_of(workflow)
    return detail(workflow)


@router.delete("/{name}", status_code=status.HTTP_204_NO_CONTENT)
def delete_workflow(name: str, actor: CurrentActor, container: Services) -> None:
    """Put a workflow into the bin; `POST /api/deleted-workflows/{name}/restore` takes it out again. Its runs stay."""
    deletions.delete_workflow(container.control, actor, name)


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
    name: str,
    actor: CurrentActor,
    container: Services,
    request: RunRequest | None = None,
    idempotency_key: Annotated[
        str | None, Header(description="The same again within a day under the same key is the same run.")
    ] = None,
) -> RunAccepted:
    """Start a run; the body may be left out."""
    asked = request or RunRequest()
    if asked.spec_name not in (None, name):
        raise InvalidValue(f"The address says {name!r}, the body {asked.spec_name!r}.", field="spec_name")
    started = (
        start_run(container.control, actor, name, asked.inputs)
        if idempotency_key is None
        else start_run_once(container.control, actor, name, asked.inputs, key=idempotency_key)
    )
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


def detail(workflow: specs.Workflow) -> SpecDetail:
    """Return a workflow with its content."""
    return SpecDetail(**_fields(workflow), payload=workflow.spec.dump(), revision=workflow.revision)
