"""The run that a tab follows. Handlers stay thin: `follower` reads, `screen`, `timeline` and `halts` decide what shows."""

from typing import Any

import reflex as rx
from reflex.event import EventSpec
from reflex_base.registry import RegistrationContext

from runtime.errors import NotFound, SignInRequired, StudioError
from runtime.graph.document import GraphDocument, Layout
from runtime.ids import RunId
from runtime.values import ArtifactRef
from studio import routes
from studio.charts.model import Preview
from studio.run_view.asking import Asked, asked, waiting_for
from studio.run_view.follower import Reading, follow
from studio.run_view.halts import HaltView, halt_view
from studio.run_view.picture import FULL, Picture, picture, titles_of
from studio.run_view.screen import (
    Head,
    Inspection,
    LogRow,
    canvas_message,
    head,
    inspection,
    log_rows,
    refs_of,
    report_refs,
)
from studio.run_view.source import ControlReader, load_previews
from studio.run_view.timeline import Row, Tick, timeline
from studio.run_view.view import RunView, card_states, changes
from studio.session_state import actor_of
from studio.wiring import services
from tasks.control.runs import start_run

NO_PICTURE = Picture(width=0, height=0, box_width=0, box_height=0, boxes=[], wires=[], name="")


class RunState(rx.State):
    """One followed run: what the dock, the run page and the canvas show of it."""

    run_id: str = ""
    head: Head = Head()
    freshness: str = ""
    stale_seconds: int = 0
    missing: str = ""
    """Why there is no such run to show."""
    rows: list[Row] = []
    ticks: list[Tick] = []
    statuses: dict[str, str] = {}
    """Node → state, for the picture."""
    node_status: dict[str, Any] = {"seq": 0, "changes": {}}
    """For the canvas: number and node → `{status, line}`."""
    log: list[LogRow] = []
    picture: Picture = NO_PICTURE
    halt: HaltView = HaltView()
    asked: list[Asked] = []
    """What the run has asked people."""
    waiting_for: list[Asked] = []
    """Of these, what has no answer yet."""
    selected: str = ""
    """The opened transition."""
    inspected: Inspection = Inspection()
    loading: bool = False
    reports: list[Preview] = []
    tab: str = "timeline"
    dock_open: bool = True

    _view: RunView | None = None
    _previews: dict[str, Preview] = {}
    _reported: list[str] = []

    @rx.event
    def leave(self) -> None:
        """Stop following: the page shows no run any more."""
        self._forget("")

    @rx.event
    def choose_tab(self, tab: str) -> None:
        """Show another part of the dock, and open it."""
        self.tab, self.dock_open = tab, True

    @rx.event
    def toggle_dock(self) -> None:
        """Fold the dock away, or back."""
        self.dock_open = not self.dock_open

    @rx.event
    def close_inspection(self) -> None:
        """Close the opened transition."""
        self.selected, self.inspected = "", Inspection()

    @rx.event
    async def inspect(self, transition_id: str) -> Any:  # noqa: ANN401  an event generator
        """Open one transition: at once what is known, then its values."""
        self.selected, self.loading = transition_id, True
        self._show_inspection()
        yield
        await self._load(refs_of(self._view.transition(transition_id) if self._view else None))
        self.loading = False
        self._show_inspection()

    @rx.event
    async def inspect_node(self, node: str) -> Any:  # noqa: ANN401  an event
        """Open the newest transition of a node; a node that has not run closes what is open."""
        last = self._view.last_of(node) if self._view else None
        return RunState.inspect(last.id) if last else RunState.close_inspection

    @rx.event
    async def run_again(self) -> EventSpec:
        """Start the same workflow with the same inputs, and go to the new run."""
        actor, control = await actor_of(self), services().control
        record = await ControlReader(control, actor, RunId(self.run_id)).record()
        name, inputs = record.summary.spec_name, record.inputs
        started = await rx.run_in_thread(lambda: start_run(control, actor, name, inputs))
        return rx.redirect(routes.run(started.run_id))

    @rx.event(background=True, supersedes=True)
    async def follow(self, run_id: str) -> None:
        """Follow a run until its end is proved, another one is followed, or nobody watches."""
        actor, control, token = await actor_of(self), services().control, self.router.session.client_token
        reader = ControlReader(control, actor, RunId(run_id))
        titles, missing = await _known(reader)
        async with self:
            self._forget(run_id)
            self.missing = missing
        if missing:
            return

        async def is_watched() -> bool:
            return self.run_id == run_id and _is_connected(token) and await _is_signed_in(self)

        view = RunView(run_id=RunId(run_id), titles=titles)
        async for reading in follow(view, reader, clock=control.clock, is_watched=is_watched):
            async with self:
                if self.run_id != run_id:
                    return
                self._show(view, reading)
                self.asked = asked(reading, actor)
                self.waiting_for = waiting_for(self.asked)
                fresh = self._fresh_reports(reading.view)
            view = reading.view
            if fresh:
                previews = await load_previews(control, actor, fresh)
                async with self:
                    self._previews |= previews
                    self._show_reports()

    def _forget(self, run_id: str) -> None:
        number = self.node_status["seq"]
        self.reset()
        self.run_id = run_id
        # The canvas ignores a number that it has seen: a run that is followed again must not start at the same one.
        self.node_status = {"seq": number + 1, "changes": {}}

    def _show(self, before: RunView, reading: Reading) -> None:
        view = reading.view
        self.freshness, self.stale_seconds = reading.freshness, reading.stale_seconds
        self.head = head(reading)
        self.halt = halt_view(reading.halt, only=view.run_id)
        drawn = timeline(view, reading.elapsed_ms)
        self.rows, self.ticks = drawn.rows, drawn.ticks
        if reading.record and reading.record.dispatch and not self.picture.boxes:
            self.picture = _picture_of(reading.record.dispatch.spec, reading.record.dispatch.layout)
        if before.seq != view.seq:
            self._show_nodes(before, view)
        self._view = view
        self._show_inspection()

    def _show_nodes(self, before: RunView, view: RunView) -> None:
        self.log = log_rows(view)
        states = {node: state.dump() for node, state in card_states(view).items()}
        self.statuses = {node: state["status"] for node, state in states.items()}
        number = int(self.node_status["seq"]) + 1
        self.node_status = canvas_message(states, changes(before, view), seq=number)

    def _show_inspection(self) -> None:
        if self.selected and self._view:
            self.inspected = inspection(self._view, self.selected, self._previews)

    def _fresh_reports(self, view: RunView) -> list[ArtifactRef]:
        refs = report_refs(view)
        self._reported = [ref.digest for ref in refs]
        return [ref for ref in refs if ref.digest not in self._previews]

    def _show_reports(self) -> None:
        self.reports = [self._previews[digest] for digest in self._reported if digest in self._previews]

    async def _load(self, refs: list[ArtifactRef]) -> None:
        missing = [ref for ref in refs if ref.digest not in self._previews]
        if missing:
            self._previews |= await load_previews(services().control, await actor_of(self), missing)


def _picture_of(spec: dict[str, Any], layout: dict[str, Any]) -> Picture:
    document = _document(spec)
    return picture(document, Layout.model_validate(layout or {}), scale=FULL) if document else NO_PICTURE


def _document(spec: dict[str, Any]) -> GraphDocument | None:
    graph = spec.get("params", {}).get("graph")
    return GraphDocument.parse(graph) if isinstance(graph, dict) else None


async def _known(reader: ControlReader) -> tuple[dict[str, str], str]:
    """Return the titles of the run's nodes, and why there is nothing to follow if so.

    A database that does not answer is no reason: it may come back.
    """
    try:
        record = await reader.record()
    except NotFound as error:
        return {}, error.message
    except StudioError:
        return {}, ""
    document = _document(record.dispatch.spec) if record.dispatch else None
    return (titles_of(document) if document else {}), ""


async def _is_signed_in(state: rx.State) -> bool:
    try:
        await actor_of(state)
    except SignInRequired:
        return False
    except StudioError:
        return True
    return True


def _is_connected(token: str) -> bool:
    namespace = RegistrationContext.get().app.event_namespace
    return namespace is not None and token in namespace.token_to_sid
