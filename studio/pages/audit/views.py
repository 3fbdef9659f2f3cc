"""Entries of the audit log, ready to show, and what the filters mean. Pure."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from persistence.controls import AuditEntry, AuditFilter
from runtime.errors import InvalidValue
from studio import routes

CSV = "/api/audit.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One line of the log."""

    id: int
    at: str
    """ISO time."""
    who: str
    family: str
    """The first word of the action: halt, kill_switch, setting …"""
    action: str
    target: str
    address: str
    """Of the run that it is about; empty for anything else."""
    reason: str
    detail: str
    """Indented JSON; empty when there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The filters as they stand on the page; empty: all."""

    text: str = ""
    actor: str = ""
    action: str = ""
    first_day: str = ""
    """ISO date, in UTC."""
    last_day: str = ""


def audit_filter(asked: Asked) -> AuditFilter:
    """Return what to look for; both days count whole. Raises `InvalidValue` for a day that is none."""
    return AuditFilter(
        text=asked.text,
        actor=asked.actor,
        action=asked.action,
        since=_midnight(asked.first_day, "from", after=0),
        until=_midnight(asked.last_day, "to", after=1),
    )


def csv_address(asked: Asked) -> str:
    """Return where the entries that fit can be had as CSV; days that are none are left out."""
    try:
        wanted = audit_filter(asked)
    except InvalidValue:
        return CSV
    pairs = {
        "text": asked.text.strip(),
        "actor": asked.actor.strip(),
        "action": asked.action,
        "from": wanted.since.isoformat() if wanted.since else "",
        "to": wanted.until.isoformat() if wanted.until else "",
    }
    query = urlencode({key: value for key, value in pairs.items() if value})
    return f"{CSV}?{query}" if query else CSV


def audit_lines(entries: Sequence[AuditEntry]) -> list[AuditLine]:
    """Return the lines of a page."""
    return [_line(entry) for entry in entries]


def _line(entry: AuditEntry) -> AuditLine:
    detail = entry.detail
    return AuditLine(
        id=entry.id or 0,
        at=entry.at.isoformat(),
        who=entry.actor_name,
        family=entry.action.split(".")[0],
        action=entry.action,
        target=entry.target,
        address=routes.run(entry.target) if entry.action in {"run.start", "halt.run"} else "",
        reason=entry.reason or "",
        detail=json.dumps(detail, indent=2, ensure_ascii=False) if detail else "",
    )


def _midnight(day: str, field: str, *, after: int) -> datetime | None:
    if not day:
        return None
    try:
        return datetime.combine(date.fromisoformat(day) + timedelta(days=after), time(), UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidValue(f"Field {field!r}: {day!r} is no day.", field=field) from error
