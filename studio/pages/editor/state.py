"""What the editor page keeps between events. Geometry lives in the browser, rules in the runtime, the drawing in the database."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import reflex as rx

from runtime.errors import InvalidValue, StudioError
from runtime.graph.document import GraphDocument
from runtime.graph.edits import AddNode, Configure, Connect, Duplicate, Edit, Move, Remove, Rename, Tidy
from runtime.ids import SpecName
from runtime.catalog import kind_named
from studio.canvas.bridge import Patch
from studio.canvas.events import (
    MovePayload,
    PointPayload,
    ReleasePayload,
    WirePayload,
    parse_edge_ids,
    parse_moves,
    parse_node_ids,
    parse_point,
    parse_release,
    parse_wire,
)
from studio.canvas.projection import Marks, Op, focus
from studio.pages.editor import session
from studio.pages.editor.fields import FieldView, parse_field
from studio.pages.editor.session import Screen, Seen, Unsaved
from studio.pages.editor.views import (
    InspectorView,
    PickerView,
    ProblemView,
    check_words,
    ends_of,
    first_match,
    picker_items,
)
from studio.run_view.state import RunState
from studio.session_state import actor_of
from studio.wiring import services
from tasks.control.drafts import open_draft
from tasks.control.runs import start_run

Effects = AsyncIterator[Any]
"""Events that a handler sends on; Reflex has no type that covers all of them."""

MIDDLE = (440, 180)
"""Where the picker opens in the window when nothing was pointed at."""
MANY = 150
"""Nodes from which on the canvas draws only what is visible."""


class EditorState(rx.State):
    """The open drawing of this tab."""

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

    @rx.event
    async def open(self) -> Effects:
        """Show the workflow of the address."""
        self.reset()
        self.workflow = self.router.url.path.rpartition("/")[2]
        yield
        try:
            self._show(await self._screen(fit=True))
            self.phase = "ready"
        except StudioError as error:
            self.phase, self.failure = "failed", error.message
        yield await self._run_to_follow()
        # The canvas has it now; kept, each later hydration of the page would carry the whole drawing again.
        self.patch = {"seq": self.patch["seq"], "ops": []}

    @rx.event
    async def snapshot(self, have: int) -> Effects:  # noqa: ARG002  the canvas tells what it has; it gets all
        """Send the whole drawing again: the canvas has missed a patch."""
        if self.phase == "ready":
            self._show(await self._screen(fit=False))
            yield
            self.patch = {"seq": self.patch["seq"], "ops": []}

    @rx.event
    async def tab_shown(self) -> Effects:
        """Look whether the workflow was changed elsewhere while this tab was in the background."""
        if self.phase == "ready" and not self._unsaved:
            actor, seen = await actor_of(self), self._seen()
            screen = await rx.run_in_thread(lambda: session.refreshed(services().control, actor, seen))
            if screen is not None:
                self._show(screen)
                yield

    @rx.event
    async def nodes_moved(self, moves: list[MovePayload]) -> Effects:
        """Keep where nodes were put down."""
        async for effect in self._save(Move(positions=parse_moves(moves))):
            yield effect

    @rx.event
    async def wire_drawn(self, wire: WirePayload) -> Effects:
        """Keep a new wire."""
        ends = parse_wire(wire)
        edit = Connect(
            source=ends.source, source_port=ends.source_port, target=ends.target, target_port=ends.target_port
        )
        async for effect in self._save(edit):
            yield effect

    @rx.event
    async def removed(self, nodes: list[str], edges: list[str]) -> Effects:
        """Delete nodes and wires."""
        async for effect in self._save(Remove(nodes=parse_node_ids(nodes), edges=parse_edge_ids(edges))):
            yield effect

    @rx.event
    async def remove_selected(self) -> Effects:
        """Delete what the inspector shows."""
        async for effect in self._save(Remove(nodes=self._nodes, edges=self._edges)):
            yield effect

    @rx.event
    async def selected(self, nodes: list[str], edges: list[str]) -> None:
        """Show the selection in the inspector."""
        chosen = parse_node_ids(nodes), parse_edge_ids(edges)
        if chosen == (self._nodes, self._edges) or self.phase != "ready":
            return
        self._nodes, self._edges = chosen
        actor, seen = await actor_of(self), self._seen()
        self.inspector = await rx.run_in_thread(lambda: session.inspected(services().control, actor, seen))

    @rx.event
    async def kind_added(self, kind: str, at: PointPayload) -> Effects:
        """Add a node of a kind at a place; a card is 200 wide, so it stands with its middle there."""
        place = parse_point(at)
        async for effect in self._save(AddNode(kind=kind, x=place.x - 100, y=place.y - 36)):
            yield effect

    @rx.event
    async def kind_dropped(self, kind: str, at: PointPayload) -> Effects:
        """Add a node where it was dropped; a drop of anything else than a kind does nothing."""
        place = parse_point(at)
        if kind:
            async for effect in self._save(AddNode(kind=kind, x=place.x - 100, y=place.y - 14)):
                yield effect

    @rx.event
    async def wire_released(self, release: ReleasePayload) -> None:
        """Offer the kinds that take the wire which was let go over empty canvas."""
        let_go = parse_release(release)
        if let_go is not None:
            await self._ask(
                PickerView(
                    left=let_go.left,
                    top=let_go.top,
                    x=let_go.at.x,
                    y=let_go.at.y,
                    source=let_go.node,
                    port=let_go.port,
                )
            )

    @rx.event
    async def canvas_asked(self, at: ReleasePayload) -> None:
        """Offer all kinds at the place that was double-clicked."""
        place, click = parse_point(at), parse_point({"x": at.get("left"), "y": at.get("top")})
        await self._ask(PickerView(left=click.x, top=click.y, x=place.x, y=place.y))

    @rx.event
    async def any_asked(self, at: PointPayload) -> None:
        """Offer all kinds, in the middle of the window."""
        place = parse_point(at)
        await self._ask(PickerView(left=MIDDLE[0], top=MIDDLE[1], x=place.x - 100, y=place.y))

    @rx.event
    async def picked(self, kind: str) -> Effects:
        """Add the kind chosen in the picker, wired to where the wire came from."""
        view, self.picker = self.picker, PickerView()
        link = (view.source, view.port) if view.source else None
        async for effect in self._save(AddNode(kind=kind, x=view.x, y=view.y - 36, link_from=link)):
            yield effect

    @rx.event
    async def picker_entered(self) -> Effects:
        """Take the first kind that the filter leaves."""
        item = first_match(self.picker.choices, self.picker_query)
        if item is not None:
            async for effect in self.picked(item.kind):
                yield effect

    @rx.event
    def picker_filtered(self, query: str) -> None:
        """Narrow the picker."""
        self.picker_query = query[:100]

    @rx.event
    def picker_closed(self) -> None:
        """Close the picker; the wire is gone, nothing was added."""
        self.picker = PickerView()

    @rx.event
    def palette_filtered(self, query: str) -> None:
        """Narrow the palette."""
        self.palette_query = query[:100]

    @rx.event
    async def palette_entered(self, at: PointPayload) -> Effects:
        """Add the first kind that the filter of the palette leaves."""
        item = first_match(picker_items(GraphDocument()), self.palette_query)
        if item is not None:
            async for effect in self.kind_added(item.kind, at):
                yield effect

    @rx.event
    async def field_typed(self, node: str, name: str, text: str) -> Effects:
        """Store what stands in a field, right or wrong."""
        view = self._field(node, name)
        if view is not None and view.value != text:
            value = parse_field(kind_named(self.inspector.kind), name, text)
            async for effect in self._save(Configure(node=node, field=name, value=value), typed=name):
                yield effect

    @rx.event
    async def field_left(self, node: str, name: str, text: str) -> Effects:
        """Store a field at once when it is left; the pause of typing may not be over."""
        async for effect in self.field_typed(node, name, text):
            yield effect

    @rx.event
    async def field_chosen(self, node: str, name: str, value: str) -> Effects:
        """Store a choice."""
        if self._field(node, name) is not None:
            chosen = parse_field(kind_named(self.inspector.kind), name, value)
            async for effect in self._save(Configure(node=node, field=name, value=chosen)):
                yield effect

    @rx.event
    async def field_switched(self, node: str, name: str, on: bool) -> Effects:  # noqa: FBT001  payload
        """Store a switch."""
        if self._field(node, name) is not None:
            async for effect in self._save(Configure(node=node, field=name, value=bool(on))):
                yield effect

    @rx.event
    async def tags_added(self, node: str, name: str, text: str) -> Effects:
        """Add words, separated by commas or spaces, to a list."""
        view, words = self._field(node, name), text.replace(",", " ").split()
        if view is not None and words:
            tags = list(dict.fromkeys((*view.tags, *words)))
            async for effect in self._save(Configure(node=node, field=name, value=tags)):
                yield effect

    @rx.event
    async def tag_removed(self, node: str, name: str, tag: str) -> Effects:
        """Take a word out of a list."""
        view = self._field(node, name)
        if view is not None:
            tags = [each for each in view.tags if each != tag]
            async for effect in self._save(Configure(node=node, field=name, value=tags or None)):
                yield effect

    @rx.event
    async def field_reset(self, node: str, name: str) -> Effects:
        """Set a field back to its default."""
        async for effect in self._save(Configure(node=node, field=name, value=None)):
            yield effect

    @rx.event
    async def renamed(self, node: str, title: str) -> Effects:
        """Give the node another title."""
        if node == self.inspector.node and title.strip() != self.inspector.custom_title:
            async for effect in self._save(Rename(node=node, title=title), typed="title"):
                yield effect

    @rx.event
    async def undo(self) -> Effects:
        """Take the last change back."""
        async for effect in self._step("undo"):
            yield effect

    @rx.event
    async def redo(self) -> Effects:
        """Make the change again that was taken back last."""
        async for effect in self._step("redo"):
            yield effect

    @rx.event
    async def tidy(self) -> Effects:
        """Lay the drawing out from left to right."""
        async for effect in self._save(Tidy(), then=({"op": "fit"},)):
            yield effect

    @rx.event
    async def duplicate(self, nodes: list[str]) -> Effects:
        """Copy nodes with the wires among them."""
        chosen = parse_node_ids(nodes) or self._nodes
        if chosen:
            async for effect in self._save(Duplicate(nodes=chosen)):
                yield effect

    @rx.event
    async def retry(self) -> Effects:
        """Store again what could not be stored."""
        async for effect in self._save():
            yield effect

    @rx.event
    async def check(self) -> Effects:
        """Validate again what is stored, and say what came of it."""
        self._show(await self._screen(fit=False))
        yield rx.toast.info(check_words(self.problems), id="check")

    @rx.event
    async def go_to(self, node: str, edge: str) -> None:
        """Select what a problem is about and bring it into view."""
        actor, name = await actor_of(self), SpecName(self.workflow)
        draft = await rx.run_in_thread(lambda: open_draft(services().control, actor, name))
        ends = ends_of(draft.drawing.document, node=node, edge=edge)
        if ends:
            self._send([focus(*ends)])

    @rx.event
    async def pressed(self, action: str, nodes: list[str]) -> Effects:
        """Do what a key stands for."""
        match action:
            case "undo":
                yield EditorState.undo()
            case "redo":
                yield EditorState.redo()
            case "duplicate":
                yield EditorState.duplicate(nodes)
            case "tidy":
                yield EditorState.tidy()
            case "run":
                yield EditorState.run()
            case "save":
                yield EditorState.confirm_saved()
            case "sheet":
                self.sheet_open = True
            case _:
                raise InvalidValue(f"There is no action {action!r}.")

    @rx.event
    def confirm_saved(self) -> Any:  # noqa: ANN401  an event
        """Answer Ctrl+S: everything is saved as it is drawn; say which revision, or that it is not."""
        if self._unsaved:
            return EditorState.retry()
        return rx.toast.info(
            f"Saved as revision {self.revision}. Every change is saved as you make it.", id="saved"
        )

    @rx.event
    def show_sheet(self, is_open: bool) -> None:  # noqa: FBT001  payload
        """Open or close the sheet of shortcuts."""
        self.sheet_open = is_open

    @rx.event
    def dismiss_notice(self) -> None:
        """Put away what was said about changes elsewhere."""
        self.notice = ""

    @rx.event
    async def run(self) -> Effects:
        """Start a run of the drawing as it is stored, and follow it."""
        if self.starting or self._unsaved:
            return
        self.starting = True
        yield
        try:
            actor, name = await actor_of(self), self.workflow
            started = await rx.run_in_thread(lambda: start_run(services().control, actor, name, {}))
            yield RunState.follow(str(started.run_id))
        finally:
            self.starting = False

    async def _screen(self, *, fit: bool) -> Screen:
        actor, seen = await actor_of(self), self._seen()
        return await rx.run_in_thread(lambda: session.opened(services().control, actor, seen, fit=fit))

    async def _run_to_follow(self) -> Any:  # noqa: ANN401  an event
        """Return the event that follows a run which is under way, so that a reload does not lose it."""
        actor, name = await actor_of(self), self.workflow
        run_id = await rx.run_in_thread(lambda: session.run_under_way(services().control, actor, name))
        return RunState.follow(run_id) if run_id else RunState.leave()

    async def _save(self, *edits: Edit, typed: str = "", then: tuple[Op, ...] = ()) -> Effects:
        self._unsaved = (*self._unsaved, *edits)
        waiting, self.saving, self.notice = self._unsaved, "saving", ""
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
            return
        actor, seen = await actor_of(self), self._seen()
        screen = await rx.run_in_thread(lambda: session.stepped(services().control, actor, seen, step))
        self._show(screen)
        if screen.refusal:
            yield rx.toast.warning(screen.refusal, id="refused")

    async def _ask(self, view: PickerView) -> None:
        actor, seen = await actor_of(self), self._seen()
        fitting = await rx.run_in_thread(
            lambda: session.choices(services().control, actor, seen, view.source, view.port)
        )
        self.picker_query = ""
        self.picker = replace(view, open=True, choices=fitting)

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
        self.saving, self.save_failure = "saved", ""
        self.saved_at, self.saved_by = draft.saved_at.isoformat(), draft.saved_by
        self.can_undo, self.undo_label = draft.can_undo, draft.undo_label
        self.can_redo, self.redo_label = draft.can_redo, draft.redo_label
        self.node_count = len(draft.drawing.document.nodes)
        self.problems = screen.problems
        self.error_count = sum(problem.level == "error" for problem in screen.problems)
        self.inspector = screen.inspector
        self.notice = screen.notice
        if screen.ops or then:
            self._send([*screen.ops, *then])

    def _send(self, ops: list[Op]) -> None:
        self.patch = {"seq": self.patch["seq"] + 1, "ops": ops}

    def _field(self, node: str, name: str) -> FieldView | None:
        fields = self.inspector.fields if self.inspector.node == node else []
        return next((view for view in fields if view.name == name), None)
