"""What a worker process does to the rows of the desks' runs it executes. Blocking calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from persistence.agent_steps import AgentStepRepository
from persistence.database import Database
from persistence.desk_runs import DeskClaim, DeskOutcome, DeskProgress, DeskRunRepository
from persistence.events import EventRepository
from persistence.halts import HaltRepository
from persistence.models import DeskEventRow
from runtime.ids import RunId, SpecName
from runtime.ports import Clock
from tasks.desks.registry import desk_named
from tasks.terminal import Ending, terminal_frame
from tasks.worker.journal import Frame, frame_time
from tasks.worker.ledger import Tenure, record_unrequested, write_account
from tasks.worker.local_runs import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskEnd:
    """What became of the attempt to end a run."""

    frame: dict[str, Any] | None
    """The terminal frame, when it was ours to write."""


class DeskLedger:
    """The rows of one worker process's desk runs."""

    def __init__(self, database: Database, clock: Clock, *, worker: str, lease: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._worker = worker
        self._lease = lease

    def claim(self, run_id: RunId) -> DeskClaim | None:
        """Take a run; None when it is not to be taken."""
        with self._database.write() as session:
            return DeskRunRepository(session).claim(
                run_id, worker=self._worker, now=self._clock.now(), lease=self._lease
            )

    def renew(self, claim: DeskClaim) -> Tenure:
        """Extend the lease, or say why it cannot be extended."""
        with self._database.write() as session:
            runs = DeskRunRepository(session)
            if runs.renew(claim.run_id, claim.token, self._clock.now() + self._lease):
                return "ours"
            standing = runs.standing(claim.run_id)
        if standing is None or standing.token != claim.token:
            return "lost"
        return "halted" if standing.halted else "lost"

    def store(self, claim: DeskClaim, frames: Sequence[Frame]) -> bool:
        """Write frames, and what they tell about progress, cost and agents; False when the run is no longer ours."""
        with self._database.write() as session:
            runs = DeskRunRepository(session)
            kept = runs.tell(claim.run_id, claim.token, _progress(frames))
            if not kept and not _still_reporting(runs, claim):
                return False
            EventRepository(session, DeskEventRow).append(
                claim.run_id, [(frame["seq"], frame_time(frame), dict(frame)) for frame in frames]
            )
            AgentStepRepository(session).append(
                claim.run_id,
                [(frame["seq"], frame_time(frame), frame) for frame in frames if frame["stage"] == "agent"],
            )
        return True

    def keep(self, claim: DeskClaim, result: Mapping[str, Any]) -> bool:
        """Write what the run has got so far; False when it is no longer ours."""
        with self._database.write() as session:
            return DeskRunRepository(session).keep(claim.run_id, claim.token, result)

    def end(
        self,
        claim: DeskClaim,
        outcome: DeskOutcome,
        *,
        seq: int,
        account: Account,
        duration_ms: float,
    ) -> DeskEnd:
        """End the run, write down how it stopped if it was halted, and write the terminal frame, all or nothing."""
        now = self._clock.now()
        with self._database.write() as session:
            runs = DeskRunRepository(session)
            ours = runs.finish(claim.run_id, claim.token, outcome, now) or runs.keep_partial(
                claim.run_id, claim.token, outcome
            )
            record = runs.get(claim.run_id)
            if not ours or record is None:
                return DeskEnd(frame=None)
            status = record.summary.status
            if status == "halted":
                record_unrequested(
                    session,
                    claim.run_id,
                    reason=record.summary.error,
                    worker=self._worker,
                    now=now,
                    desk=claim.desk,
                )
                write_account(HaltRepository(session), claim.run_id, account, now)
            if status in ("pending", "running") or not runs.close(claim.run_id, now):
                return DeskEnd(frame=None)
            # For an attempt that only ends what a lost worker left; whoever did its work has put it in order itself.
            desk_named(claim.desk).clear_up(
                session, claim.run_id, why=record.summary.error or status, now=now
            )
            ending = Ending(
                status=status,
                error=record.summary.error,
                duration_ms=duration_ms,
                cost_usd=outcome.cost_usd,
                last_effect_at=account.last_effect_at,
            )
            told = terminal_frame(claim.run_id, SpecName(claim.name), ending, at=now, what="desk")
            frame = {"run_id": claim.run_id, "task_id": claim.task_id, "seq": seq, **told}
            EventRepository(session, DeskEventRow).append(claim.run_id, [(seq, now, frame)])
        return DeskEnd(frame=frame)


def _progress(frames: Sequence[Frame]) -> DeskProgress:
    fractions = [frame["fraction"] for frame in frames if frame["stage"] == "progress"]
    totals = next((frame["totals"] for frame in reversed(frames) if frame.get("totals")), None)
    return DeskProgress(
        heard_at=frame_time(frames[-1]),
        note=str(frames[-1]["message"]),
        fraction=fractions[-1] if fractions else None,
        cost_usd=None if totals is None else totals.get("cost_usd"),
        n_calls=None if totals is None else totals.get("n_calls"),
    )


def _still_reporting(runs: DeskRunRepository, claim: DeskClaim) -> bool:
    """Whether the run was halted but this worker, which is unwinding it, still owes the story."""
    record = runs.get(claim.run_id)
    if record is None or record.summary.status != "halted":
        return False
    return record.summary.token == claim.token and record.summary.closed_at is None
