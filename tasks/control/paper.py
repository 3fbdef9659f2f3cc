"""Paper sessions: starting, stopping and looking at them, those that bots run included. Everything else is as with any desk."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from persistence.desk_runs import DeskRunRepository, DeskRunSummary
from persistence.paper_sessions import PaperSessionRepository, StoredState
from runtime.desks import DESK_ACTIVE
from runtime.errors import NotFound, Unavailable
from runtime.ids import RunId, TaskId
from runtime.paper.books import LedgerEntry, SessionFill, SessionOrder
from tasks.access import Actor, Permission, require, require_any
from tasks.control.context import Control
from tasks.control.desk_halts import halt_desk, halt_desk_run
from tasks.control.desks import (
    DeskRunView,
    ShownDeskStatus,
    StartedDeskRun,
    get_desk_run,
    list_desk_runs,
    shown_desk_status,
    start_desk_run,
)
from tasks.control.halts import HaltRecord, unproved_items
from tasks.control.settings import checked_reason
from tasks.worker.paper_session import PAPER_SESSION

_log = logging.getLogger(__name__)

ORDERS, FILLS, ENTRIES = 25, 50, 50
"""How much of the books comes with a session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """A session in a list."""

    run: DeskRunSummary
    shown: ShownDeskStatus
    books: StoredState | None
    """None before its first booking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDetail:
    """A session with its configuration and the latest of its books, newest first."""

    view: DeskRunView
    books: StoredState | None
    orders: Sequence[SessionOrder]
    fills: Sequence[SessionFill]
    ledger: Sequence[LedgerEntry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """What a request to stop has hit. A failure of one part has kept no other from being stopped."""

    reason: str
    records: tuple[HaltRecord, ...] = ()
    failures: tuple[str, ...] = ()
    """One sentence each."""

    @property
    def task_ids(self) -> list[TaskId]:
        """Return the tasks of the runs that were halted; one whose task nobody knows is halted, too."""
        return [hit.task_id for record in self.records for hit in record.hit if hit.task_id]

    @property
    def run_ids(self) -> list[RunId]:
        """Return the runs that were halted."""
        return [hit.run_id for record in self.records for hit in record.hit]


def start_session(
    control: Control, actor: Actor, config: Mapping[str, Any], *, run_name: str = ""
) -> StartedDeskRun:
    """Start a session; `run_name` wins over the one in the configuration. Raises as `start_desk_run`."""
    named = {**config, "run_name": run_name} if run_name else config
    return start_desk_run(control, actor, "paper", named)


def stop_session(control: Control, actor: Actor, task_id: str, reason: str) -> Stopped:
    """Halt the session of a task; one that has ended is left alone. Raises `NotFound`."""
    require_any(actor, Permission.HALT)
    run = session_of_task(control, task_id)
    record = halt_desk_run(control, actor, run.desk, run.run_id, reason)
    return Stopped(reason=record.reason, records=(record,), failures=late((record,)))


def stop_all(control: Control, actor: Actor, reason: str) -> Stopped:
    """Halt every session, also those that bots run; nothing to stop is no error."""
    require(actor, Permission.HALT_ALL)
    why = checked_reason(reason)
    return attempted(
        why,
        lambda: halt_desk(control, actor, "paper", why),
        lambda: halt_desk(control, actor, "bots", why, kinds=[PAPER_SESSION]),
    )


def attempted(reason: str, *parts: Callable[[], HaltRecord]) -> Stopped:
    """Halt one part after the other; a part that fails keeps none from being tried, and is told."""
    records: list[HaltRecord] = []
    failures: list[str] = []
    for part in parts:
        try:
            records.append(part())
        except Unavailable as error:
            _log.exception("a part of a halt failed")
            failures.append(error.message)
    return Stopped(reason=reason, records=tuple(records), failures=(*failures, *late(records)))


def late(records: Sequence[HaltRecord]) -> tuple[str, ...]:
    """Return what is to be said of halts that the database did not take in time."""
    words = "The database did not take the halt in time: it is written as soon as it answers."
    return tuple(words for record in records if not record.row_written)


def session_of_task(control: Control, task_id: str) -> DeskRunSummary:
    """Return the session that a task runs; raises `NotFound`."""
    with control.database.read() as session:
        run = DeskRunRepository(session).of_task(TaskId(task_id))
    if run is None or run.kind != PAPER_SESSION:
        raise NotFound("paper session of task", task_id)
    return run


def list_sessions(
    control: Control, actor: Actor, *, active: bool = False, limit: int = 100, before: str | None = None
) -> list[SessionView]:
    """Return sessions, newest first; `before` is the last one of the page before."""
    runs = list_desk_runs(
        control,
        actor,
        kinds=[PAPER_SESSION],
        statuses=DESK_ACTIVE if active else None,
        limit=limit,
        before=before,
    )
    with control.database.read() as session:
        books = PaperSessionRepository(session).states([run.run_id for run in runs])
    halting = unproved_items(control.database)
    return [
        SessionView(
            run=run,
            shown=shown_desk_status(run, halting.get(run.run_id)),
            books=books.get(run.run_id),
        )
        for run in runs
    ]


def get_session(control: Control, actor: Actor, run_id: str) -> SessionDetail:
    """Return a session with the latest of its books; raises `NotFound`."""
    view = get_desk_run(control, actor, run_id)
    if view.record.summary.kind != PAPER_SESSION:
        raise NotFound("paper session", run_id)
    target = view.record.summary.run_id
    with control.database.read() as session:
        books = PaperSessionRepository(session)
        return SessionDetail(
            view=view,
            books=books.state(target),
            orders=books.orders(target, limit=ORDERS),
            fills=books.fills(target, limit=FILLS),
            ledger=books.ledger(target, limit=ENTRIES),
        )
