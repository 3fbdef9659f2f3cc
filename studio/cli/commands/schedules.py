"""`schedule`: list, set, pause, resume and delete the schedules of workflows, and see when they come."""

from typing import Annotated

import typer

from persistence.schedules import SchedulePlan
from runtime.scheduling.misfire import MisfirePolicy
from studio.cli.acting import acting
from studio.cli.inputs import parsed_inputs
from studio.cli.options import As, AsJson
from studio.cli.output import table, tell
from tasks.control import schedules
from tasks.control.schedules import ScheduleView

group = typer.Typer(name="schedule", help="Start workflows by the clock.", no_args_is_help=True)


@group.command("list")
def list_all(*, name: As = "", as_json: AsJson = False) -> None:
    """List all schedules with their next time, or why nothing starts."""
    with acting(name) as at:
        views = schedules.list_schedules(at.control, at.actor)
    rows = [(view.record.workflow, _rhythm(view), view.record.plan.timezone, _next(view)) for view in views]
    tell(views, table(("workflow", "rhythm", "zone", "next"), rows), as_json=as_json)


@group.command("set")
def set_one(
    workflow: str,
    *,
    cron: Annotated[str, typer.Option(help="Five fields: '30 9 * * 1-5'.")] = "",
    every: Annotated[int, typer.Option(help="Seconds; above 0 it wins over --cron.")] = 0,
    timezone: Annotated[str, typer.Option(help="Name of a time zone.")] = "UTC",
    misfire: Annotated[MisfirePolicy, typer.Option(help="What becomes of missed times.")] = "once",
    most: Annotated[int, typer.Option(help="How many missed times 'all' may run.")] = 10,
    inputs: Annotated[str, typer.Option(help="A JSON object that each run gets.")] = "{}",
    enabled: Annotated[bool, typer.Option("--enabled/--disabled")] = True,
    name: As = "",
    as_json: AsJson = False,
) -> None:
    """Give a workflow its schedule, or replace it; its runs have the rights of who acts."""
    plan = SchedulePlan(
        cron=cron,
        interval_seconds=every,
        timezone=timezone,
        misfire=misfire,
        most=most,
        inputs=parsed_inputs(inputs),
        enabled=enabled,
    )
    with acting(name) as at:
        view = schedules.set_schedule(at.control, at.actor, workflow, plan)
    tell(view, _told(view), as_json=as_json)


@group.command("pause")
def pause(workflow: str, *, name: As = "", as_json: AsJson = False) -> None:
    """Start nothing until it is resumed."""
    with acting(name) as at:
        view = schedules.pause_schedule(at.control, at.actor, workflow)
    tell(view, _told(view), as_json=as_json)


@group.command("resume")
def resume(workflow: str, *, name: As = "", as_json: AsJson = False) -> None:
    """Go on with the next time; what passed meanwhile is not caught up."""
    with acting(name) as at:
        view = schedules.resume_schedule(at.control, at.actor, workflow)
    tell(view, _told(view), as_json=as_json)


@group.command("delete")
def delete(workflow: str, *, name: As = "", as_json: AsJson = False) -> None:
    """Take a schedule away; runs that it started stay."""
    with acting(name) as at:
        schedules.delete_schedule(at.control, at.actor, workflow)
    tell({"workflow": workflow}, [f"{workflow} has no schedule any more."], as_json=as_json)


@group.command("times")
def times(workflow: str, *, name: As = "", as_json: AsJson = False) -> None:
    """Show the next ten times of a schedule, on the clock of its zone and in UTC."""
    with acting(name) as at:
        view = schedules.get_schedule(at.control, at.actor, workflow)
    rows = [(time.local, time.at.isoformat()) for time in view.times]
    head = [view.words or "cannot be read", *([view.idle] if view.idle else [])]
    tell(view, [*head, *table((view.record.plan.timezone, "UTC"), rows)], as_json=as_json)


def _told(view: ScheduleView) -> list[str]:
    return [f"{view.record.workflow}: {_rhythm(view)} ({view.record.plan.timezone}); next: {_next(view)}"]


def _rhythm(view: ScheduleView) -> str:
    plan = view.record.plan
    return f"every {plan.interval_seconds} s" if plan.interval_seconds > 0 else plan.cron


def _next(view: ScheduleView) -> str:
    return view.idle or (f"{view.times[0].at:%Y-%m-%d %H:%M:%S} UTC" if view.times else "never again")
