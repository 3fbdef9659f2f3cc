"""Run tasks with the `crewai` package. It is imported here, when a crew runs, and nowhere else."""

import importlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from runtime.agents.secrets import Scrubber
from runtime.crews.definition import CrewDefinition, CrewTask
from runtime.errors import Unavailable

Process = Literal["sequential", "hierarchical"]
KEY_VARIABLES = ("ALPHASWARM_CREW_API_KEY", "OPENAI_API_KEY")
URL_VARIABLES = ("ALPHASWARM_CREW_BASE_URL", "OPENAI_BASE_URL")
"""A spec names the model only: key and address come from the worker's environment, so no spec can send a key anywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What came out of one task."""

    task: str
    role: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewUsage:
    """What the model was asked for."""

    calls: int
    prompt_tokens: int
    completion_tokens: int

    def cost_usd(self, input_usd_per_million: float, output_usd_per_million: float) -> float:
        """Return what that costs at these prices per million tokens."""
        return (
            self.prompt_tokens * input_usd_per_million + self.completion_tokens * output_usd_per_million
        ) / 1e6


class Crewai:
    """The package, with a model to talk to. Raises `Unavailable` when the package is not installed."""

    def __init__(self, model: str, *, environment: Mapping[str, str] | None = None) -> None:
        known = os.environ if environment is None else environment
        self._package = _imported()
        self._scrubber = Scrubber.of(known)
        self._model = {
            "model": model,
            "api_key": _first(known, KEY_VARIABLES),
            "base_url": _first(known, URL_VARIABLES),
            "timeout": 120,
        }

    async def perform(
        self,
        crew: CrewDefinition,
        tasks: Sequence[CrewTask],
        *,
        request: str,
        before: Sequence[Said],
        process: Process,
    ) -> tuple[list[Said], CrewUsage]:
        """Run tasks as one crew on this event loop, so that cancelling reaches the request that is under way."""
        # The package counts usage per model object, and adds it up once per agent: a new object, asked itself, tells the truth.
        llm = self._package.LLM(**self._model)
        agents = {
            role: self._agent(role, crew.roles[role], llm) for role in dict.fromkeys(t.role for t in tasks)
        }
        made = [self._task(task, agents[task.role], request, before) for task in tasks]
        for number, task in enumerate(made[1:], start=1):
            task.context = made[number - 1 : number]
        hierarchical = process == "hierarchical"
        running = self._package.Crew(
            agents=list(agents.values()),
            tasks=made,
            process=getattr(self._package.Process, process),
            verbose=False,
            tracing=False,
            **({"manager_llm": llm} if hierarchical else {}),
        )
        output = await running.akickoff()
        said = [
            Said(task=task.id, role=task.role, text=self._scrubber.clean(str(each.raw)))
            for task, each in zip(tasks, output.tasks_output, strict=True)
        ]
        usage = llm.get_token_usage_summary()
        return said, CrewUsage(
            calls=int(usage.successful_requests),
            prompt_tokens=int(usage.prompt_tokens),
            completion_tokens=int(usage.completion_tokens),
        )

    def _agent(self, role: str, goal: str, llm: object) -> Any:  # noqa: ANN401  crewai's own type
        return self._package.Agent(
            role=role,
            goal=goal,
            backstory="You work with the given numbers only and say so where something is not known.",
            llm=llm,
            allow_delegation=False,
            verbose=False,
        )

    def _task(self, task: CrewTask, agent: object, request: str, before: Sequence[Said]) -> Any:  # noqa: ANN401
        told = "\n\n".join(f"{said.role}: {said.text}" for said in before)
        description = f"{task.goal}\n\nRequest:\n{request}" + (f"\n\nSaid so far:\n{told}" if told else "")
        # Braces are crewai's own placeholders; what people and models wrote must not be taken for one.
        safe = description.replace("{", "(").replace("}", ")")
        return self._package.Task(name=task.id, description=safe, expected_output=task.expected, agent=agent)


def _imported() -> Any:  # noqa: ANN401  an optional package without stubs here
    os.environ.setdefault("CREWAI_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("CREWAI_TRACING_ENABLED", "false")
    os.environ.setdefault("CREWAI_STORAGE_DIR", "alphaswarm-crews")
    try:
        return importlib.import_module("crewai")
    except ImportError as error:
        raise Unavailable(
            f"crew factory import failed: {error}. Install the extra `crew` on the workers.",
            field="params.crew",
        ) from error


def _first(known: Mapping[str, str], names: Sequence[str]) -> str | None:
    return next((value for name in names if (value := known.get(name))), None)
