"""Starting runs and looking at them. The row comes first; Celery is told afterwards, and if it cannot be told the reaper will."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.orm import Session

from persistence.approvals import ApprovalRecord, ApprovalRepository
from persistence.controls import AuditEntry, ControlRepository
from persistence.database import Database
from persistence.halts import HaltItem, HaltRepository
from persistence.runs import NewRun, RunPage, RunRecord, RunRepository, RunSummary
from runtime.errors import DrawingRefused, InvalidValue, NotFound, TooLarge
from runtime.graph.document import GraphDocument
from runtime.graph.validate import errors, validate
from runtime.ids import RunId, SpecName, TaskId, VersionId, new_id
from runtime.settings import LiveSettings
from runtime.spec import WorkflowSpec, canonical_json, unstorable
from runtime.status import RunStatus
from tasks.access import Actor, Permission, require
from tasks.control.context import Control
from tasks.control.dispatch import dispatch
from tasks.control.settings import require_flag, settings_in_force
from tasks.control.specs import RunnableSpec, runnable_spec
from tasks.control.switch import refuse_engaged, refuse_while_engaged

MAX_INPUT_BYTES = 256 * 1024
ShownStatus = RunStatus | Literal["halting"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedRun:
    """A run that was accepted. It will run: now, or when the broker is back."""

    run_id: RunId
    task_id: TaskId
    dispatched: bool
    """False: the broker did not take the message; the run waits as `pending`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A run, and how far its halt has come if there is one."""

    record: RunRecord
    halt: HaltItem | None
    """The newest halt that hit it."""
    approvals: tuple[ApprovalRecord, ...] = ()
    """What it has asked people, oldest first."""

    @property
    def shown(self) -> ShownStatus:
        """The status as a screen may say it: `halting` until the last side effect is proved to be in the past."""
        return shown_status(self.record.summary, self.halt)


def start_run(control: Control, actor: Actor, name: str, inputs: Mapping[str, Any]) -> StartedRun:
    """Accept a run of a workflow and hand it to the workers.

    Raises `NotFound`, `DrawingRefused`, `CapabilityOff` (studio off) and `Unavailable` (kill switch engaged or unreadable).
    """
    return accept_run(control, actor, lambda session: runnable_spec(control, session, SpecName(name)), inputs)


def accept_run(
    control: Control,
    actor: Actor,
    find: Callable[[Session], RunnableSpec],
    inputs: Mapping[str, Any],
    *,
    parent: RunId | None = None,
    why: str = "asked for",
    replay_of: RunId | None = None,
    claim: Callable[[Session, RunId], None] | None = None,
) -> StartedRun:
    """Write the row of a run and hand it to the workers; `find` says, in the same transaction, what it executes.

    `why` is for the audit log. `claim` is called first in that transaction; what it raises keeps the run from being.
    """
    require(actor, Permission.RUN)
    require_flag(control, "orchestration_studio_enabled")
    checked_inputs(inputs)
    refuse_while_engaged(control)
    live = settings_in_force(control).live
    run_id, task_id = RunId(new_id()), TaskId(new_id())
    with control.database.write() as session:
        # Asked again with the switch held: whoever engages it finds this run, or this run finds it engaged.
        refuse_engaged(ControlRepository(session).held_kill_switch())
        if claim is not None:
            claim(session, run_id)
        runnable = find(session)
        refuse_bad_drawing(runnable.spec, live)
        run = new_run(
            run_id,
            task_id,
            spec=runnable.spec,
            layout=runnable.layout,
            version_id=runnable.version_id,
            inputs=inputs,
            actor=actor,
            parent=parent,
            replay_of=replay_of,
        )
        now = control.clock.now()
        RunRepository(session).insert_pending(run, now)
        _audit_start(session, run, now, why)
    return StartedRun(run_id=run_id, task_id=task_id, dispatched=dispatch(control, run_id, task_id))


def _audit_start(session: Session, run: NewRun, now: datetime, why: str) -> None:
    ControlRepository(session).append_audit(
        AuditEntry(
            at=now,
            actor_id=run.created_by,
            actor_name=run.created_by_name,
            action="run.start",
            target=run.run_id,
            reason=why,
            detail={
                "scope": "run",
                "workflow": run.spec_name,
                "version_id": run.spec_version_id,
                "spec_hash": run.spec_hash,
                "parent_run_id": run.parent_run_id,
            },
        )
    )


def new_run(
    run_id: RunId,
    task_id: TaskId,
    *,
    spec: WorkflowSpec,
    layout: Mapping[str, Any],
    version_id: VersionId | None,
    inputs: Mapping[str, Any],
    actor: Actor,
    parent: RunId | None = None,
    replay_of: RunId | None = None,
) -> NewRun:
    """Return the row of a run that an actor asks for: everything that a worker needs."""
    return NewRun(
        run_id=run_id,
        task_id=task_id,
        spec_name=SpecName(spec.name),
        spec_version_id=version_id,
        spec=spec.dump(),
        spec_hash=spec.snapshot_hash(),
        layout=layout,
        inputs=inputs,
        parent_run_id=parent,
        replay_of=replay_of,
        created_by=actor.id,
        created_by_name=actor.name,
    )


def refuse_bad_drawing(spec: WorkflowSpec, live: LiveSettings) -> None:
    """Raise `DrawingRefused` with every problem when the spec is a drawing that cannot run."""
    graph = spec.params.get("graph")
    if not isinstance(graph, dict):
        return
    problems = errors(validate(GraphDocument.parse(graph), live))
    if problems:
        raise DrawingRefused(tuple(f"{issue.message} {issue.fix}".strip() for issue in problems))


def get_run(control: Control, actor: Actor, run_id: str) -> RunView:
    """Return a run with its payloads; raises `NotFound`."""
    require(actor, Permission.READ)
    with control.database.read() as session:
        record = RunRepository(session).get(RunId(run_id))
        if record is None:
            raise NotFound("run", run_id)
        halts = HaltRepository(session).for_run(RunId(run_id))
        approvals = ApprovalRepository(session).of_run(RunId(run_id))
    return RunView(record=record, halt=halts[0] if halts else None, approvals=tuple(approvals))


def list_runs(
    control: Control,
    actor: Actor,
    *,
    spec_name: str | None = None,
    status: RunStatus | None = None,
    limit: int = 100,
    before: str | None = None,
) -> RunPage:
    """Return runs without payloads, newest first; `before` is the last run of the page before."""
    require(actor, Permission.READ)
    with control.database.read() as session:
        return RunRepository(session).list(
            spec_name=None if spec_name is None else SpecName(spec_name),
            status=status,
            limit=limit,
            before=None if before is None else RunId(before),
        )


def active_runs(control: Control, actor: Actor, *, limit: int = 100) -> list[RunSummary]:
    """Return the runs that have not ended, newest first, `limit` per status."""
    require(actor, Permission.READ)
    with control.database.read() as session:
        runs = RunRepository(session)
        pages = [runs.list(status=status, limit=limit) for status in ("running", "waiting", "pending")]
    return sorted((run for page in pages for run in page.runs), key=lambda run: run.started_at, reverse=True)


def halting_runs(database: Database) -> set[RunId]:
    """Return the runs whose halt is not proved yet: rows that say `halted` and must be shown as `halting`."""
    with database.read() as session:
        return {item.run_id for item in HaltRepository(session).unproved()}


def shown_status(summary: RunSummary, halt: HaltItem | None) -> ShownStatus:
    """Return the status as a screen may say it."""
    if summary.status == "halted" and halt is not None and halt.proved_at is None:
        return "halting"
    return summary.status


def checked_inputs(inputs: Mapping[str, Any]) -> None:
    """Raise `InvalidValue` or `TooLarge` unless a run may be started with these."""
    bad = unstorable(dict(inputs), "inputs")
    if bad is not None:
        raise InvalidValue(f"Field {bad!r}: must be a finite number.", field=bad)
    try:
        size = len(canonical_json(dict(inputs)).encode())
    except (TypeError, ValueError) as error:
        raise InvalidValue(f"The inputs hold something that JSON cannot: {error}.", field="inputs") from error
    if size > MAX_INPUT_BYTES:
        raise TooLarge(f"The inputs are larger than {MAX_INPUT_BYTES // 1024} KB.", field="inputs")
