"""Run a drawing inside an adapter: plan, compile, drive LangGraph, fold the results into the shared state."""

from dataclasses import dataclass
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver

from runtime.frames import frame
from runtime.graph.compile import GraphCache, GraphState, RunContext
from runtime.graph.document import GraphDocument
from runtime.graph.execution import GraphRunner, RunFacts, World, fold_slots, initial_state
from runtime.graph.plan import plan_of
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
    ) -> OrchestrationState:
        """Run a drawing to its end and return the state with `outputs` and slots.

        Raises `DrawingRefused`, or whatever a transition raises.
        """
        plan = plan_of(document, lenient=lenient)
        order = [str(node.id) for node in plan.nodes]
        now = self.world.clock.now()
        self.journal.record(frame("start", f"{facts.workflow}: started", now, nodes=order))
        graph = self.graphs.get(plan, self.checkpointer)
        runner = GraphRunner(facts, self.world, transitions)
        config: RunnableConfig = {
            "configurable": {"thread_id": facts.run_id},
            # LangGraph counts supersteps and needs one more than the longest path.
            "recursion_limit": plan.longest_path + 2,
        }
        final = cast(
            GraphState,
            await graph.ainvoke(
                initial_state(),
                config,
                context=RunContext(runner=runner),
                durability="sync" if self.checkpointer is not None else None,
            ),
        )
        return cast(OrchestrationState, {**state, **fold_slots(final, plan), "outputs": final["outputs"]})
