"""One desk run in a worker, from the claim to its terminal frame; the order is that of `tasks.worker.execute`."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from persistence.desk_runs import DeskClaim, DeskOutcome
from runtime.errors import Unavailable
from runtime.fence import Fence
from runtime.frames import frame
from runtime.halt import HaltGate, HaltToken
from runtime.ids import RunId, SpecName
from runtime.spans import RunSpans, process_tracer
from runtime.transitions import TransitionPipeline
from tasks.desks.desk import Desk, DeskContext
from tasks.desks.registry import desk_named
from tasks.logs import about
from tasks.worker.aftermath import see_off
from tasks.worker.desk_ledger import DeskLedger
from tasks.worker.desk_runtime import DeskRuntime
from tasks.worker.execute import RETRY_SECONDS, acknowledge, run_folder, stamp_acknowledgement
from tasks.worker.heartbeat import keep_lease, recheck
from tasks.worker.hosts.pool import HostCompute
from tasks.worker.journal import RunJournal
from tasks.worker.local_runs import LocalRun

if TYPE_CHECKING:
    from tasks.worker.process import Parts

_log = logging.getLogger(__name__)

KEEP_EVERY_SECONDS = 1.0


@dataclass(slots=True)
class _Kept:
    """What the run has got so far, and whether the row has it."""

    result: Mapping[str, Any] | None = None
    stored: bool = True

    def keep(self, result: Mapping[str, Any]) -> None:
        self.result = dict(result)
        self.stored = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """A claimed run with what belongs to it in this process."""

    parts: "Parts"
    ledger: DeskLedger
    claim: DeskClaim
    journal: RunJournal
    local: LocalRun
    kept: _Kept = field(default_factory=_Kept)


async def execute_desk(parts: "Parts", run_id: RunId) -> None:
    """Run a pending run to its end; drop it when it is halted, has ended or belongs to another worker."""
    about(run_id)
    ledger = DeskLedger(parts.control.database, parts.clock, worker=parts.worker, lease=parts.lease)
    claim = await parts.offload(ledger.claim, run_id)
    if claim is None:
        _log.info("dropped a desk's run that is not to be taken", extra={"run_id": run_id})
        return
    journal = RunJournal(
        run_id=run_id,
        task_id=claim.task_id,
        redis=parts.redis,
        store=lambda frames: ledger.store(claim, frames),
        offload=parts.offload,
    )
    local = LocalRun(run_id=run_id, desk=claim.desk, token=claim.token, journal=journal)
    job = _Job(parts=parts, ledger=ledger, claim=claim, journal=journal, local=local)
    parts.hosts.warm()
    parts.local.add(local)
    journal.start()
    watchers = (
        asyncio.create_task(keep_lease(parts, local, lambda: ledger.renew(claim))),
        asyncio.create_task(acknowledge(parts, local)),
        asyncio.create_task(_store_kept(job)),
    )
    started = parts.clock.monotonic()
    try:
        outcome = await _run(job)
        await _finish(job, outcome, duration_ms=(parts.clock.monotonic() - started) * 1000)
        await see_off(parts, local)
    finally:
        for watcher in watchers:
            watcher.cancel()
        parts.local.remove(run_id)


async def _run(job: _Job) -> DeskOutcome:
    claim, local = job.claim, job.local
    if claim.attempt > 1:
        lost = "Its worker was lost. What it had done until then is kept."
        return DeskOutcome(status="error", result=None, error=lost)
    try:
        await recheck(job.parts, local)
        if local.stopped is None:
            local.task = asyncio.create_task(_started(job))
            return await local.task
    except asyncio.CancelledError:
        # Cancelled before its first step; a cancel of this very function has no reason, and goes on.
        if local.stopped is None:
            raise
    except Exception as error:  # noqa: BLE001  whatever is wrong with this run, it has to end
        _log.exception("a desk's run could not be started", extra={"run_id": claim.run_id})
        return DeskOutcome(status="error", result=None, error=f"The run could not be started: {error}")
    return _stopped(local)


async def _started(job: _Job) -> DeskOutcome:
    claim, parts = job.claim, job.parts
    desk = desk_named(claim.desk)
    try:
        config = desk.Config.model_validate(claim.config)
    except ValidationError as error:
        return DeskOutcome(status="error", result=None, error=f"The run's config is not valid: {error}")
    token = HaltToken()
    spans = RunSpans(
        tracer=process_tracer(), adapter=claim.desk, run_id=claim.run_id, workflow=SpecName(claim.name)
    )
    fence = Fence(token)
    pipeline = TransitionPipeline(
        run_id=claim.run_id,
        adapter=claim.desk,
        rails=desk.rails(config),
        settings=parts.settings,
        gate=HaltGate(parts.halts_of(claim.desk), token=token, clock=parts.clock),
        token=token,
        journal=job.journal,
        clock=parts.clock,
        spans=spans,
        fence=fence,
    )
    runtime = DeskRuntime(
        claim.run_id,
        pipeline=pipeline,
        token=token,
        fence=fence,
        settings=parts.settings,
        breach=desk.breach,
        kept=lambda: job.kept.result,
    )
    job.local.runtime = runtime
    context = _context(job, desk, pipeline)
    with spans.run() as span:
        outcome = await runtime.run(lambda: desk().run(config, context))
        span.status, span.cost_usd = outcome.status, outcome.cost_usd
    job.local.settle(runtime.remains, at=parts.clock.now())
    if runtime.last_effect_at is not None:
        job.local.stamp(runtime.last_effect_at)
    return outcome


def _context(job: _Job, desk: type[Desk], pipeline: TransitionPipeline) -> DeskContext:
    claim, parts = job.claim, job.parts
    folder = run_folder(parts.home, claim.run_id)
    folder.mkdir(parents=True, exist_ok=True)

    def tell(stage: str, message: str, **fields: Any) -> None:  # noqa: ANN401  JSON
        job.journal.record({**frame("desk", message, parts.clock.now(), **fields), "event": stage})

    job.journal.record(frame("start", f"{desk.title}: {claim.name} started", parts.clock.now(), nodes=[]))
    return DeskContext(
        claim=claim,
        parts=parts,
        folder=folder,
        transitions=pipeline,
        compute=HostCompute(parts.hosts, killed=lambda: job.local.kill_seen(parts.clock.now())).run,
        tell=tell,
        keep=job.kept.keep,
    )


async def _store_kept(job: _Job) -> None:
    """Write what the run has got so far, now and then: its end, however it comes, loses little."""
    while True:
        await job.parts.clock.sleep(KEEP_EVERY_SECONDS)
        if job.kept.stored or job.kept.result is None:
            continue
        job.kept.stored = True
        try:
            await job.parts.offload(job.ledger.keep, job.claim, job.kept.result)
        except Unavailable:
            job.kept.stored = False


async def _finish(job: _Job, outcome: DeskOutcome, *, duration_ms: float) -> None:
    """Write the end, for as long as the database takes to answer; then tell Redis."""
    journal, local, claim = job.journal, job.local, job.claim
    seq = journal.seal()
    if local.stopped is not None and local.stopped.kind == "lost":
        await journal.stop()
        return
    plain = False
    while True:
        try:
            await stamp_acknowledgement(job.parts, local)
            await journal.flush()
            end = await job.parts.offload(
                job.ledger.end,
                claim,
                outcome,
                seq=seq,
                account=local.account(),
                duration_ms=duration_ms,
            )
            break
        except Unavailable:
            await asyncio.sleep(RETRY_SECONDS)
        except Exception as error:
            if plain:
                raise
            _log.exception("the result of a desk's run could not be stored", extra={"run_id": claim.run_id})
            plain, outcome = True, _unstorable(outcome, error)
    await (journal.stop() if end.frame is None else journal.finish(end.frame))
    _log.info("a desk's run ended", extra={"run_id": claim.run_id, "status": outcome.status})


def _unstorable(outcome: DeskOutcome, error: Exception) -> DeskOutcome:
    status = "halted" if outcome.status == "halted" else "error"
    words = f"The result could not be stored: {type(error).__name__}."
    return replace(outcome, status=status, result=None, error=words)


def _stopped(local: LocalRun) -> DeskOutcome:
    """The outcome of a run that was stopped before its first step: nothing was done."""
    if local.stopped is None:
        raise AssertionError("a run ends early only when it was stopped")
    halted = local.stopped.kind == "halt"
    return DeskOutcome(status="halted" if halted else "error", result=None, error=local.stopped.reason)
