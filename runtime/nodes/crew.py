"""A crew of role-playing agents, run with the optional package `crewai`."""

import asyncio
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import pandas as pd
from pydantic import Field

from runtime.agents.context import recorder
from runtime.agents.record import AgentStep
from runtime.agents.secrets import Scrubber
from runtime.crews.definition import batches, held, named_crew
from runtime.crews.running import Crewai, Process, Said
from runtime.crews.subject import known_of
from runtime.extras import CREW
from runtime.node import Effects, Family, NodeConfig, NodeContext, NodeKind, Port
from runtime.settings import SettingName

COLUMNS = ("task", "role", "said")


class CrewConfig(NodeConfig):
    """Which crew, with which model, about what."""

    crew: Literal["research", "trader"] = Field(
        default="research",
        title="Crew",
        description="Research turns data into a promoted or dropped hypothesis; trader debates and decides on a share.",
    )
    process: Process = Field(
        default="sequential",
        title="Process",
        description="Sequential does one task after the other; hierarchical lets a manager hand the tasks out.",
    )
    model: str = Field(
        default="openai/gpt-4o-mini",
        min_length=1,
        max_length=200,
        title="Model",
        description="Name as the package crewai takes it; key and address come from the worker's environment.",
    )
    question: str = Field(
        default="What should we do?",
        min_length=1,
        max_length=2_000,
        title="Question",
        description="What the crew is asked.",
    )
    symbol: str = Field(
        default="",
        max_length=40,
        title="Symbol",
        description="The share it is about. Leave empty for the one with the largest momentum.",
    )
    rounds: int = Field(
        default=2,
        ge=1,
        le=100,
        title="Rounds",
        description="How often bull and bear of the trader crew argue; the installation's cap holds, also while it runs.",
        json_schema_extra={"unit": "rounds"},
    )
    input_usd_per_million: float = Field(
        default=0.0,
        ge=0,
        title="Price of prompts",
        description="Of a million prompt tokens. At 0 for both, the cost is not known and not counted.",
        json_schema_extra={"unit": "USD"},
    )
    output_usd_per_million: float = Field(
        default=0.0,
        ge=0,
        title="Price of answers",
        description="Of a million tokens of answers. At 0 for both, the cost is not known and not counted.",
        json_schema_extra={"unit": "USD"},
    )


class Crew(NodeKind):
    """Has a crew work through its tasks; each sees what the one before has said."""

    kind = "agents.crew"
    title = "Crew"
    family: ClassVar[Family] = "agents"
    icon = "users"
    summary = "Has a crew of chat agents work through its tasks on one share, and hands out their conclusion."
    example: ClassVar[dict[str, Any]] = {"crew": "trader", "symbol": "JNJ", "rounds": 1}
    inputs = (Port(id="prices", type="prices", title="Prices"),)
    outputs = (
        Port(id="conclusion", type="text", title="Conclusion"),
        Port(id="tasks", type="table", title="What was said"),
    )
    effects: ClassVar[Effects] = "reads"
    requires: ClassVar[SettingName | None] = "orchestration_crew_adapter_enabled"
    extra = CREW
    headline = ("crew", "model", "symbol")
    Config = CrewConfig

    @classmethod
    def reproducible(cls, config: Mapping[str, Any], *, recalled: int = 0) -> bool:  # noqa: ARG003
        """Chat models may answer differently the next time."""
        return False

    async def run(self, inputs: Mapping[str, Any], config: CrewConfig, ctx: NodeContext) -> Mapping[str, Any]:
        """Return the last task's words, and a table with one row per task: task, role, said."""
        known = await ctx.compute(known_of, inputs["prices"], config.symbol.strip())
        crewai = await asyncio.to_thread(Crewai, config.model)
        crew = named_crew(config.crew, rounds=config.rounds)
        request = f"{config.question}\n\n{known}"
        prices = config.input_usd_per_million, config.output_usd_per_million
        ctx.note("cost_known", any(prices))
        keep = recorder(ctx, f"crew.{crew.alias}", Scrubber())
        said: list[Said] = []
        for batch in batches(crew, at_once=config.process == "hierarchical"):
            cap = (await ctx.refresh()).orchestration_max_debate_rounds
            tasks = held(batch, cap)
            if len(tasks) < len(batch):
                ctx.note("round_cap", cap)
            if not tasks:
                continue
            ctx.progress(len(said) / len(crew.tasks), f"{tasks[0].role}: {tasks[0].goal}")
            answers, usage = await crewai.perform(
                crew, tasks, request=request, before=tuple(said), process=config.process
            )
            said += answers
            ctx.spend(cost_usd=usage.cost_usd(*prices), calls=usage.calls)
            for answer in answers:
                step = {"role": answer.role, "text": answer.text}
                keep(AgentStep(kind="output", name=answer.task, milliseconds=0.0, output=step))
        return {"conclusion": said[-1].text, "tasks": table_of(said)}


def table_of(said: list[Said]) -> pd.DataFrame:
    """Return one row per task, in order: task, role and what was said."""
    return pd.DataFrame([(each.task, each.role, each.text) for each in said], columns=list(COLUMNS))
