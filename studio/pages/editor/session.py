"""One visit of the editor, as plain blocking functions: call a control function, return what the screen shows next.

Knows no Reflex; `EditorState` calls these in a thread and assigns what comes back.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from runtime.errors import StudioError, UserError
from runtime.graph.drawing import Change, Drawing
from runtime.graph.edits import AddNode, Duplicate, Edit
from runtime.ids import SpecName
from runtime.status import is_terminal
from studio.canvas.projection import Marks, Op, marks, patch, reset, select
from studio.canvas.scene import scene
from studio.pages.editor.views import (
    InspectorView,
    PickerItem,
    ProblemView,
    free_spot,
    inspector_view,
    picker_items,
    problem_views,
)
from tasks.access import Actor
from tasks.control.context import Control
from tasks.control.drafts import DraftState, EditOutcome, edit_draft, open_draft, redo_draft, undo_draft
from tasks.control.runs import list_runs

_log = logging.getLogger(__name__)
MERGED = "This workflow was also changed elsewhere. Both changes are kept, and the canvas shows them."
NEWER = "This workflow was changed elsewhere. The canvas shows the newest revision."
Step = Literal["undo", "redo"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What this tab shows at the moment, and so what a change is made on."""

    name: SpecName
    revision: int = 0
    marks: Marks = field(default_factory=dict[str, str])
    nodes: tuple[str, ...] = ()
    """Selected nodes."""
    edges: tuple[str, ...] = ()
    """Selected wires."""
    inspector: InspectorView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What the editor shows after an action."""

    draft: DraftState
    ops: list[Op]
    marks: Marks
    problems: list[ProblemView]
    inspector: InspectorView
    nodes: tuple[str, ...]
    """Selected nodes."""
    notice: str = ""
    """What happened elsewhere, in words."""
    refusal: str = ""
    """Why the last change was not made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsaved:
    """The changes could not be stored; they are still to be made, in this order."""

    edits: tuple[Edit, ...]
    reason: str


def opened(control: Control, actor: Actor, seen: Seen, *, fit: bool, notice: str = "") -> Screen:
    """Return the whole drawing as it is stored now."""
    return _whole(open_draft(control, actor, seen.name), seen, fit=fit, notice=notice)


def opened_or_why(control: Control, actor: Actor, seen: Seen) -> Screen | str:
    """Return the whole drawing, or why it cannot be shown, in one sentence."""
    try:
        return opened(control, actor, seen, fit=True)
    except StudioError as error:
        return error.message
    except Exception:  # noqa: BLE001  the page must say something, whatever it was
        _log.exception("a drawing could not be opened", extra={"workflow": seen.name})
        return "The studio could not read it; the server's log has the cause. Reload the page to try again."


def refreshed(control: Control, actor: Actor, seen: Seen) -> Screen | None:
    """Return the whole drawing if it was changed elsewhere since this tab has heard of it."""
    draft = open_draft(control, actor, seen.name)
    return None if draft.revision == seen.revision else _whole(draft, seen, fit=False, notice=NEWER)


def saved(
    control: Control, actor: Actor, seen: Seen, edits: Sequence[Edit], *, typed: str = ""
) -> Screen | Unsaved:
    """Make the edits, in order, and return what they lead to; `typed` is the field that somebody is typing into.

    An edit that cannot be made comes back as `refusal` with the stored drawing; one that could not be stored, because a
    part of the installation does not answer, comes back as `Unsaved` with those after it.
    """
    left = list(edits)
    done: list[EditOutcome] = []
    try:
        while left:
            base = done[-1].draft.revision if done else seen.revision
            done.append(edit_draft(control, actor, seen.name, base, _settled(control, actor, seen, left[0])))
            left.pop(0)
    except UserError as refusal:
        return replace(opened(control, actor, seen, fit=False), refusal=refusal.message)
    except Exception as failure:  # noqa: BLE001  whatever it was: the change is kept, the screen says so, Retry makes it
        _log.exception("an edit could not be stored", extra={"workflow": seen.name})
        return Unsaved(edits=tuple(left), reason=_words(failure))
    if len(done) == 1:
        return _after(done[0], seen, edits[0], typed=typed)
    merged = any(outcome.merged for outcome in done)
    return opened(control, actor, seen, fit=False, notice=MERGED if merged else "")


def stepped(control: Control, actor: Actor, seen: Seen, step: Step) -> Screen:
    """Undo or redo; a step that is no longer possible comes back as `refusal`."""
    act: Callable[[Control, Actor, SpecName, int], EditOutcome] = undo_draft if step == "undo" else redo_draft
    try:
        outcome = act(control, actor, seen.name, seen.revision)
    except UserError as refusal:
        return replace(opened(control, actor, seen, fit=False), refusal=refusal.message)
    return _after(outcome, seen, None)


def inspected(control: Control, actor: Actor, seen: Seen) -> InspectorView:
    """Return what the inspector shows of the selection."""
    draft = open_draft(control, actor, seen.name)
    return inspector_view(
        draft.drawing,
        draft.issues,
        seen.nodes,
        seen.edges,
        revision=draft.revision,
        workflows=draft.workflows,
    )


def choices(control: Control, actor: Actor, seen: Seen, source: str, port: str) -> list[PickerItem]:
    """Return the kinds for the picker: those that take the wire, or all of them."""
    return picker_items(open_draft(control, actor, seen.name).drawing.document, source, port)


def run_under_way(control: Control, actor: Actor, name: str) -> str:
    """Return the id of the workflow's newest run that has not ended; empty when there is none."""
    newest = list_runs(control, actor, spec_name=name, limit=1).runs
    return str(newest[0].run_id) if newest and not is_terminal(newest[0].status) else ""


def added_nodes(change: Change) -> tuple[str, ...]:
    """Return the ids of nodes that a change has brought."""
    return tuple(key for key, (before, after) in change.nodes.items() if before is None and after is not None)


def _after(outcome: EditOutcome, seen: Seen, edit: Edit | None, *, typed: str = "") -> Screen:
    draft, change = outcome.draft, outcome.change
    chosen = added_nodes(change) if isinstance(edit, AddNode | Duplicate) else ()
    seen = replace(seen, nodes=chosen, edges=()) if chosen else seen
    if outcome.merged:
        screen = _whole(draft, seen, fit=False, notice=MERGED)
    else:
        view = scene(draft.drawing, draft.issues)
        after = marks(view)
        screen = _screen(draft, seen, patch(view, change, seen.marks, after), after, typed=typed)
    return replace(screen, ops=[*screen.ops, select(chosen)]) if chosen else screen


def _whole(draft: DraftState, seen: Seen, *, fit: bool, notice: str = "") -> Screen:
    view = scene(draft.drawing, draft.issues)
    return replace(_screen(draft, seen, [reset(view, fit=fit)], marks(view), typed=""), notice=notice)


def _screen(draft: DraftState, seen: Seen, ops: list[Op], after: Marks, *, typed: str) -> Screen:
    document = draft.drawing.document
    known = {node.id for node in document.nodes}
    return Screen(
        draft=draft,
        ops=ops,
        marks=after,
        problems=problem_views(document, draft.issues),
        nodes=tuple(node for node in seen.nodes if node in known),
        inspector=inspector_view(
            draft.drawing,
            draft.issues,
            seen.nodes,
            seen.edges,
            revision=draft.revision,
            before=seen.inspector,
            typed=typed,
            workflows=draft.workflows,
        ),
    )


def _settled(control: Control, actor: Actor, seen: Seen, edit: Edit) -> Edit:
    """Return the edit with a free place for a node that would cover another."""
    if not isinstance(edit, AddNode):
        return edit
    drawing: Drawing = open_draft(control, actor, seen.name).drawing
    x, y = free_spot(drawing, edit.x, edit.y)
    return replace(edit, x=x, y=y)


def _words(failure: Exception) -> str:
    reason = failure.message if isinstance(failure, StudioError) else "the studio's log has the cause"
    return reason.rstrip(".")
