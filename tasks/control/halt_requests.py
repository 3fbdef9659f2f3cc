"""A halt on its way into rows, keys and a message: the steps that `halts` takes and the reaper repeats."""

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from redis.exceptions import RedisError
from sqlalchemy.orm import Session

from persistence.controls import AuditEntry, ControlRepository
from persistence.desk_runs import DeskRunRepository
from persistence.halts import HaltedRun, HaltRepository, NewHalt
from persistence.runs import HaltedRow, RunRepository
from runtime.desks import DESKS, DeskName, desk_name
from runtime.ids import HaltId, RunId, UserId
from tasks.control.closing import Closing, Frame, close_all_in, send
from tasks.control.context import Control
from tasks.control.ledgers import LEDGERS, ledger_of
from tasks.halt.keys import (
    HALT_CHANNEL,
    HALT_KEY_SECONDS,
    UNWRITTEN_KEY,
    engaged_channel,
    halt_all_key,
    run_halt_key,
)
from tasks.terminal import Ending

_log = logging.getLogger(__name__)

CHUNK = 200
"""Queued runs whose end is written per transaction, so that nobody waits long for the lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltRequest:
    """What has to be written about a halt: which runs of a desk, or all of them. One of scope `kill_switch` engages the switch as well."""

    halt: NewHalt
    run_ids: tuple[RunId, ...] | None
    desk: DeskName | None = "workflows"
    """None: every desk, which only the kill switch asks for."""
    names: tuple[str, ...] | None = None
    kinds: tuple[str, ...] | None = None
    """Without `run_ids`: of the desk only the runs of these names, or kinds. Which those are is found when it is written."""

    @property
    def is_part(self) -> bool:
        """Whether only some runs are meant that nobody knows before it is written."""
        return self.run_ids is None and (self.names is not None or self.kinds is not None)

    def to_workers(self, hit: Sequence[HaltedRow]) -> "HaltRequest":
        """Return what workers are told once it is written: what they have. Nobody can claim the rest any more."""
        return replace(self, run_ids=tuple(row.run_id for row in hit if row.was_claimed))


def write_halt(control: Control, request: HaltRequest) -> list[HaltedRow]:
    """Write the rows, the record and the audit entry in one transaction; nothing when it has been written before."""
    halt = request.halt
    with control.database.write() as session:
        halts = HaltRepository(session)
        # First of all, so that two who write the same halt, such as a request that took too long and the reaper, meet here.
        if not halts.begin(halt):
            return []
        # The switch before the runs: who starts one holds its row, so that none slips in between.
        engaged_before = halt.scope == "kill_switch" and _engage(session, halt)
        hit = _halt_rows(session, request)
        halts.hit(
            halt,
            [HaltedRun(run_id=row.run_id, desk=row.desk, prior_status=row.prior_status) for row in hit],
        )
        _audit(session, halt, hit, engaged_before=engaged_before)
    return hit


def end_queued(control: Control, halt: NewHalt, hit: Sequence[HaltedRow]) -> None:
    """Prove and end the runs that no worker has: they never began, or they wait for a person."""
    queued = [row for row in hit if not row.was_claimed]
    for start in range(0, len(queued), CHUNK):
        rows = queued[start : start + CHUNK]
        frames: list[Frame] = []
        with control.database.write() as session:
            effects = {row.run_id: row.last_effect_at for row in rows}
            HaltRepository(session).prove_all(effects, at=control.clock.now())
            for ledger in LEDGERS:
                closings = [_closing(halt, row) for row in rows if ledger_of(row.desk) is ledger]
                frames += close_all_in(session, control, closings, ledger)
        send(control, frames)


def _closing(halt: NewHalt, row: HaltedRow) -> Closing:
    ending = Ending(
        status="halted",
        error=halt.reason,
        duration_ms=row.duration_ms,
        cost_usd=row.cost_usd,
        last_effect_at=row.last_effect_at,
    )
    return Closing(run_id=row.run_id, spec=row.spec_name, task_id=row.task_id, ending=ending)


def unwritten(control: Control) -> list[HaltRequest]:
    """Return the halts whose rows are still to be written; nothing while Redis does not answer."""
    try:
        stored: Any = control.redis.hgetall(UNWRITTEN_KEY)
    except (RedisError, OSError):
        return []
    return [_loaded(json.loads(text)) for text in stored.values()]


def forget_unwritten(control: Control, request: HaltRequest) -> None:
    """Note that the rows of a halt have been written."""
    control.redis.hdel(UNWRITTEN_KEY, request.halt.id)
    if request.desk is not None and all(one.desk != request.desk for one in unwritten(control)):
        control.redis.delete(halt_all_key(request.desk))


def _halt_rows(session: Session, request: HaltRequest) -> list[HaltedRow]:
    reason, now = request.halt.reason, request.halt.requested_at
    if request.run_ids is None:
        wanted = DESKS if request.desk is None else (request.desk,)
        return [row for desk in wanted for row in _halt_desk(session, request, desk)]
    runs = RunRepository(session) if request.desk == "workflows" else DeskRunRepository(session)
    rows = [runs.halt(run_id, reason=reason, now=now) for run_id in sorted(request.run_ids)]
    return [row for row in rows if row is not None]


def _halt_desk(session: Session, request: HaltRequest, desk: DeskName) -> list[HaltedRow]:
    reason, now = request.halt.reason, request.halt.requested_at
    if desk == "workflows":
        return RunRepository(session).halt_all_active(reason=reason, now=now)
    return DeskRunRepository(session).halt_all_active(
        reason=reason, now=now, desk=desk, names=request.names, kinds=request.kinds
    )


def _engage(session: Session, halt: NewHalt) -> bool:
    """Engage the switch's row; True when it was engaged before."""
    controls = ControlRepository(session)
    before = controls.kill_switch().engaged
    controls.set_kill_switch(engaged=True, actor=_Requester(halt), reason=halt.reason, now=halt.requested_at)
    return before


class _Requester:
    """Who asked for a halt, as repositories want to know it."""

    def __init__(self, halt: NewHalt) -> None:
        self.id: str | None = halt.actor_id
        self.name = halt.actor_name


def _audit(session: Session, halt: NewHalt, hit: Sequence[HaltedRow], *, engaged_before: bool) -> None:
    switch = halt.scope == "kill_switch"
    runs = hit[0].run_id if len(hit) == 1 else f"{len(hit)} runs"
    detail: dict[str, Any] = {"halt_id": halt.id, "scope": halt.scope, "runs": [row.run_id for row in hit]}
    ControlRepository(session).append_audit(
        AuditEntry(
            at=halt.requested_at,
            actor_id=halt.actor_id,
            actor_name=halt.actor_name,
            action="kill_switch.engage" if switch else f"halt.{halt.scope}",
            target="everything" if switch else runs,
            reason=halt.reason,
            detail=detail | ({"engaged_before": engaged_before} if switch else {}),
        )
    )


def tell(control: Control, request: HaltRequest, *, written: bool) -> bool:
    """Set the keys and publish; False when Redis does not take it."""
    # Of a part nobody knows yet which runs it is: nothing else of the desk may be stopped for it.
    run_ids, reason = () if request.is_part else request.run_ids, request.halt.reason
    switch = request.halt.scope == "kill_switch"
    # The switch stops whatever a worker has, also what no row names.
    message = {
        "halt_id": request.halt.id,
        "desk": request.desk,
        "run_ids": None if switch else run_ids,
        "reason": reason,
    }
    try:
        with control.redis.pipeline(transaction=False) as pipe:
            if switch:
                # Who engaged it first stays named; there being a key is what counts.
                pipe.set(control.settings.risk_kill_switch_key, reason, nx=True)
                pipe.publish(engaged_channel(control.settings), reason)
            for run_id in run_ids or ():
                pipe.set(run_halt_key(run_id), reason, ex=HALT_KEY_SECONDS)
            if run_ids is None and request.desk is not None:
                pipe.set(halt_all_key(request.desk), reason, ex=HALT_KEY_SECONDS)
            if not written:
                pipe.hset(UNWRITTEN_KEY, request.halt.id, json.dumps(_dumped(request)))
            pipe.publish(HALT_CHANNEL, json.dumps(message))
            pipe.execute()
    except (RedisError, OSError):
        _log.warning("a halt was not published", extra={"halt_id": request.halt.id})
        return False
    return True


def _dumped(request: HaltRequest) -> dict[str, Any]:
    halt = asdict(request.halt) | {"requested_at": request.halt.requested_at.isoformat()}
    return {
        "halt": halt,
        "run_ids": request.run_ids,
        "desk": request.desk,
        "names": request.names,
        "kinds": request.kinds,
    }


def _loaded(data: dict[str, Any]) -> HaltRequest:
    told = data["halt"]
    halt = NewHalt(
        id=HaltId(told["id"]),
        scope=told["scope"],
        reason=told["reason"],
        actor_id=None if told["actor_id"] is None else UserId(told["actor_id"]),
        actor_name=told["actor_name"],
        requested_at=datetime.fromisoformat(told["requested_at"]),
    )
    run_ids = data["run_ids"]
    return HaltRequest(
        halt=halt,
        run_ids=None if run_ids is None else tuple(RunId(one) for one in run_ids),
        desk=None if data["desk"] is None else desk_name(data["desk"]),
        names=_texts(data.get("names")),
        kinds=_texts(data.get("kinds")),
    )


def _texts(data: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if data is None else tuple(data)
