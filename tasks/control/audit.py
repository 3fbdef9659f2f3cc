"""Who did what, when and why: searching the audit log, a page at a time or all of it as CSV."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from persistence.controls import AuditEntry, AuditFilter, ControlRepository
from runtime.errors import InvalidValue
from tasks.access import Actor, Permission, require
from tasks.control.context import Control

LARGEST_PAGE = 500
COLUMNS = ("id", "at", "actor", "actor_id", "action", "target", "reason", "detail")
_LONGEST_TEXT = 200
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001  full-width ones count too


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """A part of the log, newest first."""

    entries: tuple[AuditEntry, ...]
    next_before: int | None
    """What to ask the next page with; None: this was the last."""


def search_audit(
    control: Control, actor: Actor, wanted: AuditFilter | None = None, *, limit: int = 100
) -> AuditPage:
    """Return the newest entries that fit; raises `InvalidValue` for a filter that makes no sense."""
    require(actor, Permission.AUDIT)
    return _page(control, _checked(wanted or AuditFilter()), limit)


def audit_actions(control: Control, actor: Actor) -> list[str]:
    """Return the actions that have ever been written down."""
    require(actor, Permission.AUDIT)
    with control.database.read() as session:
        return ControlRepository(session).audit_actions()


def audit_csv(control: Control, actor: Actor, wanted: AuditFilter | None = None) -> Iterator[str]:
    """Return everything that fits as lines of CSV (RFC 4180), read page by page.

    The first page is read before anything is returned, so what is refused is refused at once. A cell that a spreadsheet would
    take for a formula gets an apostrophe in front.
    """
    require(actor, Permission.AUDIT)
    checked = _checked(wanted or AuditFilter())
    return _lines(control, checked, _page(control, checked, LARGEST_PAGE))


def plain_cell(text: str) -> str:
    """Return a cell that no spreadsheet computes."""
    return f"'{text}" if text.lstrip(" ").startswith(_STARTS_A_FORMULA) else text


def _lines(control: Control, wanted: AuditFilter, page: AuditPage) -> Iterator[str]:
    yield _line(COLUMNS)
    while True:
        for entry in page.entries:
            yield _line(_cells(entry))
        if page.next_before is None:
            return
        page = _page(control, replace(wanted, before_id=page.next_before), LARGEST_PAGE)


def _page(control: Control, wanted: AuditFilter, limit: int) -> AuditPage:
    size = max(1, min(limit, LARGEST_PAGE))
    with control.database.read() as session:
        found = ControlRepository(session).audit(wanted, limit=size + 1)
    entries = tuple(found[:size])
    return AuditPage(entries=entries, next_before=entries[-1].id if len(found) > size else None)


def _checked(wanted: AuditFilter) -> AuditFilter:
    """Return the filter with blank words taken for none."""
    for name in ("text", "actor", "action", "target"):
        word = (getattr(wanted, name) or "").strip()
        if len(word) > _LONGEST_TEXT:
            raise InvalidValue(f"Field {name!r}: look for at most {_LONGEST_TEXT} characters.", field=name)
        if not word.isprintable():
            raise InvalidValue(f"Field {name!r}: look for visible characters only.", field=name)
        wanted = replace(wanted, **{name: word or None})
    for field, time in (("from", wanted.since), ("to", wanted.until)):
        _check_time(time, field)
    if wanted.since is not None and wanted.until is not None and wanted.since >= wanted.until:
        raise InvalidValue("Field 'from' has to be before 'to'.", field="from")
    return wanted


def _check_time(time: datetime | None, field: str) -> None:
    try:
        if time is not None:
            time.astimezone(UTC)
    except OverflowError as error:
        raise InvalidValue(f"Field {field!r}: this time is out of range.", field=field) from error


def _cells(entry: AuditEntry) -> tuple[str, ...]:
    texts = (
        entry.actor_name,
        entry.actor_id or "",
        entry.action,
        entry.target,
        entry.reason or "",
        "" if entry.detail is None else json.dumps(entry.detail, ensure_ascii=False),
    )
    return (str(entry.id), entry.at.isoformat(), *map(plain_cell, texts))


def _line(cells: tuple[str, ...]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
