"""The kill switch: its row and its mirror in Redis, of which either one halts; how it is read, engaged and released.

Engaging is a halt of everything that also bars the start of anything new. Row, key, message, as with any halt: when the
row cannot be written in time key and message go out anyway, and the reaper writes the row.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from redis.exceptions import RedisError

from persistence.controls import AuditEntry, ControlRepository, KillSwitch
from runtime.errors import AccessDenied, StudioError, Unavailable
from tasks.access import Actor, Permission, Reauthentication, require
from tasks.control.context import Control
from tasks.control.halt_requests import forget_unwritten, unwritten, write_halt
from tasks.control.halts import HaltRecord, carry_out, new_halt
from tasks.control.settings import checked_reason
from tasks.halt.keys import released_channel

_log = logging.getLogger(__name__)

SwitchState = Literal["engaged", "released", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchStatus:
    """The kill switch as every front shows it. `unknown` is not `released`, and nothing starts then."""

    state: SwitchState
    reason: str = ""
    """Why it is engaged; while it is released, why it was released last."""
    by: str = ""
    """Who did that; empty when it was never used, or when only the key tells."""
    at: datetime | None = None
    row: bool | None
    """Whether the row is engaged; None: it cannot be read."""
    key: bool | None
    """Whether the key is there; None: Redis does not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engaged:
    """What engaging has done."""

    status: SwitchStatus
    halt: HaltRecord
    """What it stopped, as far as that has come."""


def kill_switch(control: Control) -> KillSwitch:
    """Return the switch's row; raises `DatabaseUnavailable` when it cannot be read: that is not "released"."""
    with control.database.read() as session:
        return ControlRepository(session).kill_switch()


def mirror_engaged(control: Control) -> bool | None:
    """Tell whether the key is there; None when Redis does not answer."""
    try:
        return bool(control.redis.exists(control.settings.risk_kill_switch_key))
    except (RedisError, OSError):
        return None


def switch_engaged(control: Control) -> bool:
    """Tell whether row or key is engaged. While Redis is silent the row decides; while neither can be read, it raises."""
    return bool(mirror_engaged(control)) or kill_switch(control).engaged


def switch_status(control: Control) -> SwitchStatus:
    """Return the switch as it may be shown; never raises."""
    key = mirror_engaged(control)
    try:
        row = kill_switch(control)
    except StudioError:
        reason = _mirrored_reason(control) if key else ""
        return SwitchStatus(state="engaged" if key else "unknown", reason=reason, row=None, key=key)
    if key and not row.engaged:
        return SwitchStatus(state="engaged", reason=_mirrored_reason(control), row=False, key=True)
    return SwitchStatus(
        state="engaged" if row.engaged else "released",
        reason=row.reason or "",
        by=row.by_name or "",
        at=row.at,
        row=row.engaged,
        key=key,
    )


def refuse_while_engaged(control: Control) -> None:
    """Raise `Unavailable` while the switch is engaged or cannot be read. Ask this before anything starts or fires."""
    if mirror_engaged(control):
        raise _barred()
    refuse_engaged(kill_switch(control))


def refuse_engaged(row: KillSwitch) -> None:
    """Raise `Unavailable` when the switch's row is engaged."""
    if row.engaged:
        raise _barred()


def mend_mirror(control: Control) -> None:
    """Set the key again when the row is engaged and the key is not there; does nothing while Redis does not answer."""
    if mirror_engaged(control) is not False or not (row := kill_switch(control)).engaged:
        return
    try:
        control.redis.set(control.settings.risk_kill_switch_key, row.reason or "engaged", nx=True)
        # A release writes the row before it drops the key: one that came in between has dropped it already.
        if not kill_switch(control).engaged:
            control.redis.delete(control.settings.risk_kill_switch_key)
    except (RedisError, OSError):
        _log.info("Redis does not answer; the key of the kill switch is set later")


def engage(control: Control, actor: Actor, reason: str) -> Engaged:
    """Stop everything that runs and let nothing new start. Engaging it again keeps who engaged it first, and stops what runs.

    Raises `Unavailable` when neither the database nor Redis takes it.
    """
    require(actor, Permission.ENGAGE)
    halt = new_halt(control, actor, "kill_switch", checked_reason(reason))
    record = carry_out(control, halt, None, desk=None)
    if not record.row_written and not record.published:
        raise Unavailable(
            "Neither the database nor Redis has taken it: the kill switch may not be engaged. Try again at once, "
            "and stop the workers if it stays so."
        )
    _log.warning("the kill switch was engaged", extra={"actor": actor.name, "reason": halt.reason})
    return Engaged(status=switch_status(control), halt=record)


def release(control: Control, actor: Actor, reason: str, proof: Reauthentication) -> SwitchStatus:
    """Let things start again; what was stopped stays stopped. Needs a password shown within the last minute.

    Raises `Unavailable`, and leaves it engaged, while Redis or the database does not answer.
    """
    require(actor, Permission.RELEASE)
    why = checked_reason(reason)
    now = control.clock.now()
    if not proof.is_fresh(actor, now):
        raise AccessDenied("Show your password again to release the kill switch.", field="password")
    if mirror_engaged(control) is None:
        raise Unavailable(
            "Redis does not answer, so its key would stay: the kill switch is not released. Try again."
        )
    _write_late_engagements(control)
    _release_row(control, actor, why, now)
    _drop_key(control, why)
    _log.warning("the kill switch was released", extra={"actor": actor.name, "reason": why})
    return switch_status(control)


def _write_late_engagements(control: Control) -> None:
    """Write the engagements that wait for their rows; the reaper would engage it again after the release."""
    for request in unwritten(control):
        if request.halt.scope == "kill_switch":
            write_halt(control, request)
            forget_unwritten(control, request)


def _release_row(control: Control, actor: Actor, reason: str, now: datetime) -> None:
    key = control.settings.risk_kill_switch_key
    with control.database.write() as session:
        controls = ControlRepository(session)
        before = controls.kill_switch()
        controls.set_kill_switch(engaged=False, actor=actor, reason=reason, now=now)
        controls.append_audit(
            AuditEntry(
                at=now,
                actor_id=actor.id,
                actor_name=actor.name,
                action="kill_switch.release",
                target="everything",
                reason=reason,
                detail={
                    "scope": "kill_switch",
                    "key": key,
                    "engaged_before": before.engaged,
                    "engaged_by": before.by_name if before.engaged else None,
                    "engaged_because": before.reason if before.engaged else None,
                },
            )
        )


def _drop_key(control: Control, reason: str) -> None:
    try:
        with control.redis.pipeline(transaction=False) as pipe:
            pipe.delete(control.settings.risk_kill_switch_key)
            pipe.publish(released_channel(control.settings), reason)
            pipe.execute()
    except (RedisError, OSError) as error:
        raise Unavailable(
            "The row is released, but Redis did not take it: its key may still be there, and then the kill switch stays "
            "engaged. Release it again."
        ) from error


def _mirrored_reason(control: Control) -> str:
    """Return the key's text. An empty one is engaged as well, and says so."""
    try:
        told = control.redis.get(control.settings.risk_kill_switch_key)
    except (RedisError, OSError):
        return "engaged"
    return str(told or "engaged")


def _barred() -> Unavailable:
    return Unavailable("The kill switch is engaged: nothing starts. Have it released, then try again.")
