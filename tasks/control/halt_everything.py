"""Halting everything: all desks at once, and the kill switch. One that fails never keeps the others from being halted.

Each desk is halted in a thread and a transaction of its own. The switch follows as soon as they are through, and soon in
any case: its one transaction takes what has started meanwhile and what a desk's own halt left, and holds every desk's
rows while it waits for one of them; before the desks it would make all of them wait for the slowest.
"""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Literal

from persistence.everything_halts import EverythingHalt, EverythingHaltRepository, HaltPart, PartName
from persistence.halts import HaltItem
from runtime.desks import DESKS, DeskName
from runtime.errors import InvalidValue, NotFound, StudioError, Unavailable
from runtime.ids import HaltId, UserId, new_id
from tasks.access import Actor, Permission, require
from tasks.control.budget import within_budget
from tasks.control.context import Control
from tasks.control.desk_halts import halt_desk
from tasks.control.halts import TYPED, HaltRecord, halt_status, halt_workflows
from tasks.control.settings import checked_reason
from tasks.control.switch import engage
from tasks.desks import registry

_log = logging.getLogger(__name__)

HEAD_START_SECONDS = 0.25
"""How long the desks may take before the kill switch is engaged beside them."""
SWITCH: Literal["kill_switch"] = "kill_switch"
LaneState = Literal["stopped", "halting", "refused", "unwritten", "failed"]
_NOT_TAKEN = (
    "Neither the database nor Redis took it: nothing was halted here. Try again at once, and stop the workers if it "
    "stays so."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneHalt:
    """What a request to halt everything has done on one desk."""

    desk: DeskName
    part: HaltPart
    items: tuple[HaltItem, ...] = ()
    """The desk's runs that were hit, by the kill switch or by the desk's own halt."""
    by_switch: int = 0
    """How many of them the kill switch hit."""
    row_written: bool = True
    """False: the database has not taken it yet, or cannot be read."""
    switched: bool = True
    """Whether the kill switch was engaged, which stops the desk whatever became of its own halt."""

    @property
    def state(self) -> LaneState:
        """How far it has come; `refused` and `failed` say nothing of runs that the kill switch hit."""
        if self.part.failed:
            return "failed"
        if self.part.refused and not self.switched:
            return "refused"
        if not self.row_written:
            return "unwritten"
        return "stopped" if all(item.proved_at for item in self.items) else "halting"


@dataclass(frozen=True, slots=True, kw_only=True)
class EverythingState:
    """A request to halt everything, as far as it has come."""

    halt: EverythingHalt
    switch: HaltPart
    """Its failure says why the kill switch may not be engaged."""
    switch_written: bool
    """False: the database has not taken the engagement yet, or cannot be read."""
    lanes: tuple[LaneHalt, ...]

    @property
    def proved(self) -> bool:
        """Whether the switch is engaged and everything that was hit, on every desk, is proved to have stopped."""
        return (
            not self.switch.failed
            and self.switch_written
            and all(lane.state == "stopped" for lane in self.lanes)
        )


def halt_everything(control: Control, actor: Actor, reason: str, typed: str) -> EverythingState:
    """Halt every desk and engage the kill switch; nothing to halt is no error. What fails is in the answer, part by part."""
    require(actor, Permission.HALT_ALL)
    require(actor, Permission.ENGAGE)
    why = checked_reason(reason)
    if typed != TYPED:
        raise InvalidValue(f"Type {TYPED} to halt everything.", field="typed")
    requested_at = control.clock.now()
    names = lanes()
    with ThreadPoolExecutor(max_workers=len(names), thread_name_prefix="halt-lane") as threads:
        asked: dict[DeskName, Future[HaltPart]] = {
            desk: threads.submit(_attempt, lambda desk=desk: _halt_lane(control, actor, desk, why))
            for desk in names
        }
        wait(asked.values(), timeout=HEAD_START_SECONDS)
        switch = _attempt(lambda: engage(control, actor, why).halt)
        parts: dict[PartName, HaltPart] = {SWITCH: switch}
        for desk, job in asked.items():
            parts[desk] = job.result()
    halt = EverythingHalt(
        id=HaltId(new_id()),
        reason=why,
        actor_id=UserId(actor.id),
        actor_name=actor.name,
        requested_at=requested_at,
        parts=parts,
    )
    _write(control, halt)
    return everything_state(control, halt)


def everything_state(control: Control, halt: EverythingHalt) -> EverythingState:
    """Return how far the parts of a request have come. What cannot be read is not proved, and raises nothing."""
    switch = halt.parts.get(SWITCH, HaltPart())
    record = _record(control, switch)
    asked: list[DeskName] = [desk for desk in DESKS if desk in halt.parts]
    return EverythingState(
        halt=halt,
        switch=switch,
        switch_written=record is not None and record.row_written,
        lanes=tuple(_lane(control, desk, halt.parts[desk], switch, record) for desk in asked),
    )


def everything_status(control: Control, actor: Actor, halt_id: str) -> EverythingState:
    """Return how far a request has come; raises `NotFound`."""
    require(actor, Permission.READ)
    with control.database.read() as session:
        halt = EverythingHaltRepository(session).get(HaltId(halt_id))
    if halt is None:
        raise NotFound("halt of everything", halt_id)
    return everything_state(control, halt)


def recent_everything(control: Control, actor: Actor, *, limit: int = 1) -> list[EverythingState]:
    """Return the newest requests, newest first."""
    require(actor, Permission.READ)
    with control.database.read() as session:
        halts = EverythingHaltRepository(session).recent(limit=limit)
    return [everything_state(control, halt) for halt in halts]


def lanes() -> list[DeskName]:
    """Return the desks that can be halted, in the order in which fronts show them."""
    known = registry.desks()
    return [desk for desk in DESKS if desk in known or desk == "workflows"]


def _halt_lane(control: Control, actor: Actor, desk: DeskName, reason: str) -> HaltRecord:
    if desk == "workflows":
        return halt_workflows(control, actor, reason, TYPED)
    return halt_desk(control, actor, desk, reason)


def _attempt(act: Callable[[], HaltRecord]) -> HaltPart:
    """Return what became of one part; whatever goes wrong with it stays with it."""
    try:
        record = act()
    except StudioError as error:
        return HaltPart(failed=error.message)
    except Exception as error:  # noqa: BLE001  the others have to be halted whatever this one ran into
        _log.exception("a part of a halt of everything failed")
        return HaltPart(failed=f"{type(error).__name__}; the server's log has the cause.")
    if record.refused:
        return HaltPart(refused=record.refused)
    if not record.row_written and not record.published:
        return HaltPart(failed=_NOT_TAKEN)
    return HaltPart(halt_id=record.id)


def _write(control: Control, halt: EverythingHalt) -> None:
    """Write down that the parts belong together; that it cannot be written takes nothing back."""

    def write() -> None:
        with control.database.write() as session:
            EverythingHaltRepository(session).add(halt)

    try:
        within_budget(control, write)
    except (Unavailable, TimeoutError):
        _log.warning("a halt of everything is not on record as one", extra={"halt_id": halt.id})


def _record(control: Control, part: HaltPart) -> HaltRecord | None:
    if part.halt_id is None:
        return None
    try:
        return halt_status(control, part.halt_id)
    except StudioError:
        return None


def _lane(
    control: Control, desk: DeskName, part: HaltPart, switch: HaltPart, switched: HaltRecord | None
) -> LaneHalt:
    own = _record(control, part)
    by_switch = tuple(item for item in switched.items if item.desk == desk) if switched else ()
    awaited = [record for told, record in ((switch, switched), (part, own)) if told.halt_id is not None]
    return LaneHalt(
        desk=desk,
        part=part,
        items=(*by_switch, *(own.items if own else ())),
        by_switch=len(by_switch),
        row_written=all(record is not None and record.row_written for record in awaited),
        switched=not switch.failed,
    )
