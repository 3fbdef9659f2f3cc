"""What a worker writes about its run, as blocking functions: claim, lease, frames, end. All of it is fenced by the claim."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy.orm import Session

from persistence.agent_steps import AgentStepRepository
from persistence.approvals import ApprovalRecord, ApprovalRepository
from persistence.controls import AuditEntry, ControlRepository
from persistence.database import Database
from persistence.events import EventRepository
from persistence.halts import HaltedRun, HaltRepository, NewHalt
from persistence.run_lock import lock_run
from persistence.run_records import Claim, RunOutcome, RunTotals
from persistence.runs import RunRepository
from runtime.desks import DeskName
from runtime.frames import frame
from runtime.ids import HaltId, RunId, new_id
from runtime.ports import Clock
from tasks.terminal import Ending, terminal_frame
from tasks.worker.continuing import Continuation, continuation
from tasks.worker.journal import Frame, frame_time
from tasks.worker.local_runs import Account

FOUND_BY_WORKER = "worker"
"""Who a halt is by when it came from a key that says why, but not who."""
Tenure = Literal["ours", "halted", "lost"]


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """What became of the attempt to end a run."""

    frame: dict[str, Any] | None
    """The terminal frame, when it was ours to write."""
    status: Literal["completed", "halted", "error"] | None
    """How the row says that it ended; None when the run was no longer ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """The end of a segment."""

    frame: dict[str, Any]
    goes_on: bool
    """It was answered meanwhile: the run is pending already, and has to be sent to the workers."""


class RunLedger:
    """The rows of one worker process's runs."""

    def __init__(self, database: Database, clock: Clock, *, worker: str, lease: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._worker = worker
        self._lease = lease

    def claim(self, run_id: RunId) -> Claim | None:
        """Take a run; None when it is not to be taken."""
        with self._database.write() as session:
            return RunRepository(session).claim(
                run_id, worker=self._worker, now=self._clock.now(), lease=self._lease
            )

    def renew(self, claim: Claim) -> Tenure:
        """Extend the lease, or say why it cannot be extended."""
        with self._database.write() as session:
            runs = RunRepository(session)
            if runs.renew(claim.run_id, claim.token, self._clock.now() + self._lease):
                return "ours"
            record = runs.get(claim.run_id)
        if record is None or record.dispatch is None or record.dispatch.token != claim.token:
            return "lost"
        return "halted" if record.summary.status == "halted" else "lost"

    def store(self, claim: Claim, frames: Sequence[Frame]) -> bool:
        """Write frames, and the crumbs, totals and agents' steps in them; False when the run is no longer ours."""
        crumbs = [frame["crumb"] for frame in frames if frame.get("crumb")]
        totals = next((frame["totals"] for frame in reversed(frames) if frame.get("totals")), None)
        with self._database.write() as session:
            runs = RunRepository(session)
            kept = runs.append_progress(
                claim.run_id, claim.token, crumbs=crumbs, totals=totals and _totals(totals)
            )
            if not kept and not _still_reporting(runs, claim):
                return False
            EventRepository(session).append(
                claim.run_id, [(frame["seq"], frame_time(frame), dict(frame)) for frame in frames]
            )
            AgentStepRepository(session).append(
                claim.run_id,
                [(frame["seq"], frame_time(frame), frame) for frame in frames if frame["stage"] == "agent"],
            )
        return True

    def end(self, claim: Claim, outcome: RunOutcome, *, seq: int, account: Account) -> End:
        """End the run, write down how it stopped if it was halted, and write the terminal frame, all or nothing."""
        now = self._clock.now()
        with self._database.write() as session:
            runs = RunRepository(session)
            ours = runs.finish(claim.run_id, claim.token, outcome, now) or runs.keep_partial(
                claim.run_id, claim.token, outcome
            )
            record = runs.get(claim.run_id)
            if not ours or record is None:
                return End(frame=None, status=None)
            status = record.summary.status
            if status == "halted":
                record_unrequested(
                    session, claim.run_id, reason=record.summary.error, worker=self._worker, now=now
                )
                write_account(HaltRepository(session), claim.run_id, account, now)
            if status not in ("completed", "halted", "error") or not runs.close(claim.run_id, now):
                return End(frame=None, status=None)
            ending = Ending(
                status=status,
                error=record.summary.error,
                duration_ms=outcome.duration_ms,
                cost_usd=outcome.totals.cost_usd,
                last_effect_at=account.last_effect_at,
            )
            frame = {
                "run_id": claim.run_id,
                "task_id": claim.task_id,
                "seq": seq,
                **terminal_frame(claim.run_id, claim.spec_name, ending, at=now),
            }
            EventRepository(session).append(claim.run_id, [(seq, now, frame)])
        return End(frame=frame, status=status)

    def carry_on(self, claim: Claim, salvaged: Sequence[Frame]) -> Continuation:
        """Return what earlier segments have left; `salvaged` are frames of a lost worker that the database lacks."""
        if salvaged:
            self.store(claim, salvaged)
        with self._database.read() as session:
            record = RunRepository(session).get(claim.run_id)
            questions = ApprovalRepository(session).of_run(claim.run_id)
            seq = EventRepository(session).last_seq(claim.run_id)
        return continuation(
            claim,
            crumbs=claim.crumbs if record is None else record.crumbs,
            totals=claim.totals if record is None else record.summary.totals,
            questions=questions,
            seq=seq,
        )

    def pause(
        self,
        claim: Claim,
        outcome: RunOutcome,
        *,
        seq: int,
        last_effect_at: datetime | None,
        answered: frozenset[str],
    ) -> Pause | None:
        """End a segment: the run waits. None when it is not ours any more, or was halted.

        An answer that came after the segment knew its answers sends the run on its way at once.
        """
        now = self._clock.now()
        with self._database.write() as session:
            # Locked before the answers are looked at: one that comes later finds the run waiting, and wakes it.
            lock_run(session, claim.run_id)
            runs = RunRepository(session)
            if not runs.pause(claim.run_id, claim.token, outcome, last_effect_at=last_effect_at):
                return None
            questions = ApprovalRepository(session).of_run(claim.run_id)
            told = frame("waiting", _waits_for(questions), now)
            whole = {"run_id": claim.run_id, "task_id": claim.task_id, "seq": seq, **told}
            EventRepository(session).append(claim.run_id, [(seq, now, whole)])
            late = any(each.state != "pending" and each.subject not in answered for each in questions)
            woken = late and runs.wake(claim.run_id, now)
        return Pause(frame=whole, goes_on=woken)

    def acknowledge(self, run_id: RunId, at: datetime) -> None:
        """Stamp when this worker took note of a halt."""
        with self._database.write() as session:
            HaltRepository(session).acknowledge(run_id, at)

    def killed(self, run_id: RunId, at: datetime) -> None:
        """Stamp when this process ends itself, because a node of the run does not stop."""
        with self._database.write() as session:
            HaltRepository(session).killed(run_id, at)

    def prove_late(self, run_id: RunId, account: Account) -> None:
        """Prove the halt of a run that has ended before, now that its abandoned node has stopped as well."""
        with self._database.write() as session:
            write_account(HaltRepository(session), run_id, account, self._clock.now())


def _waits_for(questions: Sequence[ApprovalRecord]) -> str:
    titles = [each.title for each in questions if each.state == "pending"]
    return f"Waits for a person: {', '.join(titles)}" if titles else "Goes on: it was answered meanwhile"


def _totals(told: Mapping[str, Any]) -> RunTotals:
    return RunTotals(
        cost_usd=told.get("cost_usd", 0.0),
        n_calls=told.get("n_calls", 0),
        n_tool_calls=told.get("n_tool_calls", 0),
        n_rag_hits=told.get("n_rag_hits", 0),
    )


def _still_reporting(runs: RunRepository, claim: Claim) -> bool:
    """Whether the run was halted but this worker, which is unwinding it, still owes the story."""
    record = runs.get(claim.run_id)
    if record is None or record.dispatch is None or record.summary.status != "halted":
        return False
    return record.dispatch.token == claim.token and record.dispatch.closed_at is None


def write_account(halts: HaltRepository, run_id: RunId, account: Account, now: datetime) -> None:
    """Note on every record of a halt how the run stopped; it is proved unless something of it still runs."""
    halts.acknowledge(run_id, account.acknowledged_at or now)
    if account.killed_at is not None:
        halts.killed(run_id, account.killed_at)
    if account.abandoned_at is not None:
        halts.abandoned(run_id, account.abandoned_at)
        return
    halts.cancelled(run_id, account.cancelled_at or now)
    halts.prove(run_id, last_effect_at=account.last_effect_at, at=now)


def record_unrequested(
    session: Session,
    run_id: RunId,
    *,
    reason: str | None,
    worker: str,
    now: datetime,
    desk: DeskName = "workflows",
) -> None:
    """Write down a halt that no request has: this worker found a key, or was told before the row could be written."""
    halts = HaltRepository(session)
    if halts.for_run(run_id):
        return
    halt = NewHalt(
        id=HaltId(new_id()),
        scope="run",
        reason=reason or "halted",
        actor_id=None,
        actor_name=FOUND_BY_WORKER,
        requested_at=now,
    )
    halts.create(halt, [HaltedRun(run_id=run_id, desk=desk, prior_status="running")])
    ControlRepository(session).append_audit(
        AuditEntry(
            at=now,
            actor_id=None,
            actor_name=halt.actor_name,
            action="halt.run",
            target=run_id,
            reason=halt.reason,
            detail={"halt_id": halt.id, "scope": "run", "runs": [run_id], "worker": worker},
        )
    )
