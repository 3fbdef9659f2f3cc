"""What a monitor wants to know of the installation now, read from the database and Redis: true over any number of processes.

A part that does not answer is said to be away, and what it would have told is left out: nothing is shown as zero that is
not known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from redis.exceptions import RedisError

from persistence.measures import HaltTimes, MeasureRepository, RunCounts
from runtime.errors import Unavailable
from tasks.access import Actor, Permission, require
from tasks.control.context import Control
from tasks.control.settings import settings_in_force
from tasks.control.switch import SwitchState, switch_status
from tasks.control.workers import WorkForce, work_force
from tasks.halt.keys import BEAT_KEY, TRANSITIONS_KEY


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What the database tells."""

    runs: RunCounts
    leases_held: int
    leases_lapsed: int
    halts_unproved: int
    halts_proved: Sequence[HaltTimes]
    """All of them, the oldest proof first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Living:
    """What Redis tells."""

    work_force: WorkForce
    transitions: Mapping[str, int]
    """Transitions of runs that have ended since Redis has its data, by how they ended."""
    beat_age_seconds: float | None
    """Since a tick of beat was last taken; None: not within the last minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """One look."""

    switch: SwitchState
    stored: Stored | None
    """None: the database does not answer."""
    living: Living | None
    """None: Redis does not answer."""


def measure(control: Control, actor: Actor) -> Measures:
    """Look once. With the studio off the tables of workflows are left alone."""
    require(actor, Permission.READ)
    return Measures(
        switch=switch_status(control).state, stored=_stored(control), living=_living(control, actor)
    )


def _stored(control: Control) -> Stored | None:
    now = control.clock.now()
    try:
        workflows = settings_in_force(control).live.orchestration_studio_enabled
        with control.database.read() as session:
            measures = MeasureRepository(session)
            held, lapsed = measures.leases(now, workflows=workflows)
            return Stored(
                runs=measures.runs(workflows=workflows),
                leases_held=held,
                leases_lapsed=lapsed,
                halts_unproved=measures.unproved_halts(),
                halts_proved=measures.proved_halts(),
            )
    except Unavailable:
        return None


def _living(control: Control, actor: Actor) -> Living | None:
    force = work_force(control, actor)
    if force is None:
        return None
    try:
        told: Any = control.redis.hgetall(TRANSITIONS_KEY)
        beat: Any = control.redis.get(BEAT_KEY)
    except (RedisError, OSError):
        return None
    age = (control.clock.now() - datetime.fromisoformat(beat)).total_seconds() if beat else None
    return Living(
        work_force=force,
        transitions={status: int(count) for status, count in told.items()},
        beat_age_seconds=None if age is None else max(age, 0.0),
    )
