"""`AutomationScheduleAdapter`: lets another workflow run after this one. It enqueues and never runs work itself."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from runtime.adapter import Adapter, AdapterContext, AdapterResult
from runtime.errors import InvalidSpec, Unavailable
from runtime.flags import require
from runtime.ids import SpecName, VersionId
from runtime.node import Ledger
from runtime.ports import QueueRequest
from runtime.settings import LiveSettings, SettingName
from runtime.spec import sentence
from runtime.state import OrchestrationState
from runtime.stepping import Outcome, announce, take_step
from runtime.transitions import Step
from runtime.values import Value

PROGRESS_SECONDS = 10.0
"""How often a countdown shows how far it is."""


class ScheduleParams(BaseModel):
    """What the adapter reads of a spec's `params`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    target_spec_name: str = ""
    target_spec_version_id: str | None = None
    inputs: dict[str, Any] = Field(default_factory=dict[str, Any])
    countdown_seconds: float = Field(default=0.0, ge=0, le=3600, allow_inf_nan=False)
    """Waited for by this run, so a halt of it also stops what it was to start."""
    timezone: str = "UTC"

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"there is no time zone {name!r}") from error
        return name


class AutomationScheduleAdapter(Adapter):
    """Enqueue a run of another workflow as a child of this one; refuses to enqueue itself."""

    adapter_kind = "schedule"
    adapter_category = "schedule"
    adapter_source = "daily_stock_analysis"
    adapter_tags = ("celery_beat", "scheduler", "automation")
    requires: ClassVar[SettingName | None] = "orchestration_schedule_enabled"

    async def invoke(self, state: OrchestrationState, context: AdapterContext) -> AdapterResult:
        """Write schedule_metadata; raises `InvalidSpec` for bad params or a target that is this workflow."""
        params = _params(context.params)
        target = params.target_spec_name.strip()
        _refuse_loop(target, params, context)
        queue = context.queue
        if queue is None:
            raise Unavailable("Runs cannot be enqueued here: there is no queue.")
        node = f"enqueue:{target}"
        written: dict[str, Any] = {}

        async def work(live: LiveSettings, ledger: Ledger) -> Outcome:  # noqa: ARG001  spends nothing
            require("orchestration_schedule_enabled", live, title=self.adapter_alias)
            clock = context.engine.world.clock
            if params.countdown_seconds:
                await _count_down(context, node, params.countdown_seconds)
                # The wait may have been long: flag and halt are asked again right before anything happens.
                again = await context.transitions.admit()
                require("orchestration_schedule_enabled", again, title=self.adapter_alias)
            queued = await queue.enqueue(
                QueueRequest(
                    workflow=SpecName(target),
                    version_id=None
                    if params.target_spec_version_id is None
                    else VersionId(params.target_spec_version_id),
                    inputs=params.inputs,
                    parent_run_id=context.workflow_run_id,
                    actor=context.actor,
                )
            )
            context.transitions.side_effect()
            metadata = {
                "scheduled_at": clock.now().astimezone(ZoneInfo(params.timezone)).isoformat(),
                "timezone": params.timezone,
                "celery_task_id": queued.task_id,
                "run_id": queued.run_id,
                "target_spec_name": target,
                "target_spec_version_id": params.target_spec_version_id,
                "countdown_seconds": params.countdown_seconds,
                "parent_run_id": context.workflow_run_id,
            }
            written["schedule_metadata"] = metadata
            return Outcome(
                outputs={"scheduled": Value(type="insight", data=metadata)},
                extras={"celery_task_id": queued.task_id, "run_id": queued.run_id},
            )

        announce(context, [node])
        await take_step(context, Step(node=node, kind="adapter.schedule", title=f"Enqueue {target}"), work)
        return AdapterResult(state=cast(OrchestrationState, {**state, **written}))


async def _count_down(context: AdapterContext, node: str, seconds: float) -> None:
    """Wait, and show so: a run that is silent for long is taken for a hung one."""
    clock = context.engine.world.clock
    waited = 0.0
    while waited < seconds:
        context.transitions.progress(node, waited / seconds, f"{waited:g} of {seconds:g} s")
        step = min(PROGRESS_SECONDS, seconds - waited)
        await clock.sleep(step)
        waited += step


def _params(params: Mapping[str, Any]) -> ScheduleParams:
    try:
        return ScheduleParams.model_validate(
            {name: params[name] for name in ScheduleParams.model_fields if params.get(name) is not None}
        )
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(["params", *(str(part) for part in first["loc"])])
        raise InvalidSpec(f"Field {field!r}: {sentence(first['msg'])}", field=field) from error


def _refuse_loop(target: str, params: ScheduleParams, context: AdapterContext) -> None:
    if not target:
        raise InvalidSpec(
            "Field 'params.target_spec_name': name the workflow to enqueue; without one this would enqueue itself for ever.",
            field="params.target_spec_name",
        )
    own_version = (
        context.spec_version_id is not None and params.target_spec_version_id == context.spec_version_id
    )
    if target == context.workflow_spec_name or own_version:
        raise InvalidSpec(
            f"Field 'params.target_spec_name': {target!r} is this workflow; it would enqueue itself for ever.",
            field="params.target_spec_name",
        )
