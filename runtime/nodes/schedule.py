"""Schedule: has another workflow run after this point. The twin of `AutomationScheduleAdapter` for drawings."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from runtime.errors import InvalidSpec, Unavailable
from runtime.flags import require
from runtime.node import Effects, NodeConfig, NodeContext, NodeKind, Port
from runtime.settings import SettingName

FLAG: SettingName = "orchestration_schedule_enabled"


class ScheduleConfig(NodeConfig):
    """Which workflow, with which inputs, how long after this point."""

    workflow: str = Field(
        default="",
        max_length=160,
        title="Workflow",
        description="The workflow to enqueue. Never this one, nor one that led to this run.",
        json_schema_extra={"choices": "workflows"},
    )
    version_id: str = Field(
        default="",
        max_length=36,
        title="Version id",
        description="The id of a frozen version of it. Leave empty for its content at that moment.",
    )
    inputs: dict[str, Any] = Field(
        default_factory=dict[str, Any],
        title="Inputs",
        description='What the run is started with, as JSON: {"as_of": "2024-06-28"}.',
    )
    countdown_seconds: float = Field(
        default=0.0,
        ge=0,
        le=3600,
        title="Wait before",
        description="This run waits for so long and then enqueues, so that a halt of it stops what it was to start.",
        json_schema_extra={"unit": "s"},
    )


class Schedule(NodeKind):
    """Enqueues a run of another workflow as a child of this one.

    It is `local` and needs no gate of its own: nothing is ordered or emitted here. The other workflow is validated when it is
    accepted, and whatever acts in it stands behind a gate of its own drawing; an approval of this one is worth nothing there.
    """

    kind = "control.schedule"
    title = "Schedule"
    family = "control"
    icon = "calendar-plus"
    summary = "Enqueues a run of another workflow when the work before it is done."
    example: ClassVar[dict[str, Any]] = {
        "workflow": "example.other",
        "inputs": {"as_of": "2022-12-28"},
        "countdown_seconds": 0.5,
    }
    inputs = (Port(id="value", type="any", title="After", required=False),)
    outputs = (Port(id="scheduled", type="insight", title="Enqueued run"),)
    writes = ("schedule_metadata",)
    effects: ClassVar[Effects] = "local"
    terminal = True
    requires: ClassVar[SettingName | None] = FLAG
    headline = ("workflow", "countdown_seconds")
    Config = ScheduleConfig

    async def run(
        self,
        inputs: Mapping[str, Any],  # noqa: ARG002  what arrives only says that it is time
        config: ScheduleConfig,
        ctx: NodeContext,
    ) -> Mapping[str, Any]:
        """Return which run was accepted; raises `InvalidSpec` for a loop, and what the queue raises."""
        target = config.workflow.strip()
        if not target:
            raise InvalidSpec("Name the workflow to enqueue.", field="workflow")
        if target == ctx.workflow:
            raise InvalidSpec(
                f"{target!r} is this workflow; it would enqueue itself for ever.", field="workflow"
            )
        if ctx.enqueue is None:
            raise Unavailable("Runs cannot be enqueued here: there is no queue.")
        if config.countdown_seconds:
            await ctx.clock.sleep(config.countdown_seconds)
            # The wait may have been long: flag and halt are asked again right before anything happens.
            require(FLAG, await ctx.refresh(), title=self.title)
        queued = await ctx.enqueue(target, config.inputs, version_id=config.version_id or None)
        ctx.side_effect()
        metadata = {
            "scheduled_at": ctx.clock.now().isoformat(),
            "celery_task_id": queued.task_id,
            "run_id": queued.run_id,
            "target_spec_name": target,
            "target_spec_version_id": config.version_id or None,
            "countdown_seconds": config.countdown_seconds,
            "parent_run_id": ctx.run_id,
        }
        ctx.write("schedule_metadata", metadata)
        ctx.note("run_id", queued.run_id)
        return {"scheduled": metadata}
