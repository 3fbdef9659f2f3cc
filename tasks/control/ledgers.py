"""The two families of runs that the rows hold: workflow runs, and those of the other desks. Halts and the reaper treat them alike."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from persistence.desk_runs import DeskRunRepository
from persistence.events import EventRepository
from persistence.models import DeskEventRow
from persistence.runs import LostRun, RunRepository
from runtime.desks import DeskName
from runtime.ids import RunId, TaskId
from tasks.control.context import Control
from tasks.control.dispatch import dispatch, dispatch_desk_run
from tasks.desks.registry import find_desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The rows of one family."""

    runs: Callable[[Session], RunRepository | DeskRunRepository]
    events: Callable[[Session], EventRepository]
    dispatch: Callable[[Control, LostRun], bool]
    """Sends the message of a pending run once more."""
    what: str
    """How terminal frames call it."""
    clear_up: Callable[[Session, RunId, str, datetime], None]
    """Puts in order what a run has left behind whose end is being told (why, when), in the same transaction."""
    is_over: Callable[[Session, RunId], bool]
    """Says whether the terminal frame of a run is written; there being no such run is an end, too."""


def _workflow(control: Control, run: LostRun) -> bool:
    return dispatch(control, run.run_id, run.task_id or TaskId(run.run_id))


def _desk(control: Control, run: LostRun) -> bool:
    return dispatch_desk_run(control, run.run_id, run.task_id or TaskId(run.run_id), queue=run.queue)


def _desk_events(session: Session) -> EventRepository:
    return EventRepository(session, DeskEventRow)


def _nothing(_session: Session, _run_id: RunId, _why: str, _now: datetime) -> None:
    """A workflow run holds nothing that outlives its worker: its orders are filled as they are placed."""


def _clear_up_desk(session: Session, run_id: RunId, why: str, now: datetime) -> None:
    record = DeskRunRepository(session).get(run_id)
    # A desk that this installation does not have must not keep a halt of everything from being written.
    kind = None if record is None else find_desk(record.summary.desk)
    if kind is not None:
        kind.clear_up(session, run_id, why=why, now=now)


def _workflow_is_over(session: Session, run_id: RunId) -> bool:
    record = RunRepository(session).get(run_id)
    return record is None or record.dispatch is None or record.dispatch.closed_at is not None


def _desk_is_over(session: Session, run_id: RunId) -> bool:
    record = DeskRunRepository(session).get(run_id)
    return record is None or record.summary.closed_at is not None


WORKFLOW_RUNS = Ledger(
    runs=RunRepository,
    events=EventRepository,
    dispatch=_workflow,
    what="workflow",
    clear_up=_nothing,
    is_over=_workflow_is_over,
)
DESK_RUNS = Ledger(
    runs=DeskRunRepository,
    events=_desk_events,
    dispatch=_desk,
    what="desk",
    clear_up=_clear_up_desk,
    is_over=_desk_is_over,
)
LEDGERS = (WORKFLOW_RUNS, DESK_RUNS)


def ledger_of(desk: DeskName) -> Ledger:
    """Return the rows that hold a desk's runs."""
    return WORKFLOW_RUNS if desk == "workflows" else DESK_RUNS
