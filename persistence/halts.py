"""The record that proves a halt: each step of each run it hit, with its time."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import ColumnElement, Select, case, insert, select, update
from sqlalchemy.orm import Session

from persistence.chunks import chunks
from persistence.inserts import insert_into
from persistence.models import HaltItemRow, HaltRow
from persistence.run_records import run_status
from runtime.desks import DeskName, desk_name
from runtime.ids import HaltId, RunId, UserId
from runtime.status import RunStatus

HaltScope = Literal["run", "agents", "paper", "bots", "rl", "quant-agents", "workflows", "kill_switch"]
HaltState = Literal["requested", "acknowledged", "cancelled", "abandoned", "killed", "proved"]
_SCOPES: tuple[HaltScope, ...] = get_args(HaltScope)
_STATES: tuple[HaltState, ...] = get_args(HaltState)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHalt:
    """A request to halt."""

    id: HaltId
    scope: HaltScope
    reason: str
    actor_id: UserId | None
    actor_name: str
    requested_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltedRun:
    """A run that a request hit."""

    run_id: RunId
    desk: DeskName = "workflows"
    prior_status: RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltItem:
    """How far the halt of one run has come. It is halted for good when `state` is `proved`."""

    halt_id: HaltId
    run_id: RunId
    desk: DeskName = "workflows"
    prior_status: RunStatus
    requested_at: datetime
    acknowledged_at: datetime | None
    """When the worker knew."""
    cancelled_at: datetime | None
    """When its running node had been cancelled."""
    abandoned_at: datetime | None = None
    """When the worker gave up on a node that did not stop within the grace; nothing of it was taken after that."""
    killed_at: datetime | None = None
    """When a process was killed: the one that the node computed in, or the worker's own."""
    last_effect_at: datetime | None
    """The last side effect; None in a proved item: there was none. Of a worker that is gone: the latest it can have been."""
    proved_at: datetime | None
    state: HaltState


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltRecord:
    """A request and everything it hit."""

    id: HaltId
    scope: HaltScope
    reason: str
    actor_id: UserId | None
    actor_name: str
    requested_at: datetime
    items: tuple[HaltItem, ...]


class HaltRepository:
    """Reads and writes halts in the caller's unit of work. A run may be in several; each step reaches them all."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def create(self, halt: NewHalt, items: Sequence[HaltedRun]) -> None:
        """Write a request down, with the runs it hit; a request that is there already gets them as well."""
        self.begin(halt)
        self.hit(halt, items)

    def begin(self, halt: NewHalt) -> bool:
        """Write a request down, without a run yet; False when it is there. Waits for whoever is just writing the same one."""
        written = self._session.scalar(
            insert_into(self._session, HaltRow)
            .values(
                id=halt.id,
                scope=halt.scope,
                reason=halt.reason,
                actor_id=halt.actor_id,
                actor_name=halt.actor_name,
                requested_at=halt.requested_at,
            )
            .on_conflict_do_nothing(index_elements=["id"])
            .returning(HaltRow.id)
        )
        return written is not None

    def hit(self, halt: NewHalt, items: Sequence[HaltedRun]) -> None:
        """Note the runs that a request has hit."""
        rows = [
            {
                "halt_id": halt.id,
                "run_id": item.run_id,
                "desk": item.desk,
                "prior_status": item.prior_status,
                "requested_at": halt.requested_at,
                "state": "requested",
            }
            for item in items
        ]
        if rows:
            self._session.execute(insert(HaltItemRow), rows)

    def acknowledge(self, run_id: RunId, at: datetime) -> int:
        """Note that the worker knows; return how many records that changed. The first time counts."""
        return self._step(
            [run_id], HaltItemRow.acknowledged_at.is_(None), state="acknowledged", acknowledged_at=at
        )

    def cancelled(self, run_id: RunId, at: datetime) -> int:
        """Note that the running node has been cancelled; return how many records that changed."""
        return self._step([run_id], HaltItemRow.cancelled_at.is_(None), state="cancelled", cancelled_at=at)

    def abandoned(self, run_id: RunId, at: datetime) -> int:
        """Note that a node did not stop and was given up; return how many records that changed."""
        return self._step([run_id], HaltItemRow.abandoned_at.is_(None), state="abandoned", abandoned_at=at)

    def killed(self, run_id: RunId, at: datetime) -> int:
        """Note that a process of the run has been killed; return how many records that changed."""
        return self._step([run_id], HaltItemRow.killed_at.is_(None), state="killed", killed_at=at)

    def prove(self, run_id: RunId, *, last_effect_at: datetime | None, at: datetime) -> int:
        """Note that the last side effect is in the past (None: there was none); return how many records that changed."""
        return self.prove_all({run_id: last_effect_at}, at=at)

    def prove_all(self, last_effects: Mapping[RunId, datetime | None], *, at: datetime) -> int:
        """Note of many runs when their last side effect was; return how many records that changed."""
        runs_of: dict[datetime | None, list[RunId]] = {}
        for run_id in sorted(last_effects):
            runs_of.setdefault(last_effects[run_id], []).append(run_id)
        return sum(
            self._step(
                ids,
                HaltItemRow.proved_at.is_(None),
                state="proved",
                proved_at=at,
                last_effect_at=last_effect_at,
            )
            for last_effect_at, run_ids in runs_of.items()
            for ids in chunks(run_ids)
        )

    def get(self, halt_id: HaltId) -> HaltRecord | None:
        """Return a request with its items."""
        found = self._records(select(HaltRow).where(HaltRow.id == halt_id))
        return found[0] if found else None

    def recent(self, *, limit: int = 20) -> list[HaltRecord]:
        """Return the newest requests with their items, newest first."""
        return self._records(select(HaltRow).order_by(HaltRow.requested_at.desc(), HaltRow.id).limit(limit))

    def for_run(self, run_id: RunId) -> list[HaltItem]:
        """Return what halts did to a run, newest request first."""
        return self._items(HaltItemRow.run_id == run_id, newest_first=True)

    def for_runs(self, run_ids: Collection[RunId]) -> dict[RunId, HaltItem]:
        """Return the newest halt of each of these runs that has one."""
        return {
            item.run_id: item for item in self._items(HaltItemRow.run_id.in_(run_ids), newest_first=False)
        }

    def unproved(self) -> list[HaltItem]:
        """Return what still has to be proved, oldest request first."""
        return self._items(HaltItemRow.state != "proved", newest_first=False)

    def _step(
        self,
        run_ids: Sequence[RunId],
        not_yet: ColumnElement[bool],
        state: HaltState,
        **values: datetime | None,
    ) -> int:
        # A step that arrives late fills its time in, and does not take the state back.
        earlier = _STATES[: _STATES.index(state)]
        changed = self._session.scalars(
            update(HaltItemRow)
            .where(HaltItemRow.run_id.in_(run_ids), not_yet)
            .values(state=case((HaltItemRow.state.in_(earlier), state), else_=HaltItemRow.state), **values)
            .returning(HaltItemRow.halt_id)
        )
        return len(changed.all())

    def _records(self, query: Select[HaltRow]) -> list[HaltRecord]:
        rows = self._session.scalars(query).all()
        items: dict[str, list[HaltItem]] = {row.id: [] for row in rows}
        for item in self._items(HaltItemRow.halt_id.in_(items), newest_first=False):
            items[item.halt_id].append(item)
        return [
            HaltRecord(
                id=HaltId(row.id),
                scope=_scope(row.scope),
                reason=row.reason,
                actor_id=None if row.actor_id is None else UserId(row.actor_id),
                actor_name=row.actor_name,
                requested_at=row.requested_at,
                items=tuple(items[row.id]),
            )
            for row in rows
        ]

    def _items(self, which: ColumnElement[bool], *, newest_first: bool) -> list[HaltItem]:
        time = HaltItemRow.requested_at
        order = time.desc() if newest_first else time.asc()
        rows = self._session.scalars(select(HaltItemRow).where(which).order_by(order, HaltItemRow.run_id))
        return [_item(row) for row in rows]


def _item(row: HaltItemRow) -> HaltItem:
    return HaltItem(
        halt_id=HaltId(row.halt_id),
        run_id=RunId(row.run_id),
        desk=desk_name(row.desk),
        prior_status=run_status(row.prior_status),
        requested_at=row.requested_at,
        acknowledged_at=row.acknowledged_at,
        cancelled_at=row.cancelled_at,
        abandoned_at=row.abandoned_at,
        killed_at=row.killed_at,
        last_effect_at=row.last_effect_at,
        proved_at=row.proved_at,
        state=_state(row.state),
    )


def _state(text: str) -> HaltState:
    for state in _STATES:
        if state == text:
            return state
    raise ValueError(f"A halt has the unknown state {text!r}.")


def _scope(text: str) -> HaltScope:
    for scope in _SCOPES:
        if scope == text:
            return scope
    raise ValueError(f"A halt has the unknown scope {text!r}.")
