"""Drawings being edited: open, edit, undo, redo. Every answer says what is in the database, at which revision."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from persistence.drafts import DraftRecord, DraftRepository, EditRecord
from persistence.errors import StaleRow
from runtime.errors import InvalidValue, NotFound
from runtime.graph.document import GraphDocument, Layout
from runtime.graph.drawing import Change, Drawing
from runtime.graph.edits import Edit
from runtime.graph.freeze import frozen, unfrozen
from runtime.graph.issue import Issue
from runtime.graph.validate import validate
from runtime.ids import SpecName
from runtime.settings import LiveSettings
from runtime.spec import WorkflowSpec, canonical_json
from tasks.access import Actor, Permission, require
from tasks.control.bodies import SavedWorkflows
from tasks.control.context import Control
from tasks.control.settings import require_flag, settings_in_force
from tasks.control.specs import STUDIO, drawing_of

ATTEMPTS = 5
"""How often an edit is applied anew when somebody else saved in between."""
MAX_BYTES = 2_000_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftState:
    """A drawing as it is saved, with what is wrong with it."""

    name: str
    revision: int
    drawing: Drawing
    spec: WorkflowSpec
    issues: list[Issue]
    saved_at: datetime
    saved_by: str
    workflows: Sequence[str]
    """Names of the drawn workflows that a node of it may run: all but itself."""
    undo_label: str
    """What undo would take back; empty when there is nothing."""
    redo_label: str

    @property
    def can_undo(self) -> bool:
        """Say whether there is something to take back."""
        return bool(self.undo_label)

    @property
    def can_redo(self) -> bool:
        """Say whether there is something to do again."""
        return bool(self.redo_label)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditOutcome:
    """The drawing after an edit, and what the edit changed."""

    draft: DraftState
    change: Change
    merged: bool
    """Somebody else had saved since the caller's revision: both are kept, the caller must load the drawing afresh."""


def open_draft(control: Control, actor: Actor, name: str) -> DraftState:
    """Return a drawing; raises `NotFound`, or `InvalidValue` for a workflow that is not drawn."""
    require(actor, Permission.READ)
    live = _live(control)
    with control.database.read() as session:
        return _state(session, _record(session, name), live)


def edit_draft(control: Control, actor: Actor, name: str, base_revision: int, edit: Edit) -> EditOutcome:
    """Apply one edit to the drawing as it is now and save it.

    Raises what the edit raises: then nothing was saved. An edit that changes nothing makes no revision.
    """
    require(actor, Permission.DRAW)
    live = _live(control)

    def attempt(session: Session) -> EditOutcome:
        drafts, record = DraftRepository(session), _record(session, name)
        before = _drawing(session, record)
        after = edit.applied_to(before)
        change = Change.between(before, after)
        if change.is_empty:
            return _outcome(session, record, change, base_revision, live)
        revision = drafts.save(
            record.name,
            record.revision,
            spec=_with_drawing(record, after.document),
            layout=after.layout.model_dump(mode="json"),
            label=edit.label(before),
            change=change.dump(),
            author=actor.name,
            now=control.clock.now(),
        )
        return _outcome(session, _saved(session, record, revision), change, base_revision, live)

    return retried(control, attempt)


def undo_draft(control: Control, actor: Actor, name: str, base_revision: int) -> EditOutcome:
    """Take the last edit back; raises `InvalidValue` when there is none."""
    return _travelled(control, actor, name, base_revision, back=True)


def redo_draft(control: Control, actor: Actor, name: str, base_revision: int) -> EditOutcome:
    """Do the edit that was taken back last again; raises `InvalidValue` when there is none."""
    return _travelled(control, actor, name, base_revision, back=False)


def _travelled(control: Control, actor: Actor, name: str, base_revision: int, *, back: bool) -> EditOutcome:
    require(actor, Permission.DRAW)
    live = _live(control)

    def attempt(session: Session) -> EditOutcome:
        drafts, record = DraftRepository(session), _record(session, name)
        edit = drafts.last_undoable(record.name) if back else drafts.last_redoable(record.name)
        if edit is None:
            raise InvalidValue(f"There is nothing to {'undo' if back else 'redo'}.")
        change = Change.load(edit.change)
        change = change.inverted() if back else change
        after = change.applied_to(_drawing(session, record))
        save = drafts.save_undo if back else drafts.save_redo
        revision = save(
            record.name,
            record.revision,
            edit_id=edit.id,
            spec=_with_drawing(record, after.document),
            layout=after.layout.model_dump(mode="json"),
            author=actor.name,
            now=control.clock.now(),
        )
        return _outcome(session, _saved(session, record, revision), change, base_revision, live)

    return retried(control, attempt)


def retried(control: Control, attempt: Callable[[Session], T]) -> T:
    """Return what an attempt returns, made anew when somebody else saved in between; raises `StaleRow` in the end."""
    for left in reversed(range(ATTEMPTS)):
        try:
            with control.database.write() as session:
                return attempt(session)
        except StaleRow:
            if left == 0:
                raise
    raise AssertionError("the last attempt returns or raises")


def _live(control: Control) -> LiveSettings:
    require_flag(control, "orchestration_studio_enabled")
    return settings_in_force(control).live


def _record(session: Session, name: str) -> DraftRecord:
    record = DraftRepository(session).get(SpecName(name))
    if record is None:
        raise NotFound("workflow", name)
    return record


def _saved(session: Session, record: DraftRecord, revision: int) -> DraftRecord:
    saved = _record(session, record.name)
    if saved.revision != revision:
        raise AssertionError(f"saved revision {revision}, read {saved.revision} in the same transaction")
    return saved


def _drawing(session: Session, record: DraftRecord) -> Drawing:
    document = drawing_of(WorkflowSpec.model_validate(record.spec))
    return Drawing(
        document=frozen(document, SavedWorkflows(session)),
        layout=Layout.model_validate(record.layout),
    )


def _with_drawing(record: DraftRecord, document: GraphDocument) -> dict[str, Any]:
    spec = {**record.spec, "params": {**record.spec["params"], "graph": unfrozen(document).dump()}}
    size = len(canonical_json(spec).encode())
    if size > MAX_BYTES:
        raise InvalidValue(
            f"The drawing would take {size:,} bytes; {MAX_BYTES:,} are possible. Shorten a text field."
        )
    return spec


def _outcome(
    session: Session, record: DraftRecord, change: Change, base_revision: int, live: LiveSettings
) -> EditOutcome:
    made = 0 if change.is_empty else 1
    return EditOutcome(
        draft=_state(session, record, live), change=change, merged=record.revision - made != base_revision
    )


def _state(session: Session, record: DraftRecord, live: LiveSettings) -> DraftState:
    drafts, drawing = DraftRepository(session), _drawing(session, record)
    return DraftState(
        name=record.name,
        revision=record.revision,
        drawing=drawing,
        spec=WorkflowSpec.model_validate(record.spec),
        issues=validate(drawing.document, live),
        saved_at=record.updated_at,
        saved_by=record.updated_by,
        workflows=[name for name in drafts.names(STUDIO) if name != record.name],
        undo_label=_label(drafts.last_undoable(record.name)),
        redo_label=_label(drafts.last_redoable(record.name)),
    )


def _label(edit: EditRecord | None) -> str:
    return edit.label if edit else ""
