"""Proves halts of runs that no worker has any more: nothing can act for them now, so the latest time at which it did is known."""

import logging
import threading
from collections.abc import Callable
from typing import TypeVar

from persistence.halts import HaltRepository
from persistence.run_records import Standing
from runtime.desks import DeskName
from runtime.errors import Unavailable
from runtime.ids import RunId
from tasks.control.closing import Frame, close_in, salvage, send
from tasks.control.context import Control
from tasks.control.ledgers import Ledger, ledger_of
from tasks.control.processes import has_ended
from tasks.control.workers import worker_alive
from tasks.terminal import Ending

_log = logging.getLogger(__name__)
T = TypeVar("T")

HOSTS_DIE_SECONDS = 0.1
"""The kernel ends a worker's hosts when the worker ends; within milliseconds, and this is more."""


def prove_halted(control: Control) -> tuple[RunId, ...]:
    """Prove and end the halted runs whose worker is gone, and return them."""
    with control.database.read() as session:
        desk_of: dict[RunId, DeskName] = {
            item.run_id: item.desk for item in HaltRepository(session).unproved()
        }
        ledgers = {run_id: ledger_of(desk) for run_id, desk in sorted(desk_of.items())}
        standings = [(ledger, ledger.runs(session).standing(run_id)) for run_id, ledger in ledgers.items()]
    return tuple(
        standing.run_id
        for ledger, standing in standings
        if standing is not None and attempt(_prove, control, ledger, standing)
    )


def attempt(act: Callable[[Control, Ledger, T], bool], control: Control, ledger: Ledger, subject: T) -> bool:
    """Act on one run; a failure is logged and leaves the others their turn."""
    try:
        return act(control, ledger, subject)
    except Unavailable:
        _log.warning("the database went away while a lost run was being ended")
        return False


def _prove(control: Control, ledger: Ledger, run: Standing) -> bool:
    """Prove the halt of a run that no worker has any more; False while one may."""
    if run.token > 0 and not _worker_is_gone(control, run):
        return False
    salvaged = salvage(control, run.run_id, ledger)
    frame: Frame | None = None
    with control.database.write() as session:
        now = control.clock.now()
        # A worker that does not renew its lease may act on for a while; that it cannot any more is known only now.
        last = None if run.token == 0 else now
        if not HaltRepository(session).prove(run.run_id, last_effect_at=last, at=now):
            return False
        if run.halted:
            frame = close_in(
                session,
                control,
                run.run_id,
                spec=run.name,
                task_id=run.task_id,
                ending=Ending(status="halted", error=run.error, last_effect_at=last),
                salvaged=salvaged,
                ledger=ledger,
            )
    _log.warning("a halted run has no worker any more", extra={"run_id": run.run_id})
    send(control, [frame] if frame else [])
    return True


def _worker_is_gone(control: Control, run: Standing) -> bool:
    if run.worker is None:
        return True
    ended = has_ended(run.worker)
    if ended:
        threading.Event().wait(HOSTS_DIE_SECONDS)
    if ended is not None:
        return ended
    if run.lease_until is not None and run.lease_until > control.clock.now():
        return False
    # A halted run's lease is not renewed while its worker unwinds it: only the worker's own sign of life tells.
    return worker_alive(control, run.worker) is False
