"""Replacing the whole content of a workflow, as programs do; people change drawings step by step (`drafts`)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from persistence.drafts import DraftRepository
from persistence.specs import SpecRepository
from runtime.errors import InvalidSpec
from runtime.graph.document import GraphDocument
from runtime.graph.drawing import Change, Drawing
from runtime.ids import SpecName
from runtime.spec import WorkflowSpec
from tasks.access import Actor, Permission, require
from tasks.control.bodies import frozen_spec, unfrozen_spec
from tasks.control.context import Control
from tasks.control.drafts import retried
from tasks.control.settings import require_flag
from tasks.control.specs import Workflow, audit, checked_spec, snapshot, workflow_in

LABEL = "Replace the whole workflow"


def replace_workflow(
    control: Control,
    actor: Actor,
    name: str,
    payload: Mapping[str, Any],
    *,
    expected_revision: int | None = None,
) -> Workflow:
    """Save another content under the same name; one edit in the drawing's history, so that undo takes it back.

    `expected_revision` None: whatever is there now. Raises `NotFound`, `InvalidSpec` naming the field, and
    `StaleRevision` when somebody else has saved meanwhile.
    """
    require(actor, Permission.DRAW)
    require_flag(control, "orchestration_studio_enabled")
    spec = unfrozen_spec(checked_spec({"name": name, **payload}))
    if spec.name != name:
        raise InvalidSpec(
            f"The address says {name!r}, the body {spec.name!r}: a name cannot be changed.", field="name"
        )

    def attempt(session: Session) -> Workflow:
        return _replaced(control, session, actor, spec, expected_revision)

    if expected_revision is None:
        return retried(control, attempt)
    with control.database.write() as session:
        return attempt(session)


def _replaced(
    control: Control, session: Session, actor: Actor, spec: WorkflowSpec, expected_revision: int | None
) -> Workflow:
    name, now = SpecName(spec.name), control.clock.now()
    before = workflow_in(session, name)
    if spec == before.spec and expected_revision in (None, before.revision):
        return before
    DraftRepository(session).save(
        name,
        before.revision if expected_revision is None else expected_revision,
        spec=spec.dump(),
        layout=before.layout.model_dump(mode="json"),
        label=LABEL,
        change=_change(before, spec).dump(),
        author=actor.name,
        now=now,
    )
    SpecRepository(session).upsert_spec(
        name, adapter=spec.adapter, description=spec.description, annotations=spec.annotations, now=now
    )
    snapshot(control, session, before.record.id, frozen_spec(session, spec), author=actor.name)
    audit(control, session, actor, "workflow.replace", name)
    return workflow_in(session, name)


def _change(before: Workflow, after: WorkflowSpec) -> Change:
    """Return what that does to the drawing; nothing where one of the two is not drawn."""
    graph = after.params.get("graph")
    if before.document is None or not isinstance(graph, dict):
        nothing = Drawing(document=GraphDocument(), layout=before.layout)
        return Change.between(nothing, nothing)
    return Change.between(
        Drawing(document=before.document, layout=before.layout),
        Drawing(document=GraphDocument.parse(graph), layout=before.layout),
    )
