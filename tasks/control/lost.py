"""What becomes of a run whose worker is lost: another worker goes on with it, or it ends truthfully."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from persistence.events import EventRepository
from persistence.run_records import LostRun, Standing
from persistence.runs import RunRepository
from runtime.adapter import adapters
from tasks.control.closing import Frame, salvage
from tasks.control.context import Control
from tasks.control.ledgers import Ledger

_log = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
"""Workers that may try one segment of a run: what kills its worker again and again must not go round for ever."""


def can_resume(spec: Mapping[str, Any], *, attempts: int) -> bool:
    """Tell whether another worker may go on after `attempts` of them were lost: only what has checkpoints can."""
    adapter = adapters().get(str(spec.get("adapter")))
    return adapter is not None and adapter.resumable and attempts < MAX_ATTEMPTS


def can_go_on(session: Session, run: LostRun) -> bool:
    """Tell whether another worker may go on with a workflow run whose lease has lapsed."""
    record = RunRepository(session).get(run.run_id)
    dispatched = record.dispatch if record else None
    return dispatched is not None and can_resume(dispatched.spec, attempts=run.attempts)


def resume_lost(control: Control, ledger: Ledger, run: LostRun) -> bool:
    """Hand a run whose lease has lapsed to another worker; False when somebody was faster."""
    salvaged = salvage(control, run.run_id, ledger)
    with control.database.write() as session:
        runs = RunRepository(session)
        standing = runs.standing(run.run_id)
        last = last_sign(ledger.events(session), standing, salvaged) if standing else None
        began = run.claimed_at or run.created_at
        worked = max((last - began).total_seconds() * 1000, 0.0) if last else 0.0
        if not runs.take_back(
            run.run_id, run.token, now=control.clock.now(), active_ms=worked, last_effect_at=last
        ):
            return False
    _log.warning("a lost run goes to another worker", extra={"run_id": run.run_id, "attempts": run.attempts})
    ledger.dispatch(control, run)
    return True


def last_sign(events: EventRepository, run: Standing, salvaged: list[Frame]) -> datetime | None:
    """Return the latest time at which the lost worker can have done anything: it held the lease, or told a frame."""
    if run.token == 0:
        return None
    run_id = run.run_id
    signs = [run.lease_until, run.last_effect_at]
    signs += [told.at for told in events.after(run_id, events.last_seq(run_id) - 1, limit=1)]
    signs += [datetime.fromtimestamp(frame["timestamp"], UTC) for frame in salvaged]
    return max((sign for sign in signs if sign is not None), default=None)
