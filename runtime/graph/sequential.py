"""The second runner of a compiled plan: one node after the other in plan order, through the same transitions.

Routes are the same as under LangGraph: a node whose branch was not taken is skipped by the one runner both use.
"""

from typing import Any

from runtime.graph.compile import GraphState, Runner, merged
from runtime.graph.execution import initial_state
from runtime.graph.plan import Plan


async def run_in_order(plan: Plan, runner: Runner) -> GraphState:
    """Run every node of a plan and return the final state; raises what a transition raises."""
    state = initial_state()
    for node in plan.nodes:
        state = _updated(state, await runner.step(node, state))
    return state


def _updated(state: GraphState, update: dict[str, Any]) -> GraphState:
    return GraphState(
        outputs=merged(state["outputs"], update.get("outputs", {})),
        slots=merged(state["slots"], update.get("slots", {})),
    )
