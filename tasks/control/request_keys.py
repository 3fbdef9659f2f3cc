"""Starting a run once, however often it is asked for: the same request under the same key is the same run, for a day."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from persistence.request_keys import RequestKey, RequestKeyRepository
from runtime.errors import InvalidValue, KeyReused
from runtime.ids import RunId, SpecName, TaskId
from runtime.spec import canonical_hash
from tasks.access import Actor, Permission, require
from tasks.control.context import Control
from tasks.control.runs import StartedRun, accept_run, checked_inputs, get_run
from tasks.control.specs import runnable_spec

MAX_KEY = 200
"""Characters of a key."""


def start_run_once(
    control: Control, actor: Actor, name: str, inputs: Mapping[str, Any], *, key: str
) -> StartedRun:
    """Start a run as `start_run` does, or return the one that was started under the key.

    That one is returned whatever has happened since. Raises `InvalidValue` for a key that cannot be one, `KeyReused` when
    something else was asked for under it, and what `start_run` raises.
    """
    require(actor, Permission.RUN)
    checked_inputs(inputs)
    digest = canonical_hash([name, dict(inputs)])
    checked = checked_key(key)
    with control.database.read() as session:
        known = RequestKeyRepository(session).find(actor.id, checked, now=control.clock.now())
    if known is not None:
        return _started_before(control, actor, checked, digest, known)

    def claim(session: Session, run_id: RunId) -> None:
        taken = RequestKeyRepository(session).take(
            actor.id, checked, digest=digest, run_id=run_id, now=control.clock.now()
        )
        if taken is not None:
            raise _Taken(taken)

    try:
        return accept_run(
            control,
            actor,
            lambda session: runnable_spec(control, session, SpecName(name)),
            inputs,
            claim=claim,
        )
    except _Taken as faster:
        return _started_before(control, actor, checked, digest, faster.known)


def checked_key(key: str) -> str:
    """Return an idempotency key; raises `InvalidValue` unless it is 1 to 200 printable ASCII characters."""
    if not (0 < len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
        raise InvalidValue(
            f"An idempotency key is 1 to {MAX_KEY} printable ASCII characters.", field="Idempotency-Key"
        )
    return key


class _Taken(Exception):
    """Somebody took the key between the look and the claim."""

    def __init__(self, known: RequestKey) -> None:
        self.known = known


def _started_before(control: Control, actor: Actor, key: str, digest: str, known: RequestKey) -> StartedRun:
    if known.digest != digest:
        raise KeyReused(key)
    record = get_run(control, actor, known.run_id).record
    sent = record.dispatch is not None and record.dispatch.dispatched_at is not None
    return StartedRun(
        run_id=known.run_id, task_id=record.summary.task_id or TaskId(known.run_id), dispatched=sent
    )
