"""Keeps the lease of a run, and asks the halt sources while at it: a message may have been missed.

Losing the row stops the run: without a lease another worker may have it.
"""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from runtime.errors import Unavailable
from tasks.worker.ledger import Tenure
from tasks.worker.local_runs import LocalRun

if TYPE_CHECKING:
    from tasks.worker.process import Parts

_log = logging.getLogger(__name__)

BEATS_PER_LEASE = 5


async def keep_lease(parts: "Parts", local: LocalRun, renew: Callable[[], Tenure]) -> None:
    """Renew until cancelled, also while the run unwinds; stop the run when it was halted, was lost, or the lease ran out unrenewed."""
    lease = parts.lease.total_seconds()
    good_until = parts.clock.monotonic() + lease
    while True:
        await parts.clock.sleep(lease / BEATS_PER_LEASE)
        asked = parts.clock.monotonic()
        try:
            await _beat(parts, local, renew)
            good_until = asked + lease
        except Unavailable:
            _log.warning("a lease could not be renewed", extra={"run_id": local.run_id})
            if parts.clock.monotonic() >= good_until:
                reason = "The database did not answer for longer than the lease of the run."
                local.stop("abandoned", reason, at=parts.clock.now())


async def _beat(parts: "Parts", local: LocalRun, renew: Callable[[], Tenure]) -> None:
    match await parts.offload(renew):
        case "ours":
            await recheck(parts, local)
        case "lost":
            local.stop("lost", "The run belongs to another worker, or has ended.", at=parts.clock.now())
        case "halted" if local.stopped is None:
            reading = await parts.offload(parts.rows.read_now, local.run_id)
            local.stop("halt", reading.reason, at=parts.clock.now())
        case "halted":
            return


async def recheck(parts: "Parts", local: LocalRun) -> None:
    """Ask the halt sources about a run of this process, and stop it when one says so."""
    for source in parts.halts_of(local.desk):
        try:
            reading = await source.read(local.run_id)
        except Exception as error:  # noqa: BLE001  the gate before every transition asks again, and waits if need be
            _log.info("a halt source does not answer", extra={"run_id": local.run_id, "error": repr(error)})
            continue
        if reading is not None and reading.engaged:
            local.stop("halt", reading.reason, at=parts.clock.now())
            return
