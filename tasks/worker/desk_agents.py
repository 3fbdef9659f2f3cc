"""What a desk's run gives the agents that it runs."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from runtime.agents.memory import AgentMemory
from runtime.node import Ledger
from runtime.ports import Clock
from runtime.settings import LiveSettings
from tasks.desks.desk import DeskContext


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskAgentContext:
    """`runtime.agents.context.AgentContext` over a desk's run."""

    clock: Clock
    ledger: Ledger
    refresh: Callable[[], Awaitable[LiveSettings]]
    compute: Callable[..., Awaitable[Any]]
    progress: Callable[[float, str], None]
    agent_step: Callable[[Mapping[str, Any]], None]
    memory: AgentMemory

    def spend(self, *, cost_usd: float = 0.0, calls: int = 0, tool_calls: int = 0, rag_hits: int = 0) -> None:
        """Account for what was used."""
        self.ledger.spend(cost_usd=cost_usd, calls=calls, tool_calls=tool_calls, rag_hits=rag_hits)


def agent_context(ctx: DeskContext, ledger: Ledger, *, memory: AgentMemory) -> DeskAgentContext:
    """Return the context for agents within one transition; what they spend is judged while they run."""
    return DeskAgentContext(
        clock=ctx.parts.clock,
        ledger=ledger,
        refresh=partial(ctx.transitions.admit, ledger),
        compute=ctx.compute,
        progress=ctx.progress,
        agent_step=partial(ctx.transitions.agent_step, ""),
        memory=memory,
    )
