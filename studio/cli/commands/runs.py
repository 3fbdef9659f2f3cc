"""`run`, `runs` and `halt`: start a workflow, look at runs, stop one."""

import time
from collections.abc import Iterable
from typing import Annotated

import typer

from runtime.errors import NotFound, Unavailable
from runtime.status import TERMINAL, RunStatus
from studio.cli.acting import Acting, acting
from studio.cli.front import Exit
from studio.cli.inputs import parsed_inputs
from studio.cli.options import As, AsJson, Reason
from studio.cli.output import table, tell
from tasks.control.desk_halts import halt_desk_run
from tasks.control.desks import get_desk_run
from tasks.control.halts import HaltRecord, halt_run, halt_status
from tasks.control.runs import RunView, get_run, halting_runs, list_runs, start_run

group = typer.Typer()
LOOK_SECONDS = 0.25


@group.command("run")
def run_workflow(
    workflow: str,
    *,
    inputs: Annotated[str, typer.Option(help="A JSON object.")] = "{}",
    wait: Annotated[
        bool, typer.Option("--wait", help="Until it has ended; exit code 1 unless it completed.")
    ] = False,
    timeout: Annotated[
        float, typer.Option(min=0, help="Seconds to wait at most; 0: as long as it takes.")
    ] = 0.0,
    name: As = "",
    as_json: AsJson = False,
) -> None:
    """Start a run of a workflow."""
    given = parsed_inputs(inputs)
    with acting(name) as at:
        started = start_run(at.control, at.actor, workflow, given)
        if not wait:
            late = "" if started.dispatched else "; the broker is away, so it waits until it is back"
            tell(started, [f"Run {started.run_id} is accepted{late}."], as_json=as_json)
            return
        view = _ended(at, started.run_id, timeout)
    summary = view.record.summary
    why = f": {summary.error}" if summary.error else ""
    data = {
        "run_id": summary.run_id,
        "status": view.shown,
        "error": summary.error,
        "final_state": view.record.final_state,
    }
    tell(data, [f"Run {summary.run_id} is {view.shown}{why}"], as_json=as_json)
    if view.shown != "completed":
        raise typer.Exit(int(Exit.REFUSED))


@group.command("runs")
def list_workflow_runs(
    *,
    status: Annotated[RunStatus | None, typer.Option(help="Only those in this state.")] = None,
    workflow: Annotated[str | None, typer.Option(help="Only those of this workflow.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 20,
    name: As = "",
    as_json: AsJson = False,
) -> None:
    """List runs, newest first."""
    with acting(name) as at:
        runs = list_runs(at.control, at.actor, spec_name=workflow, status=status, limit=limit).runs
        halting = halting_runs(at.control.database)
    shown = {
        run.run_id: "halting" if run.run_id in halting and run.status == "halted" else run.status
        for run in runs
    }
    rows = [
        (
            run.run_id,
            run.spec_name,
            shown[run.run_id],
            f"{run.created_at:%Y-%m-%d %H:%M:%S}",
            run.created_by_name,
        )
        for run in runs
    ]
    data = [{"run": run, "shown": shown[run.run_id]} for run in runs]
    tell(data, table(("run", "workflow", "status", "asked for (UTC)", "by"), rows), as_json=as_json)


@group.command("halt")
def halt(
    run_id: str,
    *,
    reason: Reason,
    patience: Annotated[float, typer.Option(min=0, help="Seconds to wait for the proof.")] = 10.0,
    name: As = "",
    as_json: AsJson = False,
) -> None:
    """Halt a run, of workflows or of any desk, and what it started. Exit code 3 while that is not proved."""
    with acting(name) as at:
        record = _proved(at, _halted(at, run_id, reason), patience)
    tell(record, _told(record, run_id), as_json=as_json)
    if not record.proved:
        raise Unavailable("It is not proved that everything has stopped. Ask again, or look at the run.")


def _ended(at: Acting, run_id: str, timeout: float) -> RunView:
    """Return the run once it has ended, and its halt, if one hit it, is proved."""
    until = time.monotonic() + timeout
    while True:
        view = get_run(at.control, at.actor, run_id)
        if view.shown in TERMINAL:
            return view
        if timeout and time.monotonic() >= until:
            raise Unavailable(
                f"Run {run_id} is {view.shown} after {timeout:g} s. It goes on; nothing was stopped."
            )
        time.sleep(LOOK_SECONDS)


def _halted(at: Acting, run_id: str, reason: str) -> HaltRecord:
    try:
        return halt_run(at.control, at.actor, run_id, reason)
    except NotFound:
        desk = get_desk_run(at.control, at.actor, run_id).record.summary.desk
        return halt_desk_run(at.control, at.actor, desk, run_id, reason)


def _proved(at: Acting, record: HaltRecord, patience: float) -> HaltRecord:
    """Return the record once all of it is proved, or as it stands after so long."""
    until = time.monotonic() + patience
    while not record.proved and time.monotonic() < until:
        time.sleep(LOOK_SECONDS)
        record = halt_status(at.control, record.id)
    return record


def _told(record: HaltRecord, run_id: str) -> Iterable[str]:
    if record.row_written and not record.items:
        yield f"Nothing was halted: run {run_id} has ended already."
    if not record.row_written:
        yield "The database did not take it in time; key and message went out, and the row follows."
    for item in record.items:
        last = f"{item.last_effect_at:%H:%M:%S.%f} UTC" if item.last_effect_at else "none"
        state = f"halted; its last side effect: {last}" if item.proved_at else "halting"
        yield f"Run {item.run_id} is {state}"
