"""Bots by slug, and their frozen versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from persistence.inserts import insert_into
from persistence.models import BotRow, BotVersionRow
from runtime.ids import UserId, new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class BotVersion:
    """A frozen content of a bot."""

    id: str
    bot_id: str
    version: int
    spec_hash: str
    payload: dict[str, Any]
    notes: str
    created_by_name: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BotRecord:
    """A bot with its current content."""

    id: str
    slug: str
    name: str
    kind: str
    current: BotVersion
    created_by: UserId | None
    created_by_name: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BotContent:
    """What a version is made of."""

    name: str
    kind: str
    spec_hash: str
    payload: Mapping[str, Any]
    notes: str = ""
    author: str


class BotRepository:
    """Reads and writes bots in the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def create(self, slug: str, content: BotContent, *, owner: UserId | None, now: datetime) -> str | None:
        """Save a bot with its first version and return its id; None when the slug is taken, also by a deleted one."""
        bot_id = self._session.scalar(
            insert_into(self._session, BotRow)
            .values(
                id=new_id(),
                slug=slug,
                name=content.name,
                kind=content.kind,
                current_version=1,
                created_by=owner,
                created_by_name=content.author,
                created_at=now,
                updated_at=now,
            )
            .on_conflict_do_nothing(index_elements=["slug"])
            .returning(BotRow.id)
        )
        if bot_id is not None:
            self._freeze(bot_id, 1, content, now)
        return bot_id

    def add_version(self, bot_id: str, content: BotContent, now: datetime) -> BotVersion:
        """Make a content the current one, and freeze it unless it is frozen: the same content is never two versions."""
        # Locked, so that two callers do not count to the same number.
        self._session.execute(select(BotRow.id).where(BotRow.id == bot_id).with_for_update())
        row = self._session.scalar(
            select(BotVersionRow).where(
                BotVersionRow.bot_id == bot_id, BotVersionRow.spec_hash == content.spec_hash
            )
        )
        if row is None:
            last = self._session.scalar(
                select(func.max(BotVersionRow.version)).where(BotVersionRow.bot_id == bot_id)
            )
            row = self._freeze(bot_id, (last or 0) + 1, content, now)
        self._session.execute(
            update(BotRow)
            .where(BotRow.id == bot_id)
            .values(name=content.name, kind=content.kind, current_version=row.version, updated_at=now)
        )
        return _version(row)

    def delete(self, bot_id: str, now: datetime) -> bool:
        """Take a bot out of the lists; its versions and deployments stay, and so does its slug. False when it is gone already."""
        gone = self._session.scalar(
            update(BotRow)
            .where(BotRow.id == bot_id, BotRow.deleted_at.is_(None))
            .values(deleted_at=now)
            .returning(BotRow.id)
        )
        return gone is not None

    def find(self, ref: str) -> BotRecord | None:
        """Return a bot by its slug or id."""
        found = self._records(or_(BotRow.slug == ref, BotRow.id == ref))
        return found[0] if found else None

    def list(self) -> Sequence[BotRecord]:
        """Return all bots by slug."""
        return self._records(None)

    def versions(self, bot_id: str, *, limit: int = 100) -> Sequence[BotVersion]:
        """Return the versions of a bot, newest first."""
        rows = self._session.scalars(
            select(BotVersionRow)
            .where(BotVersionRow.bot_id == bot_id)
            .order_by(BotVersionRow.version.desc())
            .limit(limit)
        )
        return [_version(row) for row in rows]

    def version(self, bot_id: str, number: int) -> BotVersion | None:
        """Return a version of a bot by its number."""
        row = self._session.scalar(
            select(BotVersionRow).where(BotVersionRow.bot_id == bot_id, BotVersionRow.version == number)
        )
        return None if row is None else _version(row)

    def _freeze(self, bot_id: str, number: int, content: BotContent, now: datetime) -> BotVersionRow:
        row = BotVersionRow(
            id=new_id(),
            bot_id=bot_id,
            version=number,
            spec_hash=content.spec_hash,
            payload=dict(content.payload),
            notes=content.notes,
            created_by_name=content.author,
            created_at=now,
        )
        self._session.add(row)
        self._session.flush()
        return row

    def _records(self, which: ColumnElement[bool] | None) -> Sequence[BotRecord]:
        current = and_(BotVersionRow.bot_id == BotRow.id, BotVersionRow.version == BotRow.current_version)
        query = select(BotRow, BotVersionRow).join(BotVersionRow, current).where(BotRow.deleted_at.is_(None))
        if which is not None:
            query = query.where(which)
        found = self._session.execute(query.order_by(BotRow.slug))
        return [
            BotRecord(
                id=bot.id,
                slug=bot.slug,
                name=bot.name,
                kind=bot.kind,
                current=_version(version),
                created_by=None if bot.created_by is None else UserId(bot.created_by),
                created_by_name=bot.created_by_name,
                created_at=bot.created_at,
                updated_at=bot.updated_at,
            )
            for bot, version in found
        ]


def _version(row: BotVersionRow) -> BotVersion:
    return BotVersion(
        id=row.id,
        bot_id=row.bot_id,
        version=row.version,
        spec_hash=row.spec_hash,
        payload=row.payload,
        notes=row.notes,
        created_by_name=row.created_by_name,
        created_at=row.created_at,
    )
