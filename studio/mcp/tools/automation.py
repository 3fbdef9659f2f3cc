"""What beat starts by itself: its entries, and how a workflow's schedule stands."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from runtime.errors import InvalidValue, NotFound
from studio.mcp.tool import Arguments, DataTool, Envelope, rows
from tasks.access import Actor
from tasks.active_schedules import active_schedules
from tasks.app import configuration
from tasks.control.context import Control
from tasks.control.schedules import ScheduleView, get_schedule

PREFIXES = ("workflow-", "orchestration-")


class ListSchedules(DataTool):
    """Beat's entries for workflows."""

    name = "data.automation.list_schedules"
    category = "automation"
    summary = "List beat's entries that concern workflows, by key."

    def run(self, control: Control, actor: Actor, args: Arguments) -> Envelope:  # noqa: ARG002
        """Answer."""
        return rows("schedules", [entry for _, entry in sorted(_entries(control, actor).items())])


class KeyArguments(Arguments):
    """Which entry."""

    key: Annotated[str, Field(min_length=1, max_length=200)]


class GetScheduleStatus(DataTool):
    """One of beat's entries, with its last and next run."""

    name = "data.automation.get_schedule_status"
    category = "automation"
    summary = "Return one of beat's entries with when it ran last and when it runs next."
    Args: ClassVar[type[Arguments]] = KeyArguments

    def run(self, control: Control, actor: Actor, args: KeyArguments) -> Envelope:
        """Answer; `not_found` for an entry that there is not."""
        if not args.key.startswith(PREFIXES):
            raise InvalidValue(f"invalid key prefix: a key begins with {' or '.join(PREFIXES)}", field="key")
        entries = _entries(control, actor)
        if args.key not in entries:
            raise NotFound("schedule", args.key, known=entries.keys())
        return Envelope(ok=True, data=entries[args.key], summary=args.key, rows_returned=1)


def _entries(control: Control, actor: Actor) -> dict[str, dict[str, Any]]:
    """Return beat's entries by key: its own, and one per enabled schedule while the flags are on."""
    own = {
        key: {
            "key": key,
            "task": entry["task"],
            "schedule": f"every {entry['schedule']:g} s",
            "args": [],
            "kwargs": {},
            "last_run_at": None,
            "next_run_at": None,
        }
        for key, entry in configuration(control.settings)["beat_schedule"].items()
        if key.startswith(PREFIXES)
    }
    views = [
        get_schedule(control, actor, record.workflow)
        for record in active_schedules(control.settings, control.database)
    ]
    return own | {view.record.key: _scheduled(view) for view in views}


def _scheduled(view: ScheduleView) -> dict[str, Any]:
    record, plan = view.record, view.record.plan
    return {
        "key": record.key,
        "task": "tasks.schedule_tasks.run_due",
        "schedule": plan.cron or f"every {plan.interval_seconds} s",
        "args": [],
        "kwargs": {"spec_name": record.workflow, "inputs": dict(plan.inputs)},
        "timezone": plan.timezone,
        "paused": record.paused,
        "idle": view.idle,
        "last_run_at": record.last_run_at and record.last_run_at.isoformat(),
        "last_run_id": record.last_run_id,
        "last_error": record.last_error,
        "next_run_at": record.next_slot and record.next_slot.isoformat(),
    }
