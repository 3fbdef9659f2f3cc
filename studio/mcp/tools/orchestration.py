"""What the control plane knows: adapters, workflows, runs, health."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from persistence.runs import RunSummary
from runtime.adapter import catalog
from runtime.errors import NotFound
from runtime.library import named_specs, shipped
from runtime.status import RunStatus
from studio.mcp.tool import Arguments, DataTool, Envelope, require_studio, rows, studio_on
from tasks.access import Actor
from tasks.control.context import Control
from tasks.control.runs import get_run, list_runs
from tasks.control.settings import settings_in_force
from tasks.control.specs import list_workflows
from tasks.control.watchdog import workflow_health


class ListAdapters(DataTool):
    """The adapters, those whose flag is off marked so."""

    name = "data.orchestration.list_adapters"
    summary = "List the orchestration adapters with kind, tags and whether their flag is on."

    def run(self, control: Control, actor: Actor, args: Arguments) -> Envelope:  # noqa: ARG002
        """Answer."""
        return rows("adapters", catalog(settings_in_force(control).live))


class RunsArguments(Arguments):
    """Which runs."""

    status: RunStatus | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 50


class ListRuns(DataTool):
    """Runs, newest first."""

    name = "data.orchestration.list_runs"
    summary = "List workflow runs, newest first, optionally of one status."
    Args: ClassVar[type[Arguments]] = RunsArguments

    def run(self, control: Control, actor: Actor, args: RunsArguments) -> Envelope:
        """Answer."""
        if not studio_on(control):
            return rows("runs", [], table_present=False)
        page = list_runs(control, actor, status=args.status, limit=args.limit)
        return rows("runs", [_run(run) for run in page.runs], table_present=True)


class RunArguments(Arguments):
    """Which run."""

    run_id: Annotated[str, Field(min_length=1, max_length=64)]


class GetRun(DataTool):
    """One run with its crumbs."""

    name = "data.orchestration.get_run"
    summary = "Return one workflow run with its breadcrumbs, cost and error."
    Args: ClassVar[type[Arguments]] = RunArguments

    def run(self, control: Control, actor: Actor, args: RunArguments) -> Envelope:
        """Answer; `not_found` for a run that there is not."""
        require_studio(control)
        view = get_run(control, actor, args.run_id)
        run = view.record.summary
        data = {
            **_run(run),
            "status": view.shown,
            "spec_version_id": run.spec_version_id,
            "breadcrumbs": view.record.crumbs,
            "error": run.error,
        }
        return Envelope(ok=True, data=data, summary=f"{run.spec_name}: {view.shown}", rows_returned=1)


class WorkflowsArguments(Arguments):
    """Whether the shipped specs count."""

    include_yaml: bool = False


class ListWorkflows(DataTool):
    """Workflows of the registry, and the shipped ones on request."""

    name = "data.orchestration.list_workflows"
    summary = "List workflows by name with adapter and rounds; with include_yaml the shipped specs, too."
    Args: ClassVar[type[Arguments]] = WorkflowsArguments

    def run(self, control: Control, actor: Actor, args: WorkflowsArguments) -> Envelope:
        """Answer."""
        found: list[dict[str, Any]] = []
        if studio_on(control):
            found = [
                {
                    "name": workflow.record.name,
                    "adapter": workflow.record.adapter,
                    "description": workflow.record.description,
                    "max_rounds": workflow.spec.max_rounds,
                    "annotations": list(workflow.spec.annotations),
                    "source": "registry",
                }
                for workflow in list_workflows(control, actor)
            ]
        return rows("workflows", found + (_shipped() if args.include_yaml else []))


class FusionInputs(DataTool):
    """What a run fused."""

    name = "data.orchestration.fusion_inputs_for_run"
    summary = "Return what signal fusion was given in a run and what it gave."
    Args: ClassVar[type[Arguments]] = RunArguments

    def run(self, control: Control, actor: Actor, args: RunArguments) -> Envelope:
        """Answer; empty objects when the run fused nothing, or is not known."""
        state: dict[str, Any] = {}
        if studio_on(control):
            try:
                state = get_run(control, actor, args.run_id).record.final_state or {}
            except NotFound:
                state = {}
        inputs, output = state.get("fusion_inputs") or {}, state.get("fusion_output") or {}
        data = {"run_id": args.run_id, "fusion_inputs": inputs, "fusion_output": output}
        return Envelope(
            ok=True,
            data=data,
            summary="fused" if output else "nothing was fused",
            rows_returned=int(bool(output)),
        )


class HealthOfRuns(DataTool):
    """The watchdog's snapshot."""

    name = "data.orchestration.health"
    summary = (
        "Return how workflow runs are doing: counts, stalled candidates, and when the watchdog looked last."
    )

    def run(self, control: Control, actor: Actor, args: Arguments) -> Envelope:  # noqa: ARG002
        """Answer; zeros while the studio is off."""
        if not studio_on(control):
            none: dict[str, Any] = {
                "running": 0,
                "pending": 0,
                "halted_last_24h": 0,
                "stalled_candidates": [],
                "stall_threshold_seconds": control.settings.agent_stall_threshold_seconds,
                "last_watchdog_at": None,
                "table_present": False,
            }
            return Envelope(ok=True, data=none, summary="the studio is off")
        health = workflow_health(control, actor)
        data = {
            "running": health.running,
            "pending": health.pending,
            "halted_last_24h": health.halted_last_24h,
            "stalled_candidates": [
                {
                    "run_id": one.run_id,
                    "workflow_spec_name": one.workflow_spec_name,
                    "started_at": one.started_at.isoformat(),
                    "task_id": one.task_id,
                    "stalled_seconds": one.stalled_seconds,
                    "status": one.status,
                }
                for one in health.stalled_candidates
            ],
            "stall_threshold_seconds": health.stall_threshold_seconds,
            "last_watchdog_at": health.last_watchdog_at and health.last_watchdog_at.isoformat(),
            "table_present": health.table_present,
        }
        return Envelope(
            ok=True,
            data=data,
            summary=f"{health.running} running, {health.pending} pending",
            rows_returned=len(health.stalled_candidates),
        )


def _run(run: RunSummary) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "workflow_spec_name": run.spec_name,
        "status": run.status,
        "started_at": run.started_at.isoformat(),
        "completed_at": run.completed_at and run.completed_at.isoformat(),
        "duration_ms": run.duration_ms,
        "cost_usd": run.totals.cost_usd,
    }


def _shipped() -> list[dict[str, Any]]:
    specs = [*(entry.spec for entry in shipped()), *named_specs()]
    return [
        {
            "name": spec.name,
            "adapter": spec.adapter,
            "description": spec.description,
            "max_rounds": spec.max_rounds,
            "annotations": list(spec.annotations),
            "source": "yaml",
            "yaml_dir": "runtime/library",
        }
        for spec in specs
    ]
