"""Keeps the lease of a run. Losing the row stops the run: without a lease another worker may have it."""

import logging
from typing import TYPE_CHECKING

from persistence.run_records import Claim
from runtime.errors import Unavailable
from tasks.worker.local_runs import LocalRun

if TYPE_CHECKING:
    from tasks.worker.process import Parts

_log = logging.getLogger(__name__)

BEATS_PER_LEASE = 5


async def keep_lease(parts: "Parts", claim: Claim, local: LocalRun) -> None:
    """Renew until cancelled, also while the run unwinds; stop the run when it was halted, was lost, or the lease ran out unrenewed."""
    lease = parts.lease.total_seconds()
    good_until = parts.clock.monotonic() + lease
    while True:
        await parts.clock.sleep(lease / BEATS_PER_LEASE)
        asked = parts.clock.monotonic()
        try:
            await _beat(parts, claim, local)
            good_until = asked + lease
        except Unavailable:
            _log.warning("a lease could not be renewed", extra={"run_id": claim.run_id})
            if parts.clock.monotonic() >= good_until:
                reason = "The database did not answer for longer than the lease of the run."
                local.stop("abandoned", reason, at=parts.clock.now())


async def _beat(parts: "Parts", claim: Claim, local: LocalRun) -> None:
    match await parts.offload(parts.ledger.renew, claim):
        case "ours":
            return
        case "lost":
            local.stop("lost", "The run belongs to another worker, or has ended.", at=parts.clock.now())
        case "halted" if local.stopped is None:
            reading = await parts.offload(parts.rows.read_now, claim.run_id)
            local.stop("halt", reading.reason, at=parts.clock.now())
        case "halted":
            return
