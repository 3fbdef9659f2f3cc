"""The quant agents desk: one agent looks for alphas, the other decides what becomes of one and has it done."""

import os
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, ClassVar, Literal

import pandas as pd
from pydantic import Field

from runtime.agents.context import recorder
from runtime.agents.quant_agents import (
    ALPHA_RESEARCHER,
    STRATEGY_EXECUTOR,
    ModelProposer,
    alpha_researcher,
)
from runtime.agents.record import AgentStep
from runtime.agents.secrets import Scrubber
from runtime.agents.spec import AgentGuardrails, ModelChoice
from runtime.alpha.executor import Action, Limits
from runtime.alpha.proposal import Evaluation, Proposal, Terms, evaluate_proposal
from runtime.alpha.researcher import (
    MAX_EVALUATIONS,
    Proposer,
    QuantProposer,
    Research,
    Trial,
    research,
)
from runtime.errors import InvalidValue, NotFound, StudioError
from runtime.market.source import price_source
from runtime.node import Ledger
from runtime.settings import LiveSettings
from runtime.spec import Guardrails
from runtime.transitions import Done, Step
from tasks.access import Actor
from tasks.control.context import Control
from tasks.desks.desk import Desk, DeskConfig, DeskContext, Queue
from tasks.worker.desk_agents import DeskAgentContext, agent_context
from tasks.worker.strategy_executor import ExecutorOrder, carry_out_order

Spec = Literal["alpha_researcher", "strategy_executor"]
MAX_SECONDS = 3600


class QuantAgentConfig(DeskConfig):
    """What is asked of which of the two."""

    spec: Spec = "alpha_researcher"
    symbols: tuple[str, ...] = Field(default=(), max_length=200)
    """Empty for all that the market data have."""
    start: date | None = None
    as_of: date | None = None
    """The last day that is seen."""
    terms: Terms = Terms()
    evaluations: int = Field(default=20, ge=1, le=MAX_EVALUATIONS)
    """How many proposals are tried at most."""
    seed: int = Field(default=0, ge=0, le=2**32 - 1)
    """Decides the order in which quant takes its formulas."""
    model: str = Field(default="", max_length=240)
    """A chat model that proposes instead, `provider:model`; empty for quant."""
    max_cost_usd: float = Field(default=1.0, ge=0.0, le=1000.0)
    hint: str = Field(default="", max_length=2000)
    """What kind of formula is asked for; for a chat model."""
    proposal: Proposal | None = None
    """The one to evaluate, or to act on."""
    action: Action = "evaluate"
    limits: Limits = Limits()
    target: dict[str, Any] = Field(default_factory=dict[str, Any])
    """The config of the run to start, as its desk takes it; see `tasks.worker.strategy_executor`."""


class QuantAgentsDesk(Desk):
    """Runs the two quant agents. A run that the executor has started is its child, and halted with it."""

    name = "quant-agents"
    title = "Quant agents"
    icon = "flask-conical"
    summary = "An alpha researcher that proposes and tests formulas, and an executor that decides about them."
    Config: ClassVar[type[DeskConfig]] = QuantAgentConfig
    breach: ClassVar[Literal["error", "rejected"]] = "rejected"

    @classmethod
    def kind_of(cls, config: QuantAgentConfig) -> str:
        """Say what is done: propose, evaluate or dispatch."""
        if config.spec == STRATEGY_EXECUTOR:
            return "dispatch"
        return "evaluate" if config.proposal else "propose"

    @classmethod
    def queue_of(cls, config: QuantAgentConfig) -> Queue:  # noqa: ARG003
        """They wait with the other agents."""
        return "agents"

    @classmethod
    def title_of(cls, config: QuantAgentConfig) -> str:
        """Return the name of the agent."""
        return config.spec

    @classmethod
    def rails(cls, config: QuantAgentConfig) -> Guardrails:
        """Return the limits of a run."""
        return Guardrails(
            cost_budget_usd=config.max_cost_usd,
            max_calls=4 * MAX_EVALUATIONS,
            max_duration_seconds=MAX_SECONDS,
        )

    @classmethod
    def check(cls, control: Control, actor: Actor, config: QuantAgentConfig) -> QuantAgentConfig:  # noqa: ARG003
        """Refuse shares and models that there are not, and an executor without anything to decide about."""
        known = price_source(control.settings).symbols()
        for symbol in config.symbols:
            if symbol not in known:
                raise NotFound("symbol", symbol, known=known)
        if config.model:
            try:
                ModelChoice.named(config.model)
            except ValueError as error:
                raise InvalidValue(str(error), field="model") from None
        if config.spec == STRATEGY_EXECUTOR:
            if config.proposal is None:
                raise InvalidValue("Say about which proposal the executor is to decide.", field="proposal")
            ExecutorOrder.checked(config.action, config.target)
        return config

    async def run(self, config: QuantAgentConfig, ctx: DeskContext) -> Mapping[str, Any]:
        """Do what is asked."""
        prices = await ctx.parts.offload(_load, ctx, config)
        if config.spec == STRATEGY_EXECUTOR:
            return await _execute(config, ctx, prices)
        return await _research(config, ctx, prices)


async def _research(config: QuantAgentConfig, ctx: DeskContext, prices: pd.DataFrame) -> dict[str, Any]:
    proposer = _OneTransitionEach(config, ctx)

    async def before(found: Research) -> None:  # noqa: ARG001
        await ctx.admit()

    async def after(found: Research, trial: Trial) -> None:
        ctx.keep(found.dump())
        reward = "not judged" if trial.reward is None else f"reward {trial.reward:+.3f}"
        ctx.progress(trial.number / limit, f"{trial.number}: {trial.proposal.name}, {reward}")

    limit = 1 if config.proposal else config.evaluations
    found = await research(
        proposer,
        partial(_judged, ctx, prices, config.terms),
        evaluations=limit,
        before=before,
        after=after,
    )
    result = found.dump()
    if config.proposal and found.trials[0].error:
        raise InvalidValue(found.trials[0].error, field="proposal")
    return result


async def _execute(config: QuantAgentConfig, ctx: DeskContext, prices: pd.DataFrame) -> dict[str, Any]:
    if config.proposal is None:
        raise InvalidValue("Say about which proposal the executor is to decide.", field="proposal")
    evaluation = await _judged(ctx, prices, config.terms, config.proposal)
    order = ExecutorOrder(
        action=config.action,
        target=config.target,
        limits=config.limits,
        evaluation=evaluation,
        symbols=tuple(str(name) for name in prices.columns),
        start=config.start,
        end=config.as_of,
    )
    result = await carry_out_order(ctx, order)
    return {"evaluation": evaluation.dump(), **result}


class _OneTransitionEach:
    """Proposes within a transition, so that what a chat model costs is judged and told."""

    def __init__(self, config: QuantAgentConfig, ctx: DeskContext) -> None:
        self._ctx = ctx
        self._given = config.proposal
        self._quant = QuantProposer(config.seed)
        self._model = config.model
        self._hint = config.hint
        self._guardrails = AgentGuardrails(max_cost_usd=config.max_cost_usd)

    async def propose(self, trials: Sequence[Trial]) -> Proposal | None:
        """Return the next proposal."""
        if self._given is not None:
            return self._given
        if not self._model:
            return await self._quant.propose(trials)
        proposed: list[Proposal | None] = []

        async def work(_live: LiveSettings, ledger: Ledger) -> Done:
            context = agent_context(self._ctx, ledger, memory=self._ctx.parts.memory)
            proposed.append(await self._thinker(context).propose(trials))
            return Done(outputs={}, refs={})

        number = len(trials) + 1
        await self._ctx.transitions.take(
            Step(node=f"propose {number}", kind=ALPHA_RESEARCHER, title="Propose"), work
        )
        return proposed[0]

    def _thinker(self, context: DeskAgentContext) -> Proposer:
        spec = alpha_researcher(ModelChoice.named(self._model), self._guardrails)
        return ModelProposer(context, spec, self._hint)


async def _judged(ctx: DeskContext, prices: pd.DataFrame, terms: Terms, proposal: Proposal) -> Evaluation:
    """Evaluate a proposal, as a transition and as a step that is kept; raises what speaks against judging it."""
    found: list[Evaluation] = []

    async def work(_live: LiveSettings, ledger: Ledger) -> Done:
        context = agent_context(ctx, ledger, memory=ctx.parts.memory)
        keep = recorder(context, ALPHA_RESEARCHER, Scrubber.of(os.environ))
        started, error = ctx.parts.clock.monotonic(), ""
        try:
            found.append(await ctx.compute(evaluate_proposal, prices, proposal, terms))
        except StudioError as failed:
            error = failed.message
            raise
        finally:
            keep(
                AgentStep(
                    kind="tool",
                    name="backtest",
                    milliseconds=(ctx.parts.clock.monotonic() - started) * 1000,
                    inputs=proposal.model_dump(),
                    output=found[0].dump() if found else {},
                    error=error,
                )
            )
        return Done(outputs={}, refs={})

    await ctx.transitions.take(Step(node="evaluate", kind="alpha.evaluate", title=proposal.name), work)
    return found[0]


def _load(ctx: DeskContext, config: QuantAgentConfig) -> pd.DataFrame:
    market = ctx.parts.market
    prices = market.prices(list(config.symbols) or market.symbols(), start=config.start, end=config.as_of)
    if prices.empty:
        raise InvalidValue("There are no prices on these days.", field="start")
    return prices
