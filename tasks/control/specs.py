"""Workflows: created, listed, read, and handed to a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from persistence.controls import AuditEntry, ControlRepository
from persistence.deletions import DeletionRepository
from persistence.drafts import DraftRecord, DraftRepository
from persistence.specs import SpecRecord, SpecRepository, VersionRecord
from runtime.adapter import adapter_named
from runtime.errors import AlreadyExists, InvalidSpec, InvalidValue, NotFound
from runtime.graph.document import GraphDocument, Layout
from runtime.graph.issue import Issue
from runtime.graph.validate import validate
from runtime.ids import SpecName, VersionId
from runtime.settings import LiveSettings
from runtime.spec import WorkflowSpec, checked_name
from tasks.access import Actor, Permission, require
from tasks.control.bodies import frozen_spec, unfrozen_spec
from tasks.control.context import Control
from tasks.control.settings import require_flag, settings_in_force

STUDIO = "WorkflowStudioAdapter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """A workflow with its content as it is saved now."""

    record: SpecRecord
    spec: WorkflowSpec
    layout: Layout
    revision: int

    @property
    def document(self) -> GraphDocument | None:
        """The drawing; None when the workflow runs something else."""
        graph = self.spec.params.get("graph")
        return GraphDocument.parse(graph) if isinstance(graph, dict) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnableSpec:
    """What a run of a workflow will execute."""

    spec: WorkflowSpec
    layout: dict[str, Any]
    version_id: VersionId | None
    """None while versioning is off."""


def create_workflow(
    control: Control, actor: Actor, payload: Mapping[str, Any], layout: Layout | None = None
) -> Workflow:
    """Save a new workflow.

    Raises `InvalidSpec` naming the field, `InvalidName`, and `AlreadyExists` when the name is taken.
    """
    require(actor, Permission.DRAW)
    require_flag(control, "orchestration_studio_enabled")
    spec = unfrozen_spec(checked_spec(payload))
    now = control.clock.now()
    with control.database.write() as session:
        specs = SpecRepository(session)
        name = SpecName(spec.name)
        if specs.by_name(name) is not None:
            raise AlreadyExists(
                f"There already is a workflow {spec.name!r}. Choose another name.", field="name"
            )
        if DeletionRepository(session).holds(name):
            raise AlreadyExists(
                f"A deleted workflow is called {spec.name!r}. Restore it, delete it for good, or choose another name.",
                field="name",
            )
        spec_id = specs.upsert_spec(
            name,
            adapter=spec.adapter,
            description=spec.description,
            annotations=spec.annotations,
            now=now,
            owner_user_id=actor.id,
        )
        DraftRepository(session).create(
            spec_id,
            spec=spec.dump(),
            layout=(layout or Layout()).model_dump(mode="json"),
            author=actor.name,
            now=now,
        )
        snapshot(control, session, spec_id, frozen_spec(session, spec), author=actor.name)
        audit(control, session, actor, "workflow.create", spec.name)
        return workflow_in(session, name)


def create_empty(control: Control, actor: Actor, name: str, description: str = "") -> Workflow:
    """Save a workflow with nothing drawn yet."""
    return create_workflow(control, actor, drawn_payload(name, description, GraphDocument()))


def drawn_payload(name: str, description: str, document: GraphDocument) -> dict[str, Any]:
    """Return what `create_workflow` takes for a drawing."""
    return {
        "name": name,
        "description": description,
        "adapter": STUDIO,
        "adapter_kind": "studio",
        "params": {"graph": document.dump()},
    }


def list_workflows(control: Control, actor: Actor) -> Sequence[Workflow]:
    """Return every workflow that was drawn or posted, the last changed first."""
    require(actor, Permission.READ)
    require_flag(control, "orchestration_studio_enabled")
    with control.database.read() as session:
        drafts = {draft.spec_id: draft for draft in DraftRepository(session).all()}
        records = SpecRepository(session).list()
    return [_joined(record, drafts[record.id]) for record in records if record.id in drafts]


def get_workflow(control: Control, actor: Actor, name: str) -> Workflow:
    """Return one workflow; raises `NotFound`."""
    require(actor, Permission.READ)
    require_flag(control, "orchestration_studio_enabled")
    with control.database.read() as session:
        return workflow_in(session, SpecName(name))


def versions(control: Control, actor: Actor, name: str, *, limit: int = 50) -> Sequence[VersionRecord]:
    """Return the frozen versions, newest first; none for an unknown workflow. Readable with versioning off, too."""
    require(actor, Permission.READ)
    require_flag(control, "orchestration_studio_enabled")
    with control.database.read() as session:
        return SpecRepository(session).versions(SpecName(name), limit=limit)


def version_spec(control: Control, actor: Actor, name: str, number: int) -> WorkflowSpec:
    """Return a frozen version by its number; raises `NotFound`. Readable with versioning off, too."""
    require(actor, Permission.READ)
    require_flag(control, "orchestration_studio_enabled")
    with control.database.read() as session:
        record = SpecRepository(session).numbered_version(SpecName(name), number)
    if record is None:
        raise NotFound(f"version of workflow {name!r}", str(number))
    return WorkflowSpec.parse(record.payload)


def check_spec(control: Control, actor: Actor, payload: Mapping[str, Any]) -> list[Issue]:
    """Return the problems of a spec that is not saved, as it would run here now: with what it uses, and what is off.

    Raises `InvalidSpec` naming the field, and `InvalidName`.
    """
    require(actor, Permission.READ)
    require_flag(control, "orchestration_studio_enabled")
    spec = checked_spec(payload)
    with control.database.read() as session:
        whole = frozen_spec(session, spec)
    return issues_of(whole, settings_in_force(control).live)


def issues_of(spec: WorkflowSpec, live: LiveSettings | None = None) -> list[Issue]:
    """Return the problems of a spec's drawing, errors first; none where nothing is drawn."""
    graph = spec.params.get("graph")
    if spec.adapter != STUDIO or not isinstance(graph, dict):
        return []
    return validate(GraphDocument.parse(graph), live)


def runnable_spec(control: Control, session: Session, name: SpecName) -> RunnableSpec:
    """Return what a run executes, frozen as a version while versioning is on. `session` may write.

    It holds every other workflow that it uses, as it is now: a worker, and a replay, need nothing else.
    """
    workflow = workflow_in(session, name)
    spec = frozen_spec(session, workflow.spec)
    version = snapshot(control, session, workflow.record.id, spec, author=None)
    return RunnableSpec(
        spec=spec,
        layout=workflow.layout.model_dump(mode="json"),
        version_id=version.id if version else None,
    )


def checked_spec(payload: Mapping[str, Any]) -> WorkflowSpec:
    """Return the spec of untrusted data whose adapter exists and, where it is a drawing, can be read."""
    spec = WorkflowSpec.parse(payload)
    checked_name(spec.name)
    try:
        adapter = adapter_named(spec.adapter)
    except NotFound as error:
        raise InvalidSpec(error.message, field="adapter") from error
    if spec.adapter_kind not in (None, adapter.adapter_kind):
        raise InvalidSpec(
            f"Adapter {spec.adapter!r} is of kind {adapter.adapter_kind!r}, not {spec.adapter_kind!r}.",
            field="adapter_kind",
        )
    if spec.adapter == STUDIO:
        graph = spec.params.get("graph", {})
        if not isinstance(graph, dict):
            raise InvalidSpec(
                "Field 'params.graph' must be an object with nodes and edges.", field="params.graph"
            )
        GraphDocument.parse(graph)
    return spec


def drawing_of(spec: WorkflowSpec) -> GraphDocument:
    """Return the drawing of a spec; raises `InvalidValue` when it has none."""
    graph = spec.params.get("graph")
    if spec.adapter != STUDIO or not isinstance(graph, dict):
        raise InvalidValue(
            f"Workflow {spec.name!r} runs {spec.adapter} and is not drawn, so it cannot be edited here."
        )
    return GraphDocument.parse(graph)


def workflow_in(session: Session, name: SpecName) -> Workflow:
    """Return a workflow as the caller's unit of work sees it; raises `NotFound`."""
    specs = SpecRepository(session)
    record = specs.by_name(name)
    draft = DraftRepository(session).get(name)
    if record is None or draft is None:
        raise NotFound("workflow", name, known=[known.name for known in specs.list()])
    return _joined(record, draft)


def _joined(record: SpecRecord, draft: DraftRecord) -> Workflow:
    return Workflow(
        record=record,
        spec=WorkflowSpec.model_validate(draft.spec),
        layout=Layout.model_validate(draft.layout),
        revision=draft.revision,
    )


def snapshot(
    control: Control, session: Session, spec_id: str, spec: WorkflowSpec, *, author: str | None
) -> VersionRecord | None:
    """Freeze a content as a version and return it; None while versioning is off."""
    if not settings_in_force(control).live.orchestration_workflow_versioning_enabled:
        return None
    return SpecRepository(session).add_version(
        spec_id,
        spec_hash=spec.snapshot_hash(),
        payload=spec.dump(),
        notes=None,
        created_by=author,
        now=control.clock.now(),
    )


def audit(control: Control, session: Session, actor: Actor, action: str, target: str) -> None:
    """Write down what somebody did to a workflow."""
    ControlRepository(session).append_audit(
        AuditEntry(
            at=control.clock.now(),
            actor_id=actor.id,
            actor_name=actor.name,
            action=action,
            target=target,
        )
    )
