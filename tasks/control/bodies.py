"""What a drawing uses of other workflows: found in the database, and frozen into what a run executes."""

from sqlalchemy.orm import Session

from persistence.drafts import DraftRepository
from persistence.specs import SpecRepository
from runtime.adapters.studio import WorkflowStudioAdapter
from runtime.errors import InvalidValue, NotFound
from runtime.graph.document import GraphDocument
from runtime.graph.freeze import frozen, unfrozen
from runtime.ids import SpecName
from runtime.spec import WorkflowSpec


class SavedWorkflows:
    """The runtime's port over drafts and frozen versions, in the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def drawing(self, name: str, version: int | None) -> GraphDocument:
        """Return a drawing; raises `NotFound`, or `InvalidValue` for a workflow that is not drawn."""
        if version is None:
            draft = DraftRepository(self._session).get(SpecName(name))
            if draft is None:
                known = [record.name for record in SpecRepository(self._session).list()]
                raise NotFound("workflow", name, known=known)
            return _drawn(WorkflowSpec.model_validate(draft.spec))
        record = SpecRepository(self._session).numbered_version(SpecName(name), version)
        if record is None:
            raise NotFound(f"version of {name!r}", str(version))
        return _drawn(WorkflowSpec.parse(record.payload))


def frozen_spec(session: Session, spec: WorkflowSpec) -> WorkflowSpec:
    """Return the spec with every other workflow that its drawing uses, as it is now; itself when it uses none."""
    graph = spec.params.get("graph")
    if spec.adapter != WorkflowStudioAdapter.adapter_alias or not isinstance(graph, dict):
        return spec
    whole = frozen(GraphDocument.parse(graph), SavedWorkflows(session))
    return _with(spec, whole) if whole.bodies else spec


def unfrozen_spec(spec: WorkflowSpec) -> WorkflowSpec:
    """Return the spec as a draft is saved: it names other workflows and holds none."""
    graph = spec.params.get("graph")
    if spec.adapter != WorkflowStudioAdapter.adapter_alias or not isinstance(graph, dict):
        return spec
    if "bodies" not in graph:
        return spec
    return _with(spec, unfrozen(GraphDocument.parse(graph)))


def _drawn(spec: WorkflowSpec) -> GraphDocument:
    graph = spec.params.get("graph")
    if not isinstance(graph, dict):
        raise InvalidValue(f"Workflow {spec.name!r} runs {spec.adapter} and is not drawn.")
    return GraphDocument.parse(graph)


def _with(spec: WorkflowSpec, document: GraphDocument) -> WorkflowSpec:
    return spec.model_copy(update={"params": {**spec.params, "graph": document.dump()}})
