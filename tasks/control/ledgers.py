"""The two families of runs that the rows hold: workflow runs, and those of the other desks. Halts and the reaper treat them alike."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from persistence.desk_runs import DeskRunRepository
from persistence.events import EventRepository
from persistence.models import DeskEventRow
from persistence.runs import LostRun, RunRepository
from runtime.desks import DeskName
from runtime.ids import TaskId
from tasks.control.context import Control
from tasks.control.dispatch import dispatch, dispatch_desk_run


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The rows of one family."""

    runs: Callable[[Session], RunRepository | DeskRunRepository]
    events: Callable[[Session], EventRepository]
    dispatch: Callable[[Control, LostRun], bool]
    """Sends the message of a pending run once more."""
    what: str
    """How terminal frames call it."""


def _workflow(control: Control, run: LostRun) -> bool:
    return dispatch(control, run.run_id, run.task_id or TaskId(run.run_id))


def _desk(control: Control, run: LostRun) -> bool:
    return dispatch_desk_run(control, run.run_id, run.task_id or TaskId(run.run_id), queue=run.queue)


def _desk_events(session: Session) -> EventRepository:
    return EventRepository(session, DeskEventRow)


WORKFLOW_RUNS = Ledger(runs=RunRepository, events=EventRepository, dispatch=_workflow, what="workflow")
DESK_RUNS = Ledger(runs=DeskRunRepository, events=_desk_events, dispatch=_desk, what="desk")
LEDGERS = (WORKFLOW_RUNS, DESK_RUNS)


def ledger_of(desk: DeskName) -> Ledger:
    """Return the rows that hold a desk's runs."""
    return WORKFLOW_RUNS if desk == "workflows" else DESK_RUNS
