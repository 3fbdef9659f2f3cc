"""What agents need of whoever runs them: a node of a workflow, or a run of a desk."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from runtime.agents.memory import AgentMemory
from runtime.agents.record import AgentStep
from runtime.agents.secrets import Scrubber
from runtime.node import Ledger
from runtime.ports import Clock
from runtime.settings import LiveSettings

STEP_CHARACTERS = 4_000
"""Of each text in the inputs and the output of a step that is kept."""


class AgentContext(Protocol):
    """`runtime.node.NodeContext` is one."""

    @property
    def clock(self) -> Clock:
        """Time."""
        ...

    @property
    def ledger(self) -> Ledger:
        """What was spent and done so far."""
        ...

    @property
    def refresh(self) -> Callable[[], Awaitable[LiveSettings]]:
        """Return the live settings; raises `HaltRequested` when told to stop, `GuardrailBreached` over a limit of the run."""
        ...

    @property
    def compute(self) -> Callable[..., Awaitable[Any]]:
        """Run a pure, slow function without blocking the loop."""
        ...

    @property
    def progress(self) -> Callable[[float, str], None]:
        """Tell watchers how far (0..1) and what."""
        ...

    @property
    def agent_step(self) -> Callable[[Mapping[str, Any]], None]:
        """Keep one step of an agent for good; see `recorder`."""
        ...

    @property
    def memory(self) -> AgentMemory | None:
        """What agents remember; None where an installation keeps nothing."""
        ...

    def spend(self, *, cost_usd: float = 0.0, calls: int = 0, tool_calls: int = 0, rag_hits: int = 0) -> None:
        """Account for what was used."""
        ...


def recorder(ctx: AgentContext, agent: str, scrubber: Scrubber) -> Callable[[AgentStep], AgentStep]:
    """Return what keeps the steps of one execution of an agent: numbered from 1, bounded, without secrets.

    It hands back the step as it was kept.
    """
    ctx.ledger.agents += 1
    execution, steps = ctx.ledger.agents, 0

    def keep(step: AgentStep) -> AgentStep:
        nonlocal steps
        steps += 1
        texts = {"name": step.name, "error": step.error, "note": step.note}
        kept = replace(
            step,
            **scrubber.clean_data(texts, limit=STEP_CHARACTERS),
            inputs=scrubber.clean_data(step.inputs, limit=STEP_CHARACTERS),
            output=scrubber.clean_data(step.output, limit=STEP_CHARACTERS),
        )
        ctx.agent_step({"agent": agent, "execution": execution, "step": steps, **kept.record()})
        return kept

    return keep
