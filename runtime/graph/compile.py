"""A plan as a LangGraph graph. Pure; compiled graphs are cached by drawing and checkpointer.

Every node always gets its turn: one whose branch was not taken is skipped by the runner (dead-path elimination, as in
WS-BPEL 2.0 §11.6.2), so that joins never wait for a branch that will not come.
"""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Annotated, Any, Protocol, TypedDict

from langchain_core.runnables import Runnable, RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import get_runtime

from runtime import collector
from runtime.graph.plan import Plan, PlannedNode

CACHED_GRAPHS = 64
WIDE_JOIN = 200
"""From so many sources on a join is deferred instead of listed: the channel name of a listed join holds all their names,
and PostgreSQL cannot index names of more than 2,704 bytes."""


PAST = "past_context"
"""The slot of what agents were reminded of; nobody writes it but the engine, so that nodes side by side do not lose it."""


def merged(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    """Return both, the right one winning: the reducer of every channel."""
    return {**left, **right}


class GraphState(TypedDict):
    """Channels of the compiled graph; JSON only."""

    outputs: Annotated[dict[str, dict[str, Any]], merged]
    """Node id → output port → artifact reference. A settled node without a port in it did not take that branch."""
    slots: Annotated[dict[str, Any], merged]
    """Node id → slot → value; folded in drawing order at the end."""
    asked: Annotated[dict[str, str], merged]
    """Id of a node that waits, or has waited, for a person → subject of the question."""


def initial_state() -> GraphState:
    """Return the state of a graph that has not begun."""
    return GraphState(outputs={}, slots={}, asked={})


def fold_slots(state: GraphState, plan: Plan | None = None) -> dict[str, Any]:
    """Return slot → value: of several writers the last in plan order, or in order of arrival without a plan, wins.

    What agents were reminded of is gathered from all of them.
    """
    order = [node.id for node in plan.nodes] if plan else list(state["slots"])
    folded: dict[str, Any] = {}
    past: list[Any] = []
    for node_id in order:
        slots = state["slots"].get(node_id, {})
        past += slots.get(PAST, [])
        folded.update(slots)
    return folded | ({PAST: past} if past else {})


class Runner(Protocol):
    """Runs one planned node of one run."""

    async def step(self, node: PlannedNode, state: GraphState) -> dict[str, Any]:
        """Return the update of the state."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """What LangGraph hands to every node of one run."""

    runner: Runner


Compiled = CompiledStateGraph[GraphState, RunContext, GraphState, GraphState]


def compile_plan(plan: Plan, checkpointer: BaseCheckpointSaver[Any] | None) -> Compiled:
    """Return the compiled graph; its runner is given per run as LangGraph's runtime context."""
    with collector.paused():
        return _compiled(plan, checkpointer)


def _compiled(plan: Plan, checkpointer: BaseCheckpointSaver[Any] | None) -> Compiled:
    builder: StateGraph[GraphState, RunContext, GraphState, GraphState] = StateGraph(
        GraphState, context_schema=RunContext
    )
    names = {node.id: node.name for node in plan.nodes}
    waited_for: set[str] = set()
    for node in plan.nodes:
        sources = [names[source] for source in node.sources]
        waited_for.update(sources)
        builder.add_node(node.name, _Action(node), defer=len(sources) > WIDE_JOIN)
        if not sources:
            builder.add_edge(START, node.name)
        elif len(sources) > WIDE_JOIN:
            for source in sources:
                builder.add_edge(source, node.name)
        else:
            builder.add_edge(sources, node.name)
    for name in names.values():
        if name not in waited_for:
            builder.add_edge(name, END)
    return builder.compile(checkpointer=checkpointer)


class _Action(Runnable[GraphState, dict[str, Any]]):
    """A node as LangGraph runs it. A Runnable of its own: LangGraph takes half a millisecond to inspect a function."""

    def __init__(self, node: PlannedNode) -> None:
        self._node = node

    def invoke(
        self,
        input: GraphState,  # noqa: ARG002  the names are LangChain's
        config: RunnableConfig | None = None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ANN401, ARG002
    ) -> dict[str, Any]:
        """Refuse: nodes are async."""
        raise TypeError("drawings run on an event loop: use ainvoke")

    async def ainvoke(
        self,
        input: GraphState,
        config: RunnableConfig | None = None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ANN401, ARG002
    ) -> dict[str, Any]:
        """Take the node's turn in the run that LangGraph's context names."""
        return await get_runtime(RunContext).context.runner.step(self._node, input)


class GraphCache:
    """The most recently used compiled graphs of a process."""

    def __init__(self, size: int = CACHED_GRAPHS) -> None:
        self._size = size
        self._graphs: OrderedDict[tuple[str, int], Compiled] = OrderedDict()
        self._lock = Lock()

    def get(self, plan: Plan, checkpointer: BaseCheckpointSaver[Any] | None) -> Compiled:
        """Return the compiled graph of a plan, compiling it at most once."""
        key = (plan.digest, id(checkpointer))
        with self._lock:
            if key in self._graphs:
                self._graphs.move_to_end(key)
                return self._graphs[key]
        graph = compile_plan(plan, checkpointer)
        with self._lock:
            self._graphs[key] = graph
            while len(self._graphs) > self._size:
                self._graphs.popitem(last=False)
        return graph
