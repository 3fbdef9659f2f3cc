"""What the audit log is told about accounts. The caller's unit of work decides whether it stays."""

from collections.abc import Mapping
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


def audit_sign_in(
    controls: ControlRepository, user: UserRecord, origin: Origin, *, now: datetime, refused: bool = False
) -> None:
    """Write down that somebody came in, or that somebody tried to in their name."""
    action = "account.sign_in_refused" if refused else "account.sign_in"
    why = f"from {origin.address or 'an unknown address'}"
    detail = {"client": origin.client} if origin.client else {}
    controls.append_audit(_entry(action, user.name, by=user, why=why, now=now, detail=detail))


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
