"""The books of one paper session in the database: every write locks its run and shows the worker's fencing token."""

from collections.abc import Callable
from datetime import datetime

from persistence.controls import ControlRepository
from persistence.database import Database
from persistence.desk_runs import DeskClaim, DeskRunRepository
from persistence.paper_sessions import PaperSessionRepository
from runtime.errors import WriteRefused
from runtime.paper.books import Booking
from tasks.worker.offload import Offload


class DbSessionBooks:
    """`runtime.paper.books.SessionBooks` over the database, for one claim."""

    def __init__(
        self,
        database: Database,
        offload: Offload,
        *,
        claim: DeskClaim,
        now: Callable[[], datetime],
        switch_engaged: Callable[[], bool],
    ) -> None:
        self._database = database
        self._offload = offload
        self._claim = claim
        self._now = now
        self._switch_engaged = switch_engaged

    async def record(self, booking: Booking) -> None:
        """Write a booking, unless the session was halted, has ended or belongs to another worker."""
        await self._offload(self._record, booking)

    async def has_entry(self, seq: int) -> bool:
        """Say whether the ledger has this entry."""
        return await self._offload(self._has_entry, seq)

    async def close(self, booking: Booking) -> None:
        """Write the last booking, while halting too."""
        await self._offload(self._close, booking)

    def _record(self, booking: Booking) -> None:
        ordering = any(order.status == "open" for order in booking.orders)
        mirrored = ordering and self._switch_engaged()
        with self._database.write() as session:
            runs = DeskRunRepository(session)
            if not runs.holds(self._claim.run_id, self._claim.token):
                raise WriteRefused(self._why(runs))
            # With the run locked: a halt of everything has either passed, and is seen, or finds this order to cancel.
            if ordering and (mirrored or ControlRepository(session).kill_switch().engaged):
                raise WriteRefused("The kill switch is engaged: nothing was booked.")
            PaperSessionRepository(session).book(self._claim.run_id, booking, self._now())

    def _why(self, runs: DeskRunRepository) -> str:
        """Return the reason of the halt that refuses a write: the row has it before any message arrives."""
        standing = runs.standing(self._claim.run_id)
        if standing is None or standing.token != self._claim.token:
            return "The session was taken over: nothing was booked."
        return (standing.halted and standing.error) or "The session has ended: nothing was booked."

    def _has_entry(self, seq: int) -> bool:
        with self._database.read() as session:
            return PaperSessionRepository(session).has_entry(self._claim.run_id, seq)

    def _close(self, booking: Booking) -> None:
        with self._database.write() as session:
            if not DeskRunRepository(session).unwinds(self._claim.run_id, self._claim.token):
                raise WriteRefused("The session was taken over, or its end is told: nothing was booked.")
            books = PaperSessionRepository(session)
            if booking.fills or books.unknown_orders([order.key for order in booking.orders]):
                raise WriteRefused("Nothing new can be booked at the end of a session.")
            books.book(self._claim.run_id, booking, self._now())
