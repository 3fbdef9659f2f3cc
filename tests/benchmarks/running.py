"""What the product adds to LangGraph: ten trivial nodes, raw and through our runtime, with the same checkpointer."""

import itertools
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated, Any, TypedDict

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import START, StateGraph

from runtime.embedded import FixedSettings, MemoryArtifacts, MemoryJournal, SystemClock
from runtime.engine import RuntimePorts, WorkflowRuntime
from runtime.graph.compile import GraphCache, merged
from runtime.ids import RunId, TaskId, new_id
from runtime.market.shipped import ShippedPrices
from runtime.settings import LiveSettings
from runtime.spec import WorkflowSpec
from tests.benchmarks.drawings import chain
from tests.benchmarks.stopwatch import Timing, in_turns_async
from tests.fakes import InMemoryOrders

NODES = 10


async def measured(*, rounds: int) -> dict[str, Timing]:
    """Return timings of one whole run each."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        saver = await stack.enter_async_context(
            AsyncSqliteSaver.from_conn_string(str(folder / "checkpoints.db"))
        )
        await saver.setup()
        await saver.conn.execute("PRAGMA synchronous=NORMAL")
        things: dict[str, Callable[[], Awaitable[object]]] = {
            "raw LangGraph, no checkpointer": raw(None),
            "runtime, no checkpointer": ours(None, folder),
            "raw LangGraph, SQLite sync": raw(saver),
            "runtime, SQLite sync": ours(saver, folder),
        }
        return await in_turns_async(things, rounds=rounds)


def raw(saver: AsyncSqliteSaver | None) -> Callable[[], Awaitable[object]]:
    """Return a run of ten nodes of plain LangGraph that carry as much state as ours."""

    class State(TypedDict):
        outputs: Annotated[dict[str, Any], merged]

    builder = StateGraph(State)
    names = [f"n{index}" for index in range(NODES)]
    for name in names:
        builder.add_node(name, _node(name))
    builder.add_edge(START, names[0])
    for before, after in itertools.pairwise(names):
        builder.add_edge(before, after)
    graph = builder.compile(checkpointer=saver)

    async def run() -> object:
        config: Any = {"configurable": {"thread_id": new_id()}}
        return await graph.ainvoke({"outputs": {}}, config, durability="sync" if saver else None)

    return run


def _node(name: str) -> Any:
    async def act(state: dict[str, Any]) -> dict[str, Any]:
        return {"outputs": {name: {"value": {"digest": "0" * 64, "type": "number", "size": 3, "line": "0"}}}}

    return act


def ours(saver: AsyncSqliteSaver | None, folder: Path) -> Callable[[], Awaitable[object]]:
    """Return a run of ten trivial nodes through `WorkflowRuntime`."""
    spec = WorkflowSpec(name="bench", adapter="WorkflowStudioAdapter", params={"graph": chain(NODES).dump()})
    graphs, artifacts, market = GraphCache(), MemoryArtifacts(), ShippedPrices()

    async def run() -> object:
        ports = RuntimePorts(
            market=market,
            orders=InMemoryOrders(),
            artifacts=artifacts,
            journal=MemoryJournal(),
            settings=FixedSettings(LiveSettings()),
            halts=(),
            clock=SystemClock(),
            folder=folder,
            checkpointer=saver,
            graphs=graphs,
        )
        result = await WorkflowRuntime(spec, run_id=RunId(new_id()), task_id=TaskId(""), ports=ports).run({})
        if result.status != "completed":
            raise RuntimeError(result.error)
        return result

    return run
