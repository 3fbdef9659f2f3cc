"""Agents that can be run by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from persistence.inserts import insert_into
from persistence.models import AgentSpecRow


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSpecRecord:
    """A stored agent."""

    name: str
    payload: dict[str, Any]
    spec_hash: str
    updated_at: datetime
    updated_by: str


class AgentSpecRepository:
    """Reads and writes agents in the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(
        self, name: str, payload: Mapping[str, Any], spec_hash: str, *, author: str, now: datetime
    ) -> None:
        """Store an agent in the place of one of the same name."""
        values = {
            "payload": dict(payload),
            "spec_hash": spec_hash,
            "updated_at": now,
            "updated_by": author,
        }
        self._session.execute(
            insert_into(self._session, AgentSpecRow)
            .values(name=name, **values)
            .on_conflict_do_update(index_elements=["name"], set_=values)
        )

    def get(self, name: str) -> AgentSpecRecord | None:
        """Return an agent."""
        row = self._session.get(AgentSpecRow, name)
        return None if row is None else _record(row)

    def all(self) -> list[AgentSpecRecord]:
        """Return every stored agent, by name."""
        return [
            _record(row) for row in self._session.scalars(select(AgentSpecRow).order_by(AgentSpecRow.name))
        ]


def _record(row: AgentSpecRow) -> AgentSpecRecord:
    return AgentSpecRecord(
        name=row.name,
        payload=row.payload,
        spec_hash=row.spec_hash,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
    )
