"""What operators set and what is written down about it: overrides, kill switch, audit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, delete, or_, select, update
from sqlalchemy.orm import Session

from persistence.actors import Named
from persistence.inserts import insert_into
from persistence.models import AuditRow, KillSwitchRow, OverrideRow, SettingChangeRow
from runtime.errors import InvalidValue, NotFound

Json = bool | int | float | str | list[Any] | dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingChange:
    """One change of an override; None means: no override."""

    id: int
    name: str
    old: Json | None
    new: Json | None
    actor_id: str | None
    actor_name: str
    reason: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KillSwitch:
    """The kill switch as its row has it. Redis mirrors it; either one engaged halts."""

    engaged: bool
    reason: str | None
    by_id: str | None
    by_name: str | None
    at: datetime | None
    """When it last changed; None when it never has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who did what, to what, and why."""

    at: datetime
    actor_id: str | None
    actor_name: str
    action: str
    """Verb with subject, such as `run.halt`."""
    target: str
    reason: str | None = None
    detail: Mapping[str, Any] | None = None
    id: int | None = None
    """Given by the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries to return; None: all."""

    text: str | None = None
    """In whatever case, anywhere in actor, action, target, reason or detail."""
    actor: str | None = None
    """An account's id, or a part of the name."""
    action: str | None = None
    """One action, such as `halt.run`, or a whole family: `halt`."""
    actor_id: str | None = None
    target: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before_id: int | None = None
    """The last id of the page before."""


class ControlRepository:
    """Reads and writes the controls in the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def overrides(self) -> dict[str, Any]:
        """Return all overrides by setting."""
        rows = self._session.execute(select(OverrideRow.name, OverrideRow.value))
        return {name: value for name, value in rows}

    def set_override(
        self, name: str, value: Json | None, *, actor: Named, reason: str | None, now: datetime
    ) -> bool:
        """Set an override, or remove it (None), and write the change down; False when nothing changed."""
        row = self._session.scalar(select(OverrideRow).where(OverrideRow.name == name).with_for_update())
        old = None if row is None else row.value
        # Not `==` alone: True equals 1.
        if old == value and type(old) is type(value):
            return False
        if value is None:
            self._session.execute(delete(OverrideRow).where(OverrideRow.name == name))
        else:
            self._write_override(name, value, actor=actor, reason=reason, now=now)
        self._session.add(
            SettingChangeRow(
                name=name,
                old=old,
                new=value,
                actor_id=actor.id,
                actor_name=actor.name,
                reason=reason,
                at=now,
            )
        )
        self._session.flush()
        return True

    def changes(self, name: str | None = None, *, limit: int = 100) -> list[SettingChange]:
        """Return the history of one setting, or of all, newest first."""
        query = select(SettingChangeRow).order_by(SettingChangeRow.id.desc()).limit(limit)
        if name is not None:
            query = query.where(SettingChangeRow.name == name)
        return [_change(row) for row in self._session.scalars(query)]

    def kill_switch(self) -> KillSwitch:
        """Return the kill switch; raises `NotFound` when its row is gone: then nobody may take it for released."""
        row = self._session.get(KillSwitchRow, 1)
        if row is None:
            raise NotFound("row", "kill_switch")
        return _switch(row)

    def held_kill_switch(self) -> KillSwitch:
        """Return the kill switch, and keep everybody from changing it until the end of this transaction."""
        row = self._session.scalar(
            select(KillSwitchRow).where(KillSwitchRow.id == 1).with_for_update(read=True)
        )
        if row is None:
            raise NotFound("row", "kill_switch")
        return _switch(row)

    def set_kill_switch(
        self, *, engaged: bool, actor: Named, reason: str | None, now: datetime
    ) -> KillSwitch:
        """Engage or release it; engaging needs a reason. Engaging it again keeps the first reason and time."""
        if engaged and not (reason or "").strip():
            raise InvalidValue("The kill switch needs a reason.", field="reason")
        self._session.execute(
            update(KillSwitchRow)
            .where(KillSwitchRow.id == 1, KillSwitchRow.engaged.is_not(engaged))
            .values(engaged=engaged, reason=reason, by_id=actor.id, by_name=actor.name, at=now)
        )
        return self.kill_switch()

    def append_audit(self, entry: AuditEntry) -> None:
        """Write an entry; its id is given by the database."""
        self._session.add(
            AuditRow(
                at=entry.at,
                actor_id=entry.actor_id,
                actor_name=entry.actor_name,
                action=entry.action,
                target=entry.target,
                reason=entry.reason,
                detail=None if entry.detail is None else dict(entry.detail),
            )
        )
        self._session.flush()

    def audit(self, which: AuditFilter | None = None, *, limit: int = 100) -> list[AuditEntry]:
        """Return entries, newest first."""
        wanted = which or AuditFilter()
        query = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
        return [_entry(row) for row in self._session.scalars(query.where(*_conditions(wanted)))]

    def audit_actions(self) -> list[str]:
        """Return the actions that have ever been written down, in order."""
        return list(self._session.scalars(select(AuditRow.action).distinct().order_by(AuditRow.action)))

    def _write_override(
        self, name: str, value: Json, *, actor: Named, reason: str | None, now: datetime
    ) -> None:
        fields = {
            "value": value,
            "updated_by": actor.id,
            "updated_by_name": actor.name,
            "reason": reason,
            "updated_at": now,
        }
        self._session.execute(
            insert_into(self._session, OverrideRow)
            .values(name=name, **fields)
            .on_conflict_do_update(index_elements=["name"], set_=fields)
        )


def _conditions(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    conditions = (
        None if wanted.text is None else _mentions(wanted.text),
        None if wanted.actor is None else _is_by(wanted.actor),
        None if wanted.action is None else _is_of(wanted.action),
        None if wanted.actor_id is None else AuditRow.actor_id == wanted.actor_id,
        None if wanted.target is None else AuditRow.target == wanted.target,
        None if wanted.since is None else AuditRow.at >= wanted.since,
        None if wanted.until is None else AuditRow.at < wanted.until,
        None if wanted.before_id is None else AuditRow.id < wanted.before_id,
    )
    return [condition for condition in conditions if condition is not None]


def _mentions(text: str) -> ColumnElement[bool]:
    places = (
        AuditRow.actor_name,
        AuditRow.action,
        AuditRow.target,
        AuditRow.reason,
        cast(AuditRow.detail, Text),
    )
    return or_(*(place.icontains(text, autoescape=True) for place in places))


def _is_by(actor: str) -> ColumnElement[bool]:
    return or_(AuditRow.actor_id == actor, AuditRow.actor_name.icontains(actor, autoescape=True))


def _is_of(action: str) -> ColumnElement[bool]:
    return or_(AuditRow.action == action, AuditRow.action.startswith(f"{action}.", autoescape=True))


def _change(row: SettingChangeRow) -> SettingChange:
    return SettingChange(
        id=row.id,
        name=row.name,
        old=row.old,
        new=row.new,
        actor_id=row.actor_id,
        actor_name=row.actor_name,
        reason=row.reason,
        at=row.at,
    )


def _switch(row: KillSwitchRow) -> KillSwitch:
    return KillSwitch(engaged=row.engaged, reason=row.reason, by_id=row.by_id, by_name=row.by_name, at=row.at)


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        at=row.at,
        actor_id=row.actor_id,
        actor_name=row.actor_name,
        action=row.action,
        target=row.target,
        reason=row.reason,
        detail=row.detail,
    )
