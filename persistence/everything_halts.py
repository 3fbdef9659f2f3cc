"""Requests to halt everything: which halts each of them made, so that whoever comes later can follow them together."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from persistence.models import EverythingHaltRow
from runtime.desks import DeskName, desk_name
from runtime.ids import HaltId, UserId

PartName = DeskName | Literal["kill_switch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltPart:
    """What became of one part of the request."""

    halt_id: HaltId | None = None
    """Its halt record; None when there is none."""
    refused: str = ""
    """Why it was not meant to halt anything."""
    failed: str = ""
    """Why it could not be carried out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EverythingHalt:
    """A request to halt everything."""

    id: HaltId
    reason: str
    actor_id: UserId | None
    actor_name: str
    requested_at: datetime
    parts: Mapping[PartName, HaltPart]


class EverythingHaltRepository:
    """Reads and writes the requests in the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, halt: EverythingHalt) -> None:
        """Write a request down."""
        self._session.add(
            EverythingHaltRow(
                id=halt.id,
                reason=halt.reason,
                actor_id=halt.actor_id,
                actor_name=halt.actor_name,
                requested_at=halt.requested_at,
                parts={name: _dumped(part) for name, part in halt.parts.items()},
            )
        )
        self._session.flush()

    def get(self, halt_id: HaltId) -> EverythingHalt | None:
        """Return a request."""
        row = self._session.get(EverythingHaltRow, halt_id)
        return None if row is None else _loaded(row)

    def recent(self, *, limit: int = 20) -> list[EverythingHalt]:
        """Return the newest requests, newest first."""
        newest = EverythingHaltRow.requested_at.desc()
        rows = self._session.scalars(
            select(EverythingHaltRow).order_by(newest, EverythingHaltRow.id).limit(limit)
        )
        return [_loaded(row) for row in rows]


def _dumped(part: HaltPart) -> dict[str, str | None]:
    return {"halt_id": part.halt_id, "refused": part.refused, "failed": part.failed}


def _loaded(row: EverythingHaltRow) -> EverythingHalt:
    return EverythingHalt(
        id=HaltId(row.id),
        reason=row.reason,
        actor_id=None if row.actor_id is None else UserId(row.actor_id),
        actor_name=row.actor_name,
        requested_at=row.requested_at,
        parts={_part_name(name): HaltPart(**told) for name, told in row.parts.items()},
    )


def _part_name(text: str) -> PartName:
    return "kill_switch" if text == "kill_switch" else desk_name(text)
