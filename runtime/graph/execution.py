"""Run a plan: gather each node's inputs, take the transition, store what came out.

A node that has settled is passed over, and one that waits for a person, or for a node that does, does not begin: so a run
goes on where it was, under either runner, by running its plan once more over the state that it has.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from runtime.agents.memory import AgentMemory, Memory
from runtime.approvals import Answer, Question, Who
from runtime.errors import (
    STOPS,
    AnswerAwaited,
    CapabilityOff,
    ComputeFailed,
    InvalidValue,
    NodeFailed,
    StudioError,
)
from runtime.graph.compile import PAST, GraphState, fold_slots
from runtime.graph.plan import PlannedBody, PlannedNode, Wire
from runtime.graph.section import Section
from runtime.ids import NodeId, RunId, SpecName, VersionId
from runtime.node import Ledger, NodeContext, Port
from runtime.ports import (
    ArtifactStore,
    Clock,
    Compute,
    OrderBook,
    Outbound,
    PriceSource,
    QueuedRun,
    QueueRequest,
    RunQueue,
)
from runtime.settings import LiveSettings, environment_name
from runtime.transitions import HALT_SLOT, Done, Step, TransitionPipeline
from runtime.values import ArtifactRef, Value, checked

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the nodes of a run may use."""

    market: PriceSource
    orders: OrderBook
    artifacts: ArtifactStore
    clock: Clock
    folder: Path
    compute: Compute
    files: Sequence[Path] = ()
    outbound: Outbound | None = None
    memory: AgentMemory | None = None
    queue: RunQueue | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What identifies the run."""

    run_id: RunId
    workflow: SpecName
    spec_hash: str
    inputs: Mapping[str, Any]
    actor: str = ""
    """Who started it; what it enqueues has the same rights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the run nodes stand: what goes before their ids and titles."""

    id: str = ""
    title: str = ""


class GraphRunner:
    """The runner of one run's compiled graph."""

    def __init__(
        self,
        facts: RunFacts,
        world: World,
        transitions: TransitionPipeline,
        *,
        place: Place | None = None,
        answered: Mapping[str, datetime] | None = None,
    ) -> None:
        self._facts = facts
        self._world = world
        self._transitions = transitions
        self._place = place or Place()
        self._answered = answered or {}

    async def step(self, node: PlannedNode, state: GraphState) -> dict[str, Any]:
        """Run or skip one node and return the update of the state; nothing when it has settled or cannot begin yet."""
        if node.id in state["outputs"] or not self._can_begin(node, state):
            return {}
        arrived = _arrived(node, state)
        step = Step(
            node=self._id(node),
            kind=node.kind.kind,
            title=self._title(node),
            inputs=arrived,
            since=self._answered.get(self._id(node)),
        )
        reason = _reason_to_skip(node, arrived)
        if reason is not None:
            self._transitions.skip(step, reason)
            return {"outputs": {node.id: {}}}
        left = _Left()
        try:
            done = await self._transitions.take(step, partial(self._work, node, state, left))
        except AnswerAwaited as awaited:
            if self._place.id:
                # A pass through a body is no segment: the node around it waits, and begins again.
                raise
            return {"asked": {node.id: awaited.subject}}
        self._transitions.heed(left.slots)
        await self._remember(node, left.memories)
        return {
            "outputs": {node.id: {port: ref.dump() for port, ref in done.refs.items()}},
            "slots": {node.id: left.slots},
        }

    async def _remember(self, node: PlannedNode, memories: Sequence[Memory]) -> None:
        """Keep what a completed node decided. That it cannot be kept does not undo the decision, but is told."""
        memory = self._world.memory
        if memory is None:
            return
        for each in memories:
            try:
                await memory.remember(each)
            except StudioError as error:
                _log.warning(
                    "a decision was not remembered", extra={"node": self._id(node), "error": error.message}
                )
                self._transitions.mark(self._id(node), "error", remembered=False, error=error.message)

    def _can_begin(self, node: PlannedNode, state: GraphState) -> bool:
        asked = state["asked"].get(node.id)
        if asked is not None and asked not in self._answered:
            return False
        return all(source in state["outputs"] for source in node.sources)

    async def _ask(
        self, node: PlannedNode, text: str, *, who: Who = "operator", timeout_seconds: float | None = None
    ) -> Answer:
        if self._place.id:
            raise InvalidValue(
                f"{self._title(node)} cannot ask inside of another node: a pass cannot wait. Ask before it or behind it."
            )
        return await self._transitions.ask(
            Question(subject=node.id, title=node.title, text=text, who=who, timeout_seconds=timeout_seconds)
        )

    async def _work(
        self,
        node: PlannedNode,
        state: GraphState,
        left: "_Left",
        live: LiveSettings,
        ledger: Ledger,
    ) -> Done:
        if node.kind.requires and not getattr(live, node.kind.requires):
            needed = f"{environment_name(node.kind.requires)}=true"
            raise CapabilityOff(f"{self._title(node)} requires {needed}.")
        inputs = await self._inputs(node, _arrived(node, state))
        context = self._context(node, live, ledger, state)
        try:
            returned = await node.kind().run(inputs, node.config, context)
            values = _checked_outputs(node, returned)
        except (StudioError, *STOPS):
            raise
        except BaseException as error:
            raise NodeFailed(f"{self._title(node)} failed: {_words(error)}", node=self._id(node)) from error
        if isinstance(context.body, Section):
            ledger.past += context.body.past
        left.slots |= _declared_slots(node, ledger) | ({PAST: ledger.past} if ledger.past else {})
        left.memories += ledger.memories
        refs = {port: await self._world.artifacts.put(value) for port, value in values.items()}
        return Done(outputs=values, refs=refs)

    async def _inputs(self, node: PlannedNode, arrived: Mapping[str, list[ArtifactRef]]) -> dict[str, Any]:
        inputs: dict[str, Any] = {}
        for port in node.kind.inputs:
            values = [await self._world.artifacts.get(ref) for ref in arrived.get(port.id, ())]
            if port.many and values:
                inputs[port.id] = [_plain(port, value) for value in values]
            elif values:
                inputs[port.id] = _plain(port, values[0])
        return inputs

    def _context(
        self, node: PlannedNode, live: LiveSettings, ledger: Ledger, state: GraphState
    ) -> NodeContext:
        return NodeContext(
            run_id=self._facts.run_id,
            node_id=NodeId(self._id(node)),
            workflow=self._facts.workflow,
            config_hash=self._facts.spec_hash,
            inputs=self._facts.inputs,
            settings=live,
            refresh=partial(self._transitions.admit, ledger),
            market=self._world.market,
            orders=self._world.orders,
            clock=self._world.clock,
            folder=self._world.folder,
            ledger=ledger,
            side_effect=self._transitions.side_effect,
            progress=partial(self._transitions.progress, self._id(node)),
            agent_step=partial(self._transitions.agent_step, self._id(node)),
            compute=partial(self._compute, node),
            state=fold_slots(state),
            files=self._world.files,
            outbound=self._world.outbound,
            memory=self._world.memory,
            enqueue=None if self._world.queue is None else partial(self._enqueue, self._world.queue),
            ask=partial(self._ask, node),
            origins={port: [wire.title for wire in wires] for port, wires in _taken(node, state).items()},
            body=None if node.body is None else self._section(node, node.body, state),
        )

    async def _enqueue(
        self,
        queue: RunQueue,
        workflow: str,
        inputs: Mapping[str, Any],
        *,
        version_id: str | None = None,
    ) -> QueuedRun:
        request = QueueRequest(
            workflow=SpecName(workflow),
            version_id=None if version_id is None else VersionId(version_id),
            inputs=inputs,
            parent_run_id=self._facts.run_id,
            actor=self._facts.actor,
        )
        return await queue.enqueue(request)

    def _id(self, node: PlannedNode) -> NodeId:
        return NodeId(f"{self._place.id}{node.id}")

    def _title(self, node: PlannedNode) -> str:
        return f"{self._place.title}{node.title}"

    def _section(self, node: PlannedNode, body: PlannedBody, state: GraphState) -> Section:
        def runner(label: str) -> GraphRunner:
            here = f"{self._id(node)}[{label}]" if label else self._id(node)
            title = f"{self._title(node)} {label}" if label else self._title(node)
            place = Place(id=f"{here}/", title=f"{title} ▸ ")
            return GraphRunner(self._facts, self._world, self._transitions, place=place)

        def passed(label: str) -> None:
            self._transitions.mark(f"{self._id(node)}[{label}]", "ok")

        return Section(body, self._world.artifacts, fold_slots(state), runner, passed)

    async def _compute(
        self,
        node: PlannedNode,
        function: Callable[..., Any],
        /,
        *args: Any,  # noqa: ANN401  whatever the function takes
        **kwargs: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        try:
            return await self._world.compute.run(function, *args, **kwargs)
        except ComputeFailed as error:
            raise NodeFailed(f"{self._title(node)} failed: {error.message}", node=self._id(node)) from error


@dataclass(slots=True)
class _Left:
    """What a node left besides its outputs."""

    slots: dict[str, Any] = field(default_factory=dict[str, Any])
    memories: list[Memory] = field(default_factory=list[Memory])


def _taken(node: PlannedNode, state: GraphState) -> dict[str, list[Wire]]:
    """Return input port → the wires that carry a value, in drawing order."""
    outputs = state["outputs"]
    found = {
        port: [wire for wire in wires if wire.port in outputs.get(wire.source, {})]
        for port, wires in node.wires.items()
    }
    return {port: wires for port, wires in found.items() if wires}


def _arrived(node: PlannedNode, state: GraphState) -> dict[str, list[ArtifactRef]]:
    return {
        port: [ArtifactRef.load(state["outputs"][wire.source][wire.port]) for wire in wires]
        for port, wires in _taken(node, state).items()
    }


def _reason_to_skip(node: PlannedNode, arrived: Mapping[str, list[ArtifactRef]]) -> str | None:
    if not node.wires:
        return None
    if not arrived:
        return f"{node.title}: no branch that leads here was taken."
    missing = [port for port in node.kind.inputs if port.required and port.id not in arrived]
    if missing and not node.kind.joins:
        return f"{node.title}: the branch into {missing[0].title or missing[0].id} was not taken."
    return None


def _checked_outputs(node: PlannedNode, returned: Mapping[str, Any]) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for port_id, data in returned.items():
        port = node.kind.output(port_id)
        if port is None:
            raise InvalidValue(f"{node.title} returned {port_id!r}, which is not one of its outputs.")
        values[port_id] = checked(port.type, data)
    return values


def _declared_slots(node: PlannedNode, ledger: Ledger) -> dict[str, Any]:
    undeclared = ledger.slots.keys() - {*node.kind.writes, HALT_SLOT}
    if undeclared:
        raise InvalidValue(f"{node.title} wrote {sorted(undeclared)}, which its kind does not declare.")
    return ledger.slots


def _plain(port: Port, value: Value) -> Any:  # noqa: ANN401
    return value if port.type == "any" else value.data


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
