"""What is counted for whoever watches the installation: runs, spending, leases and halts, in a few queries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from persistence.models import DeskRunRow, DispatchRow, HaltItemRow, RunRow

WORKFLOWS = "workflows"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCounts:
    """How many runs there are, and what they have cost, by desk and status."""

    counts: Mapping[tuple[str, str], int]
    spent_usd: Mapping[str, float]
    """By desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltTimes:
    """When the steps of one proved halt of one run were."""

    requested_at: datetime
    acknowledged_at: datetime | None
    last_effect_at: datetime | None
    proved_at: datetime


class MeasureRepository:
    """Counts in the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def runs(self, *, workflows: bool) -> RunCounts:
        """Return counts of all desks; those of workflows only when asked for, since their tables may be left alone."""
        desks = self._session.execute(
            select(DeskRunRow.desk, DeskRunRow.status, func.count(), func.sum(DeskRunRow.cost_usd)).group_by(
                DeskRunRow.desk, DeskRunRow.status
            )
        )
        found = [(desk, status, count, cost) for desk, status, count, cost in desks]
        if workflows:
            rows = self._session.execute(
                select(RunRow.status, func.count(), func.sum(RunRow.cost_usd)).group_by(RunRow.status)
            )
            found += [(WORKFLOWS, status, count, cost) for status, count, cost in rows]
        spent: dict[str, float] = {}
        for desk, _, _, cost in found:
            spent[desk] = spent.get(desk, 0.0) + (cost or 0.0)
        return RunCounts(counts={(desk, status): count for desk, status, count, _ in found}, spent_usd=spent)

    def leases(self, now: datetime, *, workflows: bool) -> tuple[int, int]:
        """Return how many leases hold and how many have lapsed, of runs that are running."""
        until = list(
            self._session.scalars(select(DeskRunRow.lease_until).where(DeskRunRow.status == "running"))
        )
        if workflows:
            until += self._session.scalars(
                select(DispatchRow.lease_until)
                .join(RunRow, RunRow.id == DispatchRow.run_id)
                .where(RunRow.status == "running")
            )
        held = sum(at is not None and at > now for at in until)
        return held, len(until) - held

    def proved_halts(self) -> list[HaltTimes]:
        """Return the halts of runs that are proved, the oldest proof first."""
        found = self._session.execute(
            select(
                HaltItemRow.requested_at,
                HaltItemRow.acknowledged_at,
                HaltItemRow.last_effect_at,
                HaltItemRow.proved_at,
            )
            .where(HaltItemRow.proved_at.is_not(None))
            .order_by(HaltItemRow.proved_at)
        )
        return [
            HaltTimes(requested_at=asked, acknowledged_at=known, last_effect_at=effect, proved_at=proved)
            for asked, known, effect, proved in found
            if proved is not None
        ]

    def unproved_halts(self) -> int:
        """Return how many halts of runs are not proved yet."""
        query = select(func.count()).select_from(HaltItemRow).where(HaltItemRow.proved_at.is_(None))
        return self._session.scalar(query) or 0
