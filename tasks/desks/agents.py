"""The agents desk: one agent on its own, about shares on a day."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, Literal

import pandas as pd
from pydantic import Field

from runtime.agents.alone import Answer, Errand, run_alone
from runtime.agents.memory import AgentMemory, ClosedMemory, memory_key
from runtime.agents.spec import AgentSpec
from runtime.errors import InvalidValue, NotFound, StudioError
from runtime.market.source import price_source
from runtime.node import Ledger
from runtime.settings import LiveSettings
from runtime.spec import Guardrails
from runtime.transitions import Done, Step
from runtime.values import Value
from tasks.access import Actor
from tasks.control.agents import get_agent
from tasks.control.context import Control
from tasks.desks.desk import Desk, DeskConfig, DeskContext, Queue
from tasks.worker.desk_agents import agent_context

MAX_SYMBOLS = 200
MAX_SECONDS = 1800


class AgentRunConfig(DeskConfig):
    """Which agent, about what."""

    spec: str = Field(default="", max_length=160)
    """The name of an agent; or describe one in `agent`."""
    agent: dict[str, Any] = Field(default_factory=dict[str, Any])
    """An `AgentSpec`; of a run by name what that name stood for, frozen when the run was accepted."""
    symbols: tuple[str, ...] = Field(default=(), max_length=MAX_SYMBOLS)
    """Shares whose prices it may look at; empty for all."""
    symbol: str = Field(default="", max_length=40)
    """The share it is about; empty for the only one, or the one with the largest momentum."""
    as_of: date | None = None
    """The day it lives in: nothing later is seen. None for the newest price."""
    prompt: str = Field(default="Should we hold it?", min_length=1, max_length=20_000)
    horizon_days: int = Field(default=10, ge=1, le=252)
    replay_of: str = Field(default="", max_length=36)
    """The run that this one repeats exactly; it then has no memory."""


class AgentsDesk(Desk):
    """Runs single agents. What they do reaches nothing but their answer, so a halt has nothing to put in order."""

    name = "agents"
    title = "Agents"
    icon = "bot"
    summary = "Single agents that form a view of a share, within limits, step by step."
    Config: ClassVar[type[DeskConfig]] = AgentRunConfig
    example: ClassVar[Mapping[str, Any]] = {"spec": "research.analyst", "symbols": ["AAPL", "MSFT", "XOM"]}
    breach: ClassVar[Literal["error", "rejected"]] = "rejected"

    @classmethod
    def kind_of(cls, config: AgentRunConfig) -> str:
        """Say whether a chat model thinks or the data are asked."""
        return "quant" if AgentSpec.parse(config.agent).model.is_quant else "model"

    @classmethod
    def queue_of(cls, config: AgentRunConfig) -> Queue:  # noqa: ARG003
        """Agents wait among themselves."""
        return "agents"

    @classmethod
    def title_of(cls, config: AgentRunConfig) -> str:
        """Return the agent's name."""
        return AgentSpec.parse(config.agent).name

    @classmethod
    def rails(cls, config: AgentRunConfig) -> Guardrails:
        """Return the limits of the agent; those of its answer are kept inside."""
        limits = AgentSpec.parse(config.agent).guardrails
        return Guardrails(
            cost_budget_usd=limits.max_cost_usd,
            max_calls=limits.max_calls,
            max_duration_seconds=MAX_SECONDS,
        )

    @classmethod
    def check(cls, control: Control, actor: Actor, config: AgentRunConfig) -> AgentRunConfig:
        """Freeze the agent, and refuse shares that there are not."""
        spec = _agent_of(control, actor, config)
        known = price_source(control.settings).symbols()
        for symbol in (*config.symbols, *([config.symbol] if config.symbol else [])):
            if symbol not in known:
                raise NotFound("symbol", symbol, known=known)
        if config.symbol and config.symbols and config.symbol not in config.symbols:
            raise InvalidValue(f"{config.symbol!r} is not among the symbols.", field="symbol")
        return config.model_copy(update={"spec": spec.name, "agent": spec.dump()})

    async def run(self, config: AgentRunConfig, ctx: DeskContext) -> Mapping[str, Any]:
        """Let the agent answer, in one transition; what it decided is remembered afterwards."""
        spec = AgentSpec.parse(config.agent)
        prices = await ctx.parts.offload(_load, ctx, config)
        memory: AgentMemory = ClosedMemory() if config.replay_of else ctx.parts.memory
        errand = Errand(
            prompt=config.prompt,
            symbol=config.symbol,
            horizon_days=config.horizon_days,
            owner=f"agents/{spec.name}"[:160],
            key=memory_key(ctx.run_id, spec.name),
        )
        answers: list[Answer] = []
        ledgers: list[Ledger] = []

        async def work(_live: LiveSettings, ledger: Ledger) -> Done:
            ledgers.append(ledger)
            answer = await run_alone(agent_context(ctx, ledger, memory=memory), spec, errand, prices)
            answers.append(answer)
            return Done(outputs={"answer": Value(type="insight", data=dict(answer.output))}, refs={})

        step = Step(node=spec.name, kind="agents.run", title=spec.role)
        try:
            await ctx.transitions.take(step, work)
        finally:
            ctx.keep({**_spent(spec, ledgers), "output": None})
        answer = answers[0]
        await _remember(ctx, memory, answer)
        return {
            **_spent(spec, ledgers),
            "output": dict(answer.output),
            "symbol": answer.evidence.symbol,
            "as_of": answer.evidence.as_of,
            "recalled": answer.recalled,
        }


def _agent_of(control: Control, actor: Actor, config: AgentRunConfig) -> AgentSpec:
    if config.agent:
        spec = AgentSpec.parse(config.agent)
        if config.spec and config.spec != spec.name:
            raise InvalidValue("Name an agent or describe one, not both.", field="spec")
        return spec
    if not config.spec:
        raise InvalidValue("Say which agent: its name in `spec`, or a description in `agent`.", field="spec")
    return get_agent(control, actor, config.spec).spec


def _load(ctx: DeskContext, config: AgentRunConfig) -> pd.DataFrame:
    market = ctx.parts.market
    wanted = list(config.symbols) or market.symbols()
    prices = market.prices(wanted, start=None, end=config.as_of)
    if prices.empty:
        raise InvalidValue(f"There are no prices until {config.as_of}.", field="as_of")
    return prices


def _spent(spec: AgentSpec, ledgers: list[Ledger]) -> dict[str, Any]:
    used = ledgers[-1] if ledgers else Ledger()
    return {
        "agent": spec.name,
        "spec_hash": spec.snapshot_hash(),
        "model": spec.model.name,
        "cost_usd": used.cost_usd,
        "n_calls": used.n_calls,
        "n_tool_calls": used.n_tool_calls,
        "n_rag_hits": used.n_rag_hits,
    }


async def _remember(ctx: DeskContext, memory: AgentMemory, answer: Answer) -> None:
    if answer.memory is None:
        return
    try:
        await memory.remember(answer.memory)
    except StudioError as error:
        ctx.tell("not_remembered", f"The decision was not remembered: {error.message}")
