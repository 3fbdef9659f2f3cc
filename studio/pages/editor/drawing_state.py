"""What the editor page keeps between events, and how an edit goes to the database and back to the screen."""

from collections.abc import AsyncIterator
from typing import Any

import reflex as rx

from runtime.graph.edits import Edit
from runtime.ids import SpecName
from studio.canvas.bridge import Patch
from studio.canvas.projection import Marks, Op
from studio.pages.editor import session
from studio.pages.editor.fields import FieldView
from studio.pages.editor.session import Screen, Seen, Unsaved
from studio.pages.editor.views import InspectorView, PickerView, ProblemView
from studio.session_state import actor_of
from studio.wiring import services

Effects = AsyncIterator[Any]
"""Events that a handler sends on; Reflex has no type that covers all of them."""


class DrawingState(rx.State, mixin=True):
    """The open drawing of this tab; the base of `EditorState`, without events."""

    workflow: str = ""
    phase: str = "loading"
    """`loading`, `ready` or `failed`."""
    failure: str = ""
    patch: Patch = {"seq": 0, "ops": []}
    revision: int = 0
    saving: str = "saved"
    """`saved`, `saving` or `failed`."""
    save_failure: str = ""
    saved_at: str = ""
    saved_by: str = ""
    notice: str = ""
    node_count: int = 0
    can_undo: bool = False
    can_redo: bool = False
    undo_label: str = ""
    redo_label: str = ""
    problems: list[ProblemView] = []
    error_count: int = 0
    inspector: InspectorView = InspectorView()
    picker: PickerView = PickerView()
    picker_query: str = ""
    palette_query: str = ""
    sheet_open: bool = False
    starting: bool = False
    _marks: Marks = {}
    _nodes: tuple[str, ...] = ()
    _edges: tuple[str, ...] = ()
    _unsaved: tuple[Edit, ...] = ()

    async def _screen(self, *, fit: bool) -> Screen:
        actor, seen = await actor_of(self), self._seen()
        return await rx.run_in_thread(lambda: session.opened(services().control, actor, seen, fit=fit))

    async def _save(self, *edits: Edit, typed: str = "", then: tuple[Op, ...] = ()) -> Effects:
        self._unsaved = (*self._unsaved, *edits)
        waiting, self.saving = self._unsaved, "saving"
        yield None
        actor, seen = await actor_of(self), self._seen()
        result = await rx.run_in_thread(
            lambda: session.saved(services().control, actor, seen, waiting, typed=typed)
        )
        if isinstance(result, Unsaved):
            self._unsaved, self.saving, self.save_failure = result.edits, "failed", result.reason
            return
        self._unsaved = ()
        self._show(result, then)
        if result.refusal:
            yield rx.toast.warning(result.refusal, id="refused")

    async def _step(self, step: session.Step) -> Effects:
        if self._unsaved:
            yield self._unsaved_words()
            return
        actor, seen = await actor_of(self), self._seen()
        screen = await rx.run_in_thread(lambda: session.stepped(services().control, actor, seen, step))
        self._show(screen)
        if screen.refusal:
            yield rx.toast.warning(screen.refusal, id="refused")

    def _unsaved_words(self) -> Any:  # noqa: ANN401  an event
        count = len(self._unsaved)
        return rx.toast.warning(
            f"{count} change{'' if count == 1 else 's'} could not be saved. Press Retry first.", id="unsaved"
        )

    def _seen(self) -> Seen:
        return Seen(
            name=SpecName(self.workflow),
            revision=self.revision,
            marks=dict(self._marks),
            nodes=tuple(self._nodes),
            edges=tuple(self._edges),
            inspector=self.inspector,
        )

    def _show(self, screen: Screen, then: tuple[Op, ...] = ()) -> None:
        draft = screen.draft
        self.revision, self._marks, self._nodes = draft.revision, screen.marks, screen.nodes
        self.saving = "failed" if self._unsaved else "saved"
        self.saved_at, self.saved_by = draft.saved_at.isoformat(), draft.saved_by
        self.can_undo, self.undo_label = draft.can_undo, draft.undo_label
        self.can_redo, self.redo_label = draft.can_redo, draft.redo_label
        self.node_count = len(draft.drawing.document.nodes)
        self.problems = screen.problems
        self.error_count = sum(problem.level == "error" for problem in screen.problems)
        self.inspector = screen.inspector
        self.notice = screen.notice or self.notice
        if screen.ops or then:
            self._send([*screen.ops, *then])

    def _send(self, ops: list[Op]) -> None:
        self.patch = {"seq": self.patch["seq"] + 1, "ops": ops}

    def _field(self, node: str, name: str) -> FieldView | None:
        fields = self.inspector.fields if self.inspector.node == node else []
        return next((view for view in fields if view.name == name), None)
