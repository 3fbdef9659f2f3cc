"""Tools that change something: only for a token that was given the scope, and by the same control functions as every front."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from studio.mcp.tool import Arguments, DataTool, Envelope, Scope
from tasks.access import Actor, Permission
from tasks.control.context import Control
from tasks.control.halts import halt_run
from tasks.control.runs import start_run


class StartArguments(Arguments):
    """What to run."""

    workflow: Annotated[str, Field(min_length=1, max_length=160)]
    inputs: dict[str, Any] = Field(default_factory=dict)


class StartRun(DataTool):
    """Start a run."""

    name = "data.orchestration.start_run"
    summary = "Start a run of a workflow; the answer names the run, which goes on by itself."
    scope: ClassVar[Scope] = "data:write"
    permission = Permission.RUN
    Args: ClassVar[type[Arguments]] = StartArguments

    def run(self, control: Control, actor: Actor, args: StartArguments) -> Envelope:
        """Answer as soon as the run is accepted."""
        started = start_run(control, actor, args.workflow, args.inputs)
        data = {"run_id": started.run_id, "task_id": started.task_id, "dispatched": started.dispatched}
        return Envelope(ok=True, data=data, summary="accepted", rows_returned=1)


class HaltArguments(Arguments):
    """What to halt, and why."""

    run_id: Annotated[str, Field(min_length=1, max_length=64)]
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class HaltRun(DataTool):
    """Halt a run."""

    name = "data.orchestration.halt_run"
    summary = "Halt one run and the runs it started; the answer says how far the halt has come."
    scope: ClassVar[Scope] = "data:write"
    permission = Permission.HALT
    Args: ClassVar[type[Arguments]] = HaltArguments

    def run(self, control: Control, actor: Actor, args: HaltArguments) -> Envelope:
        """Answer with the halt's record; it is proved when the last side effect is in the past."""
        record = halt_run(control, actor, args.run_id, args.reason)
        data = {
            "halt_id": record.id,
            "proved": record.proved,
            "row_written": record.row_written,
            "runs": [{"run_id": item.run_id, "state": item.state} for item in record.items],
        }
        return Envelope(
            ok=True,
            data=data,
            summary="proved" if record.proved else "under way",
            rows_returned=len(record.items),
        )
