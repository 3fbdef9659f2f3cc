"""One run in a worker, from the claim to its terminal frame.

claim → make it known in this process → ask the halt sources once more → run → end, or wait for a person. A halt that is
written before the claim stops the claim; one written later finds the run here, or is found by the second asking.
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from redis.exceptions import RedisError

from persistence.run_records import Claim, RunOutcome, RunTotals
from runtime.agents.memory import ClosedMemory
from runtime.approvals import Carried
from runtime.engine import RuntimePorts, WorkflowRunResult, WorkflowRuntime
from runtime.errors import Unavailable
from runtime.files.folders import user_folders
from runtime.guardrails import Totals
from runtime.ids import RunId, TaskId
from runtime.spec import WorkflowSpec
from tasks.control.closing import salvage
from tasks.control.dispatch import dispatch
from tasks.control.lost import can_resume
from tasks.control.switch import switch_engaged
from tasks.halt.keys import HALT_KEY_SECONDS, events_key, halt_ack_key
from tasks.logs import about
from tasks.worker.aftermath import see_off
from tasks.worker.approvals import DbApprovals
from tasks.worker.continuing import Continuation
from tasks.worker.heartbeat import keep_lease, recheck
from tasks.worker.hosts.pool import HostCompute
from tasks.worker.journal import RunJournal
from tasks.worker.local_runs import LocalRun
from tasks.worker.orders import DbOrderBook
from tasks.worker.queue import DbRunQueue

if TYPE_CHECKING:
    from tasks.worker.process import Parts

_log = logging.getLogger(__name__)

RETRY_SECONDS = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    """What is to be written about the end."""

    outcome: RunOutcome
    unstorable: bool = False
    """The first try to store it failed for a reason that lies in it."""


async def execute(parts: "Parts", run_id: RunId) -> None:
    """Run a pending run to its end, or to where people are needed; drop it when it is halted, over or another worker's."""
    about(run_id)
    claim = await parts.offload(parts.ledger.claim, run_id)
    if claim is None:
        _log.info("dropped a run that is not to be taken", extra={"run_id": run_id})
        return
    earlier = await carry_on(parts, claim) if claim.goes_on else None
    journal = RunJournal(
        run_id=run_id,
        task_id=claim.task_id or TaskId(""),
        redis=parts.redis,
        store=lambda frames: parts.ledger.store(claim, frames),
        offload=parts.offload,
        told=earlier.seq if earlier else 0,
    )
    local = LocalRun(run_id=run_id, token=claim.token, journal=journal)
    if claim.last_effect_at is not None:
        local.stamp(claim.last_effect_at)
    parts.hosts.warm()
    parts.local.add(local)
    journal.start()
    watchers = (
        asyncio.create_task(keep_lease(parts, local, lambda: parts.ledger.renew(claim))),
        asyncio.create_task(acknowledge(parts, local)),
    )
    try:
        ended: _Ended | None = await _run(parts, claim, local, earlier)
        if ended.outcome.status == "waiting":
            answered = earlier.answered if earlier else frozenset[str]()
            ended = await _pause(parts, claim, journal, local, ended, answered=answered)
        if ended is not None:
            await _finish(parts, claim, journal, local, ended)
        await see_off(parts, local)
    finally:
        for watcher in watchers:
            watcher.cancel()
        parts.local.remove(run_id)
    if ended is not None:
        await _forget_checkpoints(parts, run_id)


async def carry_on(parts: "Parts", claim: Claim) -> Continuation:
    """Return how a run goes on, and leave its stream in Redis to this worker."""
    while True:
        try:
            salvaged = await parts.offload(salvage, parts.control, claim.run_id)
            earlier = await parts.offload(parts.ledger.carry_on, claim, salvaged)
            break
        except Unavailable:
            await asyncio.sleep(RETRY_SECONDS)
    try:
        # What a lost worker has sent and nobody could save would bar the numbers that come now; the rest is stored.
        await parts.redis.delete(events_key(claim.run_id))
    except (RedisError, OSError, TimeoutError):
        _log.info("the stream of a run that goes on was not begun anew", extra={"run_id": claim.run_id})
    return earlier


async def _run(parts: "Parts", claim: Claim, local: LocalRun, earlier: Continuation | None) -> _Ended:
    if claim.attempt > 1 and not can_resume(claim.spec, attempts=claim.attempt - 1):
        return _failed(claim, earlier, "Its worker was lost. What it had done until then is kept.")
    try:
        await recheck(parts, local)
        if local.stopped is None:
            runtime = WorkflowRuntime(
                WorkflowSpec.parse(claim.spec),
                run_id=claim.run_id,
                task_id=claim.task_id or TaskId(""),
                ports=_ports(parts, claim, local),
                spec_version_id=claim.spec_version_id,
                actor=claim.created_by or "workflow_runtime",
                carried=earlier.carried if earlier else None,
            )
            local.runtime = runtime
            local.task = asyncio.create_task(runtime.run(claim.inputs))
            result = await local.task
            local.settle(runtime.remains, at=parts.clock.now())
            return _ended(result, local)
    except asyncio.CancelledError:
        # Cancelled before its first step; a cancel of this very function has no reason, and goes on.
        if local.stopped is None:
            raise
    except Exception as error:  # noqa: BLE001  whatever is wrong with this run, it has to end
        _log.exception("a run could not be started", extra={"run_id": claim.run_id})
        return _failed(claim, earlier, f"The run could not be started: {error}")
    return _stopped(claim, local, earlier)


async def _pause(
    parts: "Parts",
    claim: Claim,
    journal: RunJournal,
    local: LocalRun,
    ended: _Ended,
    *,
    answered: frozenset[str],
) -> _Ended | None:
    """Let the run wait, without a worker; return the end to be written instead when it was stopped meanwhile."""
    seq = journal.seal()
    while local.stopped is None or local.stopped.kind == "abandoned":
        try:
            await journal.flush()
            pause = await parts.offload(
                parts.ledger.pause,
                claim,
                ended.outcome,
                seq=seq,
                last_effect_at=local.last_effect_at,
                answered=answered,
            )
        except Unavailable:
            await asyncio.sleep(RETRY_SECONDS)
            continue
        except Exception as error:  # noqa: BLE001  whatever is wrong with what it holds, the run has to end
            _log.exception("a run that waits could not be stored", extra={"run_id": claim.run_id})
            return _unstorable(claim, ended, error)
        if pause is None:
            break
        await journal.finish(pause.frame)
        if pause.goes_on:
            await parts.offload(dispatch, parts.control, claim.run_id, claim.task_id or TaskId(claim.run_id))
        _log.info("a run waits for a person", extra={"run_id": claim.run_id})
        return None
    reason = local.stopped.reason if local.stopped else None
    return replace(ended, outcome=replace(ended.outcome, status="halted", error=reason))


async def _finish(parts: "Parts", claim: Claim, journal: RunJournal, local: LocalRun, ended: _Ended) -> None:
    """Write the end, for as long as the database takes to answer; then tell Redis."""
    seq = journal.seal()
    if local.stopped is not None and local.stopped.kind == "lost":
        await journal.stop()
        return
    while True:
        try:
            await stamp_acknowledgement(parts, local)
            await journal.flush()
            end = await parts.offload(
                parts.ledger.end, claim, ended.outcome, seq=seq, account=local.account()
            )
            break
        except Unavailable:
            await asyncio.sleep(RETRY_SECONDS)
        except Exception as error:
            if ended.unstorable:
                raise
            _log.exception("the result of a run could not be stored", extra={"run_id": claim.run_id})
            ended = _unstorable(claim, ended, error)
    await (journal.stop() if end.frame is None else journal.finish(end.frame))
    _log.info("a run ended", extra={"run_id": claim.run_id, "status": end.status})


async def acknowledge(parts: "Parts", local: LocalRun) -> None:
    """Wait until the run is told to stop, and write down when it was."""
    await local.told.wait()
    if local.stopped is None or local.stopped.kind != "halt":
        return
    with suppress(RedisError, OSError, TimeoutError):
        # Nobody shall take this process for dead while the database keeps its acknowledgement waiting.
        await parts.redis.set(halt_ack_key(local.run_id), local.stopped.at.isoformat(), ex=HALT_KEY_SECONDS)
    try:
        await stamp_acknowledgement(parts, local)
    except Unavailable:
        _log.warning("an acknowledgement waits for the database", extra={"run_id": local.run_id})


async def stamp_acknowledgement(parts: "Parts", local: LocalRun) -> None:
    """Write down when the run was told to stop, if it was halted."""
    if local.stopped is not None and local.stopped.kind == "halt":
        await parts.offload(parts.ledger.acknowledge, local.run_id, local.stopped.at)


def _ports(parts: "Parts", claim: Claim, local: LocalRun) -> RuntimePorts:
    return RuntimePorts(
        market=parts.market,
        orders=DbOrderBook(
            parts.control.database,
            parts.offload,
            parts.clock,
            run_id=claim.run_id,
            switch_engaged=lambda: switch_engaged(parts.control),
            stamp=local.stamp,
        ),
        artifacts=parts.artifacts,
        journal=local.journal,
        settings=parts.settings,
        halts=parts.halts_of("workflows"),
        clock=parts.clock,
        folder=run_folder(parts.home, claim.run_id),
        checkpointer=parts.checkpointer,
        graphs=parts.graphs,
        queue=DbRunQueue(parts.control, parts.offload),
        files=user_folders(parts.control.settings),
        outbound=parts.outbound,
        compute=HostCompute(parts.hosts, killed=lambda: local.kill_seen(parts.clock.now())),
        # A replay must find what its original found, and that was nothing: else it is refused.
        memory=parts.memory if claim.replay_of is None else ClosedMemory(),
        approvals=DbApprovals(parts.control.database, parts.offload, parts.clock, run_id=claim.run_id),
    )


def run_folder(home: Path, run_id: RunId) -> Path:
    """Return the run's own folder; the runtime makes it."""
    return (home / "runs" / run_id).absolute()


def _ended(result: WorkflowRunResult, local: LocalRun) -> _Ended:
    outcome = RunOutcome(
        status=result.status,
        final_state=dict(result.state),
        crumbs=result.breadcrumbs,
        totals=RunTotals(
            cost_usd=result.cost_usd,
            n_calls=result.n_calls,
            n_tool_calls=result.n_tool_calls,
            n_rag_hits=result.n_rag_hits,
        ),
        duration_ms=result.duration_ms,
        error=result.error,
    )
    if result.last_effect_at is not None:
        local.stamp(result.last_effect_at)
    return _Ended(outcome=outcome)


def _failed(claim: Claim, earlier: Continuation | None, error: str) -> _Ended:
    return _untouched(claim, earlier, status="error", error=error)


def _unstorable(claim: Claim, ended: _Ended, error: Exception) -> _Ended:
    bare = replace(
        ended.outcome,
        status="halted" if ended.outcome.status == "halted" else "error",
        final_state=None,
        crumbs=claim.crumbs,
        error=f"The result could not be stored: {type(error).__name__}.",
    )
    return replace(ended, outcome=bare, unstorable=True)


def _stopped(claim: Claim, local: LocalRun, earlier: Continuation | None) -> _Ended:
    """The end of a run that was stopped before the first step of this segment."""
    if local.stopped is None:
        raise AssertionError("a run ends early only when it was stopped")
    status = "halted" if local.stopped.kind == "halt" else "error"
    return _untouched(claim, earlier, status=status, error=local.stopped.reason)


def _untouched(
    claim: Claim, earlier: Continuation | None, *, status: Literal["halted", "error"], error: str
) -> _Ended:
    """The end of a run to which this segment has done nothing: what earlier segments did is kept."""
    carried = earlier.carried if earlier else Carried()
    outcome = RunOutcome(
        status=status,
        final_state=claim.kept_state or None,
        crumbs=carried.crumbs if earlier else claim.crumbs,
        totals=_totals(carried.totals) if earlier else claim.totals,
        duration_ms=claim.active_ms,
        error=error,
    )
    return _Ended(outcome=outcome)


def _totals(spent: Totals) -> RunTotals:
    return RunTotals(
        cost_usd=spent.cost_usd,
        n_calls=spent.n_calls,
        n_tool_calls=spent.n_tool_calls,
        n_rag_hits=spent.n_rag_hits,
    )


async def _forget_checkpoints(parts: "Parts", run_id: RunId) -> None:
    try:
        await parts.checkpointer.adelete_thread(run_id)
    except Exception:  # noqa: BLE001  the run has ended; its leftovers must not fail the task
        _log.exception("the checkpoints of an ended run were not deleted", extra={"run_id": run_id})
