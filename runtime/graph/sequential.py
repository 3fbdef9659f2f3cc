"""The second runner of a compiled plan: one node after the other in plan order, through the same transitions.

Routes are the same as under LangGraph: a node whose branch was not taken is skipped by the one runner both use.
"""

from collections.abc import Iterable
from typing import Any

from runtime.graph.compile import GraphState, Runner, merged
from runtime.graph.plan import PlannedNode


async def run_in_order(nodes: Iterable[PlannedNode], runner: Runner, state: GraphState) -> GraphState:
    """Run planned nodes in their order and return the final state; raises what a transition raises."""
    for node in nodes:
        state = _updated(state, await runner.step(node, state))
    return state


def _updated(state: GraphState, update: dict[str, Any]) -> GraphState:
    return GraphState(
        outputs=merged(state["outputs"], update.get("outputs", {})),
        slots=merged(state["slots"], update.get("slots", {})),
    )
