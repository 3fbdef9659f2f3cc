"""Which slots to run now, after any silence: one pure decision."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, assert_never

from runtime.scheduling.timing import SHORTEST_INTERVAL, Timing, occurrences

MisfirePolicy = Literal["skip", "once", "all"]
"""What becomes of slots that passed while nobody looked: nothing; the last of them runs, unless one that is on time does
anyway; or the newest of them run, up to a limit, oldest first."""
ON_TIME = timedelta(seconds=60)
"""A slot that is looked at within this was not missed."""
MOST_ON_TIME = ON_TIME // timedelta(seconds=SHORTEST_INTERVAL) + 1
MOST_AT_ONCE = 100
FIRST_LOOK = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What one look decides."""

    slots: tuple[datetime, ...]
    """To run now, oldest first; UTC."""
    skipped: bool
    """Whether slots passed that will never run."""
    last_slot: datetime
    """Up to where the rhythm is dealt with: the newest slot that has passed, or what it was."""
    next_slot: datetime | None
    """None when the rhythm has no further time."""


def due(
    timing: Timing, last_slot: datetime, now: datetime, *, policy: MisfirePolicy = "once", most: int = 10
) -> Due:
    """Decide about the slots after `last_slot` up to `now`; each is decided about once, whatever the clock does.

    `most`: how many missed slots `all` may run, 1 .. `MOST_AT_ONCE`. When the clock went back behind `last_slot`, nothing is
    due until it is ahead again.
    """
    limit = min(max(most, 1), MOST_AT_ONCE)
    newest, more = _newest(timing, last_slot, now, limit=limit + MOST_ON_TIME)
    on_time = [slot for slot in newest if now - slot <= ON_TIME]
    missed = newest[: len(newest) - len(on_time)]
    chosen = _caught_up(missed, policy, limit=limit, enough=bool(on_time)) + on_time
    last = newest[-1] if newest else last_slot
    return Due(
        slots=tuple(chosen),
        skipped=more or len(chosen) < len(newest),
        last_slot=last,
        next_slot=next(occurrences(timing, last), None),
    )


def _caught_up(missed: list[datetime], policy: MisfirePolicy, *, limit: int, enough: bool) -> list[datetime]:
    match policy:
        case "skip":
            return []
        case "once":
            return [] if enough else missed[-1:]
        case "all":
            return missed[-limit:]
        case _:
            assert_never(policy)


def _newest(timing: Timing, last_slot: datetime, now: datetime, *, limit: int) -> tuple[list[datetime], bool]:
    """Return the newest slots up to `limit`, ascending, and whether there are older ones.

    Looks back in windows that grow, so that a year of silence costs no more than an hour.
    """
    window = FIRST_LOOK
    while True:
        start = max(last_slot, now - window)
        found: deque[datetime] = deque(maxlen=limit + 1)
        for slot in occurrences(timing, start):
            if slot > now:
                break
            found.append(slot)
        if len(found) > limit or start == last_slot:
            return list(found)[-limit:], len(found) > limit
        window *= 4
