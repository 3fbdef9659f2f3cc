"""What the audit log is told about accounts. The caller's unit of work decides whether it stays."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from persistence.accounts import Origin, UserRecord
from persistence.actors import Named
from persistence.controls import AuditEntry, ControlRepository


def audit_created(
    controls: ControlRepository, user: UserRecord, *, by: Named, why: str, now: datetime
) -> None:
    """Write down that an account was made."""
    detail = {"user_id": user.id, "role": user.role}
    controls.append_audit(_entry("account.create", user.name, by=by, why=why, now=now, detail=detail))


def audit_refused(controls: ControlRepository, actor: Named, *, now: datetime) -> None:
    """Write down that somebody who is signed in has shown a wrong password."""
    why = "a wrong password was shown"
    controls.append_audit(_entry("account.password_refused", actor.name, by=actor, why=why, now=now))


def audit_sign_in(controls: ControlRepository, user: UserRecord, origin: Origin, *, now: datetime) -> None:
    """Write down that somebody came in."""
    detail = {"client": origin.client}
    controls.append_audit(
        _entry("account.sign_in", user.name, by=user, why=_whence(origin), now=now, detail=detail)
    )


def audit_sign_in_refused(
    controls: ControlRepository, user: UserRecord | None, origin: Origin, *, now: datetime
) -> None:
    """Write down that somebody tried to come in; a name that there is not may be a password, and is left out."""
    by: Named = user or _Nobody()
    detail = {"client": origin.client}
    controls.append_audit(
        _entry("account.sign_in_refused", by.name, by=by, why=_whence(origin), now=now, detail=detail)
    )


def audit_change(
    controls: ControlRepository,
    what: str,
    user: UserRecord,
    *,
    by: Named,
    why: str,
    now: datetime,
    detail: Mapping[str, str] | None = None,
) -> None:
    """Write down that something about an account was changed; `what` is the action's last word."""
    entry = _entry(
        f"account.{what}", user.name, by=by, why=why, now=now, detail={"user_id": user.id, **(detail or {})}
    )
    controls.append_audit(entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Nobody:
    id: None = None
    name: str = "an unknown name"


def _whence(origin: Origin) -> str:
    return f"from {origin.address or 'an unknown address'}"


def _entry(
    action: str, target: str, *, by: Named, why: str, now: datetime, detail: Mapping[str, str] | None = None
) -> AuditEntry:
    return AuditEntry(
        at=now,
        actor_id=by.id,
        actor_name=by.name,
        action=action,
        target=target,
        reason=why,
        detail={"scope": "account", **(detail or {})},
    )
