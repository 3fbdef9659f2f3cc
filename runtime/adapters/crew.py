"""`CrewProcessAdapter`: a crew of role-playing agents, run with the optional package `crewai`."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, ClassVar, Literal, cast

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from runtime.adapter import Adapter, AdapterContext, AdapterResult
from runtime.crews.definition import CrewDefinition, CrewTask, batches, held, named_crew
from runtime.crews.running import Crewai, Process, Said
from runtime.crews.subject import known_of
from runtime.errors import InvalidSpec
from runtime.market.as_of import as_of_day
from runtime.node import Ledger
from runtime.settings import LiveSettings, SettingName
from runtime.spec import sentence
from runtime.state import OrchestrationState
from runtime.stepping import Outcome, announce, record_in, take_step
from runtime.transitions import Step
from runtime.values import Value


class CrewParams(BaseModel):
    """What the adapter reads of a spec's `params`."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    crew: Literal["research", "trader"] = "research"
    process: Process = "sequential"
    model: str = Field(min_length=1, max_length=200)
    """Model name as `crewai` takes it; key and address come from the worker's environment."""
    user_prompt: str = Field(default="", max_length=20_000)
    symbol: str = Field(default="", max_length=40)
    input_usd_per_million: float | None = Field(default=None, ge=0)
    """Price of prompt tokens; without prices the cost is not known and not counted."""
    output_usd_per_million: float | None = Field(default=None, ge=0)


class CrewProcessAdapter(Adapter):
    """Run the research or the trader crew; each task is a transition, or the whole crew when a manager delegates."""

    adapter_kind = "crew"
    reproducible = False
    adapter_category = "crew"
    adapter_source = "finrobot"
    adapter_tags = ("crewai", "sequential", "hierarchical")
    requires: ClassVar[SettingName | None] = "orchestration_crew_adapter_enabled"

    async def invoke(self, state: OrchestrationState, context: AdapterContext) -> AdapterResult:
        """Write `crew_outputs[crew]`; raises `InvalidSpec` for bad params and `Unavailable` without the package."""
        params = _params(context.params)
        crew = named_crew(params.crew, rounds=context.max_rounds)
        crewai = await asyncio.to_thread(Crewai, params.model)
        inputs = state.get("inputs", {})
        prompt = params.user_prompt or str(inputs.get("prompt") or "What should we do?")
        prices = await asyncio.to_thread(_prices, context, as_of_day(inputs))
        known = await context.engine.world.compute.run(known_of, prices, params.symbol)
        request = f"{prompt}\n\n{known}"
        todo = batches(crew, at_once=params.process == "hierarchical")
        announce(context, [_node(crew, batch) for batch in todo])
        shift = Shift(crewai, crew, params, context)
        for batch in todo:
            await shift.work(batch, request)
        said = shift.said
        context.transitions.mark(f"crew:{crew.alias}", "ok", tasks=len(said))
        outputs = record_in(state, "crew_outputs") | {
            crew.alias: {
                "prompt": prompt,
                "result": said[-1].text if said else "",
                "tasks_output": [asdict(each) for each in said],
                "cost_known": params.input_usd_per_million is not None
                and params.output_usd_per_million is not None,
            }
        }
        return AdapterResult(state=cast(OrchestrationState, {**state, "crew_outputs": outputs}))


class Shift:
    """One crew at work: what has been said so far."""

    def __init__(
        self, crewai: Crewai, crew: CrewDefinition, params: CrewParams, context: AdapterContext
    ) -> None:
        self._crewai = crewai
        self._crew = crew
        self._params = params
        self._context = context
        self.said: list[Said] = []

    async def work(self, batch: Sequence[CrewTask], request: str) -> None:
        """Take one transition for a batch; rounds of a debate above the live cap are left out, and a crumb says so."""
        node = _node(self._crew, batch)
        cap = (await self._context.transitions.admit()).orchestration_max_debate_rounds
        tasks = held(batch, cap)
        if len(tasks) < len(batch):
            self._context.transitions.mark("round_cap_enforce", "capped", task=node, max_rounds=cap)
        if not tasks:
            return

        async def perform(live: LiveSettings, ledger: Ledger) -> Outcome:  # noqa: ARG001  checked by the runtime
            said, usage = await self._crewai.perform(
                self._crew, tasks, request=request, before=tuple(self.said), process=self._params.process
            )
            ledger.n_calls += usage.calls
            ledger.cost_usd += usage.cost_usd(
                self._params.input_usd_per_million or 0.0, self._params.output_usd_per_million or 0.0
            )
            self.said += said
            return Outcome(
                outputs={each.task: Value(type="text", data=each.text) for each in said},
                extras={"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens},
            )

        await take_step(self._context, Step(node=node, kind="adapter.crew", title=node), perform)


def _node(crew: CrewDefinition, batch: Sequence[CrewTask]) -> str:
    return batch[0].id if len(batch) == 1 else f"crew:{crew.alias}:{len(batch)}"


def _params(params: Mapping[str, Any]) -> CrewParams:
    try:
        return CrewParams.model_validate(
            {name: params[name] for name in CrewParams.model_fields if params.get(name) is not None}
        )
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(["params", *(str(part) for part in first["loc"])])
        raise InvalidSpec(f"Field {field!r}: {sentence(first['msg'])}", field=field) from error


def _prices(context: AdapterContext, end: date | None) -> pd.DataFrame:
    market = context.engine.world.market
    return market.prices(market.symbols(), start=None, end=end)
