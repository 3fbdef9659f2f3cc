"""One transition of an adapter that runs no drawing: computed, judged by the guardrails, stored, told."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from runtime.adapter import AdapterContext
from runtime.frames import frame
from runtime.node import Ledger
from runtime.settings import LiveSettings
from runtime.state import OrchestrationState
from runtime.transitions import Done, Step
from runtime.values import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a step gave: values for people and guardrails, and what its crumb says besides."""

    outputs: Mapping[str, Value] = field(default_factory=dict[str, Value])
    extras: Mapping[str, Any] = field(default_factory=dict[str, Any])


def announce(context: AdapterContext, nodes: Sequence[str]) -> None:
    """Tell watchers which steps are to come."""
    engine = context.engine
    now = engine.world.clock.now()
    engine.journal.record(frame("start", f"{context.workflow_spec_name}: started", now, nodes=list(nodes)))


async def take_step(
    context: AdapterContext,
    step: Step,
    work: Callable[[LiveSettings, Ledger], Awaitable[Outcome]],
) -> None:
    """Take one transition through the pipeline; raises what it raises."""

    async def worked(live: LiveSettings, ledger: Ledger) -> Done:
        outcome = await work(live, ledger)
        artifacts = context.engine.world.artifacts
        refs = {port: await artifacts.put(value) for port, value in outcome.outputs.items()}
        return Done(outputs=outcome.outputs, refs=refs, extras=outcome.extras)

    await context.transitions.take(step, worked)


def given(state: OrchestrationState, slot: str) -> Any:  # noqa: ANN401  a slot of any type
    """Return what a slot of the state holds, else the run's input of that name, else None."""
    slots = cast(Mapping[str, Any], state)
    found = slots.get(slot)
    return found if found not in (None, {}, []) else (slots.get("inputs") or {}).get(slot)


def record_in(state: OrchestrationState, slot: str) -> dict[str, Any]:
    """Return a slot or input that is an object; empty when there is none."""
    found = given(state, slot)
    return dict(cast(Mapping[str, Any], found)) if isinstance(found, Mapping) else {}
