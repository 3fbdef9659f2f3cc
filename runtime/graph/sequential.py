"""The second runner of a compiled plan: one node after the other in plan order, through the same transitions.

Routes are the same as under LangGraph: a node whose branch was not taken is skipped by the one runner both use.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from runtime.graph.compile import GraphState, Runner, merged
from runtime.graph.plan import PlannedNode

Keep = Callable[[PlannedNode, dict[str, Any]], Awaitable[None]]
"""Makes the update of one node durable."""


async def run_in_order(
    nodes: Iterable[PlannedNode], runner: Runner, state: GraphState, *, keep: Keep | None = None
) -> GraphState:
    """Run planned nodes in their order, from a state, and return the final state; raises what a transition raises."""
    for node in nodes:
        update = await runner.step(node, state)
        if update and keep is not None:
            await keep(node, update)
        state = with_update(state, update)
    return state


def with_update(state: GraphState, update: dict[str, Any]) -> GraphState:
    """Return the state after what one node gave."""
    return GraphState(
        outputs=merged(state["outputs"], update.get("outputs", {})),
        slots=merged(state["slots"], update.get("slots", {})),
        asked=merged(state["asked"], update.get("asked", {})),
    )
