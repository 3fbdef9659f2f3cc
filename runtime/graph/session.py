"""Run a drawing inside an adapter: plan, compile, drive LangGraph, fold the results into the shared state."""

from dataclasses import dataclass
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver

from runtime.approvals import Carried
from runtime.errors import AnswerAwaited, NotReproducible
from runtime.frames import frame
from runtime.graph.compile import (
    Compiled,
    GraphCache,
    GraphState,
    RunContext,
    Runner,
    fold_slots,
    initial_state,
)
from runtime.graph.document import GraphDocument
from runtime.graph.execution import GraphRunner, RunFacts, World
from runtime.graph.plan import Plan, PlannedNode, plan_of
from runtime.graph.sequential import run_in_order, with_update
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
    carried: Carried | None = None
    """Given when the run goes on: after an answer, or after its worker was lost."""

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

        `use_langgraph` false runs the same plan one node after the other. Raises `DrawingRefused`, whatever a transition
        raises, or `AnswerAwaited` when nothing can go on without a person; then `state` itself holds what had been done.
        """
        plan = plan_of(document, lenient=lenient)
        self._refuse_another_plan(plan)
        self._announce(plan, facts)
        # Kept in the row, so that a replay can tell whether the same graph would run.
        state["plan_digest"] = plan.digest
        graph = self.graphs.get(plan, self.checkpointer)
        thread = _Thread(plan, graph, facts, durable=self.checkpointer is not None)
        answered = self.carried.answered if self.carried else {}
        runner = KeepingRunner(GraphRunner(facts, self.world, transitions, answered=answered))
        if self.carried is not None:
            runner.kept = await thread.settled()
        try:
            final = await thread.run(runner, in_order=use_langgraph is False)
        except BaseException:
            state.update(_folded(runner.kept, plan))
            raise
        state.update(_folded(final, plan))
        _refuse_unsettled(plan, final)
        return state

    def _announce(self, plan: Plan, facts: RunFacts) -> None:
        order, now = [str(node.id) for node in plan.nodes], self.world.clock.now()
        told = (
            frame("start", f"{facts.workflow}: started", now, nodes=order)
            if self.carried is None
            else frame("resumed", self.carried.reason or f"{facts.workflow}: goes on", now, nodes=order)
        )
        self.journal.record(told)

    def _refuse_another_plan(self, plan: Plan) -> None:
        ran = self.carried.state.get("plan_digest") if self.carried else None
        if ran not in (None, plan.digest):
            raise NotReproducible(
                "The graph is drawn differently by now than when this run began, so it cannot go on. Start a new run."
            )


class _Thread:
    """The checkpoints of one run: what has settled, and how it goes on from there."""

    def __init__(self, plan: Plan, graph: Compiled, facts: RunFacts, *, durable: bool) -> None:
        self._plan = plan
        self._graph = graph
        self._durable = durable
        self._config: RunnableConfig = {
            "configurable": {"thread_id": facts.run_id},
            # LangGraph counts supersteps and needs one more than the longest path.
            "recursion_limit": plan.longest_path + 2,
        }
        self._interrupted = False
        self._state = initial_state()

    async def settled(self) -> GraphState:
        """Return what has settled in the segments before, and go on from there; nothing without checkpoints."""
        if not self._durable:
            return self._state
        snapshot = await self._graph.aget_state(self._config)
        self._interrupted = bool(snapshot.next)
        self._state = with_update(initial_state(), dict(snapshot.values))
        for task in snapshot.tasks:
            # Finished beside the node in which the worker was lost, and not merged yet.
            self._state = with_update(self._state, dict(task.result or {}))
        return self._state

    async def run(self, runner: Runner, *, in_order: bool) -> GraphState:
        """Run the plan over what has settled, to its end or to where people are needed."""
        if in_order:
            return await run_in_order(self._plan.nodes, runner, self._state, keep=self._keep)
        if self._interrupted:
            final = await self._invoke(None, runner)
            if not unsettled(self._plan, final):
                return final
        return await self._invoke(initial_state(), runner)

    async def _invoke(self, given: GraphState | None, runner: Runner) -> GraphState:
        return cast(
            GraphState,
            await self._graph.ainvoke(
                given,
                self._config,
                context=RunContext(runner=runner),
                durability="sync" if self._durable else None,
            ),
        )

    async def _keep(self, node: PlannedNode, update: dict[str, Any]) -> None:
        if self._durable:
            await self._graph.aupdate_state(self._config, update, as_node=node.name)


class KeepingRunner:
    """Runs nodes and keeps what has settled, for a run that does not get to its end."""

    def __init__(self, inner: Runner) -> None:
        self._inner = inner
        self.kept = initial_state()

    async def step(self, node: PlannedNode, state: GraphState) -> dict[str, Any]:
        """Run one node."""
        update = await self._inner.step(node, state)
        self.kept = with_update(self.kept, update)
        return update


def unsettled(plan: Plan, state: GraphState) -> list[PlannedNode]:
    """Return the nodes that have neither run nor been skipped, in plan order."""
    return [node for node in plan.nodes if node.id not in state["outputs"]]


def _refuse_unsettled(plan: Plan, final: GraphState) -> None:
    left = unsettled(plan, final)
    if not left:
        return
    first = next((node for node in left if node.id in final["asked"]), left[0])
    raise AnswerAwaited(f"{first.title} waits for a person.", subject=str(first.id))


def _folded(final: GraphState, plan: Plan) -> OrchestrationState:
    return cast(OrchestrationState, {**fold_slots(final, plan), "outputs": final["outputs"]})
