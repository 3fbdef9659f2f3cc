"""Run a drawing inside an adapter: plan, compile, drive LangGraph, fold the results into the shared state."""

from dataclasses import dataclass
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver

from runtime.frames import frame
from runtime.graph.compile import GraphCache, GraphState, RunContext, Runner, fold_slots, initial_state
from runtime.graph.document import GraphDocument
from runtime.graph.execution import GraphRunner, RunFacts, World
from runtime.graph.plan import Plan, PlannedNode, plan_of
from runtime.graph.sequential import run_in_order
from runtime.ports import Journal
from runtime.state import OrchestrationState
from runtime.transitions import TransitionPipeline


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphEngine:
    """What a process owns to run drawings with: given to adapters that need it."""

    world: World
    journal: Journal
    graphs: GraphCache
    checkpointer: BaseCheckpointSaver[Any] | None

    async def run(
        self,
        document: GraphDocument,
        state: OrchestrationState,
        facts: RunFacts,
        transitions: TransitionPipeline,
        *,
        lenient: bool = False,
        use_langgraph: bool | None = None,
    ) -> OrchestrationState:
        """Run a drawing to its end and return the state with `outputs` and slots.

        `use_langgraph` false runs the same plan one node after the other. Raises `DrawingRefused`, or whatever a transition
        raises; then `state` itself holds what had been done by then.
        """
        plan = plan_of(document, lenient=lenient)
        order = [str(node.id) for node in plan.nodes]
        now = self.world.clock.now()
        self.journal.record(frame("start", f"{facts.workflow}: started", now, nodes=order))
        # Kept in the row, so that a replay can tell whether the same graph would run.
        state["plan_digest"] = plan.digest
        runner = KeepingRunner(GraphRunner(facts, self.world, transitions))
        try:
            if use_langgraph is False:
                final = await run_in_order(plan.nodes, runner, initial_state())
            else:
                final = await self._compiled(plan, runner, facts)
        except BaseException:
            state.update(_folded(runner.kept, plan))
            raise
        return cast(OrchestrationState, {**state, **_folded(final, plan)})

    async def _compiled(self, plan: Plan, runner: Runner, facts: RunFacts) -> GraphState:
        graph = self.graphs.get(plan, self.checkpointer)
        config: RunnableConfig = {
            "configurable": {"thread_id": facts.run_id},
            # LangGraph counts supersteps and needs one more than the longest path.
            "recursion_limit": plan.longest_path + 2,
        }
        return cast(
            GraphState,
            await graph.ainvoke(
                initial_state(),
                config,
                context=RunContext(runner=runner),
                durability="sync" if self.checkpointer is not None else None,
            ),
        )


class KeepingRunner:
    """Runs nodes and keeps what has settled, for a run that does not get to its end."""

    def __init__(self, inner: Runner) -> None:
        self._inner = inner
        self.kept = initial_state()

    async def step(self, node: PlannedNode, state: GraphState) -> dict[str, Any]:
        """Run one node."""
        update = await self._inner.step(node, state)
        self.kept["outputs"].update(update.get("outputs", {}))
        self.kept["slots"].update(update.get("slots", {}))
        return update


def _folded(final: GraphState, plan: Plan) -> OrchestrationState:
    return cast(OrchestrationState, {**fold_slots(final, plan), "outputs": final["outputs"]})
