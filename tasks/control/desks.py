"""What the desks beside the workflows do: starting, looking, counting. The row comes first, as with workflow runs."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import ValidationError

from persistence.controls import AuditEntry, ControlRepository
from persistence.desk_runs import DeskRunRecord, DeskRunRepository, DeskRunSummary, NewDeskRun
from persistence.events import EventRecord, EventRepository
from persistence.halts import HaltItem, HaltRepository
from persistence.models import DeskEventRow
from persistence.runs import RunRepository
from runtime.desks import DESKS, DeskName, DeskStatus
from runtime.errors import InvalidValue, NotFound, TooLarge
from runtime.ids import RunId, TaskId, new_id
from runtime.spec import canonical_json
from runtime.status import ACTIVE
from tasks.access import Actor, Permission, require
from tasks.control.context import Control
from tasks.control.dispatch import dispatch_desk_run
from tasks.control.switch import refuse_engaged, refuse_while_engaged
from tasks.desks.registry import desk_named

MAX_CONFIG_BYTES = 256 * 1024
LONGEST_NAME = 160
ShownDeskStatus = DeskStatus | Literal["halting"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedDeskRun:
    """A run that was accepted. It will run: now, or when the broker is back."""

    run_id: RunId
    task_id: TaskId
    dispatched: bool
    """False: the broker did not take the message; the run waits as `pending`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskRunView:
    """A desk's run, how far its halt has come if there is one, and what it holds."""

    record: DeskRunRecord
    halt: HaltItem | None
    holds: str
    """In the desk's own words, such as open orders; empty for nothing."""

    @property
    def shown(self) -> ShownDeskStatus:
        """The status as a screen may say it: `halting` until the last side effect is proved to be in the past."""
        return shown_desk_status(self.record.summary, self.halt)


def start_desk_run(
    control: Control,
    actor: Actor,
    desk: str,
    config: Mapping[str, Any],
    *,
    name: str = "",
    parent: RunId | None = None,
) -> StartedDeskRun:
    """Accept a run of a desk and hand it to the workers.

    Raises `NotFound`, `InvalidValue` (names the field), whatever the desk's own check finds, and `Unavailable` (kill switch
    engaged or unreadable).
    """
    require(actor, Permission.RUN)
    kind = desk_named(desk)
    refuse_while_engaged(control)
    checked = kind.check(control, actor, parse_config(kind.Config, config))
    dumped = checked.model_dump(mode="json")
    if len(canonical_json(dumped).encode()) > MAX_CONFIG_BYTES:
        raise TooLarge(f"The config is larger than {MAX_CONFIG_BYTES // 1024} KB.", field="config")
    run = NewDeskRun(
        run_id=RunId(new_id()),
        task_id=TaskId(new_id()),
        desk=kind.name,
        kind=kind.kind_of(checked),
        name=(kind.nameable and _checked_name(name)) or kind.title_of(checked),
        queue=kind.queue_of(checked),
        config=dumped,
        parent_id=parent,
        created_by=actor.id,
        created_by_name=actor.name,
    )
    with control.database.write() as session:
        controls = ControlRepository(session)
        # Asked again with the switch held: whoever engages it finds this run, or this run finds it engaged.
        refuse_engaged(controls.held_kill_switch())
        now = control.clock.now()
        DeskRunRepository(session).insert_pending(run, now)
        controls.append_audit(_start_entry(run, now))
    sent = dispatch_desk_run(control, run.run_id, run.task_id, queue=run.queue)
    return StartedDeskRun(run_id=run.run_id, task_id=run.task_id, dispatched=sent)


def get_desk_run(control: Control, actor: Actor, run_id: str) -> DeskRunView:
    """Return a run with its payloads; raises `NotFound`."""
    require(actor, Permission.READ)
    with control.database.read() as session:
        record = DeskRunRepository(session).get(RunId(run_id))
        halts = HaltRepository(session).for_run(RunId(run_id))
    if record is None:
        raise NotFound("desk run", run_id)
    holds = desk_named(record.summary.desk).holds(control, record)
    return DeskRunView(record=record, halt=halts[0] if halts else None, holds=holds)


def list_desk_runs(
    control: Control,
    actor: Actor,
    *,
    desk: DeskName | None = None,
    statuses: Collection[DeskStatus] | None = None,
    kinds: Collection[str] | None = None,
    name: str | None = None,
    parent: RunId | None = None,
    limit: int = 100,
    before: str | None = None,
) -> list[DeskRunSummary]:
    """Return runs without payloads, newest first; `before` is the last run of the page before."""
    require(actor, Permission.READ)
    with control.database.read() as session:
        return DeskRunRepository(session).list(
            desk=desk,
            statuses=statuses,
            kinds=kinds,
            name=name,
            parent_id=parent,
            limit=limit,
            before=None if before is None else RunId(before),
        )


def desk_events(control: Control, actor: Actor, run_id: str, *, after: int = 0) -> list[EventRecord]:
    """Return the frames of a run after a number, in order, at most 1,000."""
    require(actor, Permission.READ)
    with control.database.read() as session:
        return EventRepository(session, DeskEventRow).after(RunId(run_id), after)


def desk_counts(control: Control, actor: Actor) -> dict[DeskName, int]:
    """Return how many runs of each desk beside the workflows have not ended; leaves the workflows' tables alone."""
    require(actor, Permission.READ)
    with control.database.read() as session:
        return DeskRunRepository(session).active_counts()


def active_counts(control: Control, actor: Actor) -> dict[DeskName, int]:
    """Return how many runs of each of the six desks have not ended."""
    require(actor, Permission.READ)
    with control.database.read() as session:
        counts = DeskRunRepository(session).active_counts()
        by_status = RunRepository(session).counts()
    counts["workflows"] = sum(by_status[status] for status in ACTIVE)
    return {desk: counts.get(desk, 0) for desk in DESKS}


def shown_desk_status(summary: DeskRunSummary, halt: HaltItem | None) -> ShownDeskStatus:
    """Return the status as a screen may say it."""
    if summary.status == "halted" and halt is not None and halt.proved_at is None:
        return "halting"
    return summary.status


def parse_config(kind: type[Any], config: Mapping[str, Any]) -> Any:  # noqa: ANN401  the desk's own model
    """Return a config as its model; raises `InvalidValue` that names the first bad field."""
    try:
        return kind.model_validate(dict(config))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "config"
        raise InvalidValue(f"Field {where!r}: {first['msg']}.", field=where) from error


def _start_entry(run: NewDeskRun, now: datetime) -> AuditEntry:
    return AuditEntry(
        at=now,
        actor_id=run.created_by,
        actor_name=run.created_by_name,
        action="run.start",
        target=run.run_id,
        reason="asked for",
        detail={"scope": "run", "desk": run.desk, "kind": run.kind, "name": run.name},
    )


def _checked_name(name: str) -> str:
    trimmed = name.strip()
    if len(trimmed) > LONGEST_NAME:
        raise InvalidValue(f"The name is longer than {LONGEST_NAME} characters.", field="name")
    return trimmed
