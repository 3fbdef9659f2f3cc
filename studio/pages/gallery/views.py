"""What the gallery shows: shipped workflows, and those that people have made. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from persistence.deletions import DeletedWorkflow
from runtime.errors import InvalidName
from runtime.graph.document import GraphDocument
from runtime.library import LibraryEntry
from runtime.spec import checked_name
from studio import routes
from studio.run_view.picture import Picture, picture
from tasks.control.specs import Workflow

NO_PICTURE = Picture(width=0, height=0, box_width=0, box_height=0, boxes=[], wires=[], name="")


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateCard:
    """A workflow that ships with the studio."""

    name: str
    title: str
    sentence: str
    size: str
    picture: Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowCard:
    """A workflow of this installation."""

    name: str
    description: str
    address: str
    size: str
    changed_at: str
    """ISO time."""
    run_id: str
    """The last run; empty before the first."""
    run_status: str
    run_at: str
    """ISO time."""
    run_address: str
    picture: Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedCard:
    """A workflow in the bin."""

    name: str
    deleted_at: str
    """ISO time."""
    by: str


def deleted_cards(deleted: Sequence[DeletedWorkflow], search: str) -> list[DeletedCard]:
    """Return what is in the bin and fits a search, in the order given."""
    return [
        DeletedCard(name=each.name, deleted_at=each.deleted_at.isoformat(), by=each.deleted_by_name)
        for each in deleted
        if _fits(search, each.name)
    ]


def template_cards(entries: Sequence[LibraryEntry], search: str) -> list[TemplateCard]:
    """Return the shipped workflows that fit a search, in the library's order."""
    return [
        TemplateCard(
            name=entry.spec.name,
            title=entry.title,
            sentence=entry.sentence,
            size=_size(document),
            picture=picture(document, entry.layout) if document else NO_PICTURE,
        )
        for entry in entries
        if _fits(search, entry.spec.name, entry.title, entry.sentence)
        for document in [_document(entry)]
    ]


def workflow_cards(
    workflows: Sequence[Workflow], search: str, *, halting: frozenset[str] = frozenset()
) -> list[WorkflowCard]:
    """Return the workflows that fit a search, in the order given."""
    return [
        _workflow_card(workflow, halting)
        for workflow in workflows
        if _fits(search, workflow.record.name, workflow.record.description)
    ]


def name_problem(name: str, taken: Sequence[str]) -> str:
    """Return why a new workflow cannot be called so; empty when it can."""
    if not name:
        return ""
    try:
        checked_name(name)
    except InvalidName as error:
        return error.message
    return f"There already is a workflow {name!r}." if name in taken else ""


def _workflow_card(workflow: Workflow, halting: frozenset[str]) -> WorkflowCard:
    record, document = workflow.record, workflow.document
    is_halting = record.last_run_status == "halted" and record.last_run_id in halting
    return WorkflowCard(
        name=record.name,
        description=record.description,
        address=routes.editor(record.name),
        size=_size(document),
        changed_at=record.updated_at.isoformat(),
        run_id=record.last_run_id or "",
        run_status="halting" if is_halting else record.last_run_status or "",
        run_at=record.last_run_started_at.isoformat() if record.last_run_started_at else "",
        run_address=routes.run(record.last_run_id) if record.last_run_id else "",
        picture=picture(document, workflow.layout) if document else NO_PICTURE,
    )


def _document(entry: LibraryEntry) -> GraphDocument | None:
    graph = entry.spec.params.get("graph")
    return GraphDocument.parse(graph) if isinstance(graph, dict) else None


def _size(document: GraphDocument | None) -> str:
    if document is None:
        return "no drawing"
    count = len(document.nodes)
    return "empty" if not count else f"{count} node{'' if count == 1 else 's'}"


def _fits(search: str, *texts: str) -> bool:
    haystack = " ".join(texts).casefold()
    return all(word in haystack for word in search.casefold().split())
