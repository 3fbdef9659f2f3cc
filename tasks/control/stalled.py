"""What the watchdogs do about what they find: a halt like any other, by the actor `watchdog`, with a record and an audit entry."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from persistence.halts import HaltScope
from runtime.desks import DeskName
from runtime.ids import RunId, TaskId
from runtime.watchdog import Policy, Watched, judge
from tasks.control.context import Control
from tasks.control.halts import HaltRecord, carry_out, new_halt
from tasks.control.settings import SystemActor
from tasks.control.switch import switch_status

_log = logging.getLogger(__name__)

WATCHDOG = SystemActor(name="watchdog")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A run that has not ended, as a watchdog looks at it."""

    run_id: RunId
    name: str
    """Of the workflow, or of the agent."""
    task_id: TaskId | None
    desk: DeskName
    watched: Watched


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltedRun:
    """A run that a watchdog has halted."""

    run_id: RunId
    name: str
    task_id: TaskId | None
    revoked: bool
    """Whether the workers were told; its row keeps it from starting in any case."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What one look has done."""

    halted: tuple[HaltedRun, ...] = ()
    at: datetime
    skipped: str = ""
    """Why it did not look."""


def switch_reason(control: Control) -> str | None:
    """Return why the kill switch is engaged, None while it is not. One that cannot be read halts nothing here."""
    switch = switch_status(control)
    return switch.reason if switch.state == "engaged" else None


def halt_stalled(control: Control, suspects: Sequence[Suspect], policy: Policy, now: datetime) -> Scan:
    """Halt those that the policy condemns: together where desk and reason are the same, so that a storm is one record."""
    verdicts = judge([one.watched for one in suspects], now, policy)
    reasons = {RunId(verdict.run_id): verdict.reason for verdict in verdicts}
    groups: dict[tuple[DeskName, str], list[Suspect]] = {}
    for one in suspects:
        if one.run_id in reasons:
            groups.setdefault((one.desk, reasons[one.run_id]), []).append(one)
    halted = [run for (_, reason), group in groups.items() for run in _halt(control, group, reason)]
    return Scan(halted=tuple(halted), at=now)


def _halt(control: Control, group: Sequence[Suspect], reason: str) -> list[HaltedRun]:
    desk, ids = group[0].desk, [one.run_id for one in group]
    scope: HaltScope = "run" if len(group) == 1 else desk
    record = carry_out(control, new_halt(control, WATCHDOG, scope, reason), ids, desk=desk)
    _log.warning("the watchdog halted runs", extra={"reason": reason, "desk": desk, "runs": ids})
    return [
        HaltedRun(
            run_id=one.run_id,
            name=one.name,
            task_id=one.task_id,
            revoked=record.published,
            reason=record.reason,
        )
        for one in group
        if _was_hit(one.run_id, record)
    ]


def _was_hit(run_id: RunId, record: HaltRecord) -> bool:
    # What could not be written yet is halted all the same: key and message are out, and the row follows.
    return not record.row_written or any(one.run_id == run_id for one in record.hit)
