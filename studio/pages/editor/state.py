"""The state of the editor page. Geometry lives in the browser, rules in the runtime, the drawing in the database."""

from typing import Any
from urllib.parse import unquote

import reflex as rx

from runtime.errors import InvalidValue, StudioError
from runtime.graph.document import GraphDocument
from runtime.graph.edits import AddNode, Connect, Duplicate, Move, Remove, Tidy
from runtime.ids import SpecName
from studio.canvas.events import (
    MovePayload,
    PointPayload,
    WirePayload,
    parse_edge_ids,
    parse_moves,
    parse_node_ids,
    parse_point,
    parse_wire,
)
from studio.canvas.projection import focus
from studio.pages.editor import session
from studio.pages.editor.drawing_state import Effects
from studio.pages.editor.form_events import FormEvents
from studio.pages.editor.picker_events import PickerEvents
from studio.pages.editor.views import PickerView, check_words, ends_of, first_match, picker_items
from studio.run_view.state import RunState
from studio.session_state import actor_of
from studio.wiring import services
from tasks.control.drafts import open_draft
from tasks.control.runs import start_run

MANY = 150
"""Nodes from which on the canvas draws only what is visible."""


class EditorState(FormEvents, PickerEvents, rx.State):
    """The open drawing of this tab, with everything a person can do to it."""

    @rx.event
    async def open(self) -> Effects:
        """Show the workflow of the address."""
        name = unquote(self.router.url.path.rpartition("/")[2])
        if name == self.workflow and self.phase == "ready":
            yield EditorState.come_back()
            return
        self.reset()
        self.workflow = name
        yield
        actor, seen = await actor_of(self), self._seen()
        screen = await rx.run_in_thread(lambda: session.opened_or_why(services().control, actor, seen))
        if isinstance(screen, str):
            self.phase, self.failure = "failed", screen
            return
        self._show(screen)
        self.phase = "ready"
        yield await self._run_to_follow()

    @rx.event
    async def come_back(self) -> Effects:
        """Go on after a reload or a lost connection: nothing that was not saved is dropped.

        A canvas that was kept stays as it is; a new one asks for its snapshot by itself.
        """
        self.picker, self.sheet_open = PickerView(), False
        yield EditorState.retry() if self._unsaved else EditorState.tab_shown()
        shown = await self.get_state(RunState)
        # Following ends with the connection; the same run is followed on, also one that has ended meanwhile.
        own = shown.run_id if shown.head.workflow == self.workflow else ""
        yield RunState.follow(own) if own else await self._run_to_follow()

    @rx.event
    async def snapshot(self, have: int) -> None:
        """Send the whole drawing again: the canvas has missed a patch, or (`have` below 0) has nothing yet."""
        if self.phase == "ready":
            self._show(await self._screen(fit=have < 0))

    @rx.event
    def drawing_taken(self, number: int) -> None:
        """Let go of the drawing that was sent; kept, each later hydration of the page would carry it again."""
        if number == self.patch["seq"]:
            self.patch = {"seq": number, "ops": []}

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
    async def selected(self, nodes: list[str], edges: list[str]) -> Effects:
        """Show the selection in the inspector, and in the dock what a selected node has done in the followed run."""
        chosen = parse_node_ids(nodes), parse_edge_ids(edges)
        if chosen == (self._nodes, self._edges) or self.phase != "ready":
            return
        self._nodes, self._edges = chosen
        actor, seen = await actor_of(self), self._seen()
        self.inspector = await rx.run_in_thread(lambda: session.inspected(services().control, actor, seen))
        if self.inspector.node and (await self.get_state(RunState)).run_id:
            yield RunState.inspect_node(self.inspector.node)

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
        yield RunState.choose_tab("problems")
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
        if self.starting:
            return
        if self._unsaved:
            yield self._unsaved_words()
            return
        self.starting = True
        yield
        actor, name = await actor_of(self), self.workflow
        try:
            started = await rx.run_in_thread(lambda: start_run(services().control, actor, name, {}))
        except StudioError as refusal:
            # Caught here: what a handler changes before it raises does not reach the browser.
            yield [RunState.choose_tab("problems"), rx.toast.error(refusal.message, id=refusal.code)]
        else:
            yield [RunState.choose_tab("timeline"), RunState.follow(str(started.run_id))]
        self.starting = False

    async def _run_to_follow(self) -> Any:  # noqa: ANN401  an event
        """Return the event that follows a run which is under way, so that a reload does not lose it."""
        actor, name = await actor_of(self), self.workflow
        run_id = await rx.run_in_thread(lambda: session.run_under_way(services().control, actor, name))
        return RunState.follow(run_id) if run_id else RunState.leave()
