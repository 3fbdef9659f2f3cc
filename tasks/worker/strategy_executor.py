"""What the strategy executor does in a run: sees how things stand, decides, and has the action done as a run of its desk.

`train` and `walk_forward` start an experiment of the rl desk over the same shares and days; `target` may say more of it or name
another one. `evaluate` and `replay` need `target.run_id`, a training. `paper` starts a paper session; `target` is its config.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from persistence.desk_runs import DeskRunRepository
from runtime.agents.context import recorder
from runtime.agents.quant_agents import STRATEGY_EXECUTOR
from runtime.agents.record import AgentStep
from runtime.agents.secrets import Scrubber
from runtime.alpha.executor import Action, Circumstances, Decision, Dispatched, Limits, decide, key_of
from runtime.alpha.proposal import Evaluation, Proposal
from runtime.desks import DESK_ACTIVE, DeskName
from runtime.errors import InvalidValue, StudioError
from runtime.node import Ledger
from tasks.control.children import starter_of
from tasks.control.context import Control
from tasks.control.desks import start_desk_run
from tasks.control.switch import switch_engaged
from tasks.desks.desk import DeskContext
from tasks.worker.desk_agents import agent_context

MAX_EXPERIMENT_SYMBOLS = 50
_NEEDS_RUN: frozenset[Action] = frozenset({"evaluate", "replay"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutorOrder:
    """What the executor is asked for."""

    action: Action
    target: Mapping[str, Any]
    limits: Limits
    evaluation: Evaluation
    symbols: tuple[str, ...]
    start: date | None
    end: date | None

    @staticmethod
    def checked(action: Action, target: Mapping[str, Any]) -> None:
        """Raise `InvalidValue` when an action has nothing to act on."""
        if action in _NEEDS_RUN and not target.get("run_id"):
            raise InvalidValue(f"To {action} say which training: `target.run_id`.", field="target.run_id")
        if action == "paper" and not target:
            raise InvalidValue("To trade on paper give the session's config in `target`.", field="target")

    def config(self) -> dict[str, Any]:
        """Return the config of the run to start."""
        if self.action == "paper":
            return dict(self.target)
        if self.action in _NEEDS_RUN or self.target.get("run_id"):
            return {**self.target, "kind": self.action}
        proposal = self.evaluation.proposal
        experiment = {
            "name": f"alpha-{proposal.digest()[:12]}",
            "description": f"{proposal.name}: {proposal.formula}",
            "market": {
                "symbols": list(self.symbols[:MAX_EXPERIMENT_SYMBOLS]),
                "start": self.start.isoformat() if self.start else None,
                "end": self.end.isoformat() if self.end else None,
            },
        }
        return {"experiment": experiment, **self.target, "kind": self.action}


class DeskDispatch:
    """`runtime.alpha.executor.Dispatch` over the desks: a run with the rights of who asked, as a child of this one."""

    def __init__(self, ctx: DeskContext, config: Mapping[str, Any]) -> None:
        self._ctx = ctx
        self._config = config

    async def dispatch(self, action: Action, proposal: Proposal, *, key: str) -> Dispatched:  # noqa: ARG002
        """Start the action; a caller that is cancelled waits until it is known what was started."""
        starting = asyncio.ensure_future(self._ctx.parts.offload(self._start, action, key))
        try:
            started = await asyncio.shield(starting)
        except asyncio.CancelledError:
            await asyncio.wait([starting])
            raise
        self._ctx.side_effect()
        return started

    def _start(self, action: Action, key: str) -> Dispatched:
        control, claim = self._ctx.parts.control, self._ctx.claim
        actor = starter_of(control, str(claim.created_by or ""))
        started = start_desk_run(control, actor, desk_of(action), self._config, name=key, parent=claim.run_id)
        return Dispatched(run_id=started.run_id, task_id=started.task_id)


async def carry_out_order(ctx: DeskContext, order: ExecutorOrder) -> dict[str, Any]:
    """Decide, and dispatch when nothing speaks against it; returns the decision and what was started."""
    proposal = order.evaluation.proposal
    key = key_of(order.action, proposal)
    circumstances = await ctx.parts.offload(how_things_stand, ctx.parts.control, order.action, key)
    decision = decide(order.action, order.evaluation.holdout, circumstances, order.limits)
    _keep(ctx, order, decision)
    if not decision.go:
        return {"decision": decision.dump(), "dispatched": None}
    await ctx.admit()
    started = await DeskDispatch(ctx, order.config()).dispatch(order.action, proposal, key=key)
    told = {"desk": desk_of(order.action), "run_id": started.run_id, "task_id": started.task_id}
    ctx.tell("dispatched", f"{order.action}: run {started.run_id}", **told)
    return {"decision": decision.dump(), "dispatched": told}


def how_things_stand(control: Control, action: Action, key: str) -> Circumstances:
    """Return what bars a dispatch, whatever the proposal is worth. Blocks."""
    try:
        engaged: bool | None = switch_engaged(control)
    except StudioError:
        engaged = None
    with control.database.read() as session:
        twins = DeskRunRepository(session).list(desk=desk_of(action), statuses=DESK_ACTIVE, name=key, limit=1)
    return Circumstances(switch_engaged=engaged, under_way=twins[0].run_id if twins else "")


def desk_of(action: Action) -> DeskName:
    """Return the desk that does an action."""
    return "paper" if action == "paper" else "rl"


def _keep(ctx: DeskContext, order: ExecutorOrder, decision: Decision) -> None:
    keep = recorder(agent_context(ctx, Ledger(), memory=ctx.parts.memory), STRATEGY_EXECUTOR, Scrubber())
    keep(
        AgentStep(
            kind="output",
            name="decision",
            milliseconds=0.0,
            inputs={"proposal": order.evaluation.proposal.model_dump(), "limits": order.limits.model_dump()},
            output=decision.dump(),
        )
    )
