"""A rhythm, checked, and the instants it names.

Cron follows the wall clock of its zone, as Debian's cron does: a time of day that a change to summer time leaves out comes right
after the gap, one that a change back brings twice comes the first time only; `*` in the minute or hour goes by real time, through
gap and repeat alike. An interval is real time, counted from its anchor.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from cronsim import CronSim, CronSimError

from runtime.errors import InvalidValue, did_you_mean

CRON_FIELDS = 5
SHORTEST_INTERVAL, LONGEST_INTERVAL = 10, 366 * 24 * 3600
"""Seconds."""
PREVIEW = 10
_UNITS = ((24 * 3600, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """A rhythm that has been checked; build it with `checked_timing`."""

    cron: str
    """Five fields; empty when the interval counts."""
    interval_seconds: int
    """0 when cron counts."""
    zone: ZoneInfo
    anchor: datetime
    """Where intervals are counted from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One time in a preview."""

    at: datetime
    """UTC."""
    local: str
    """The same instant on the wall clock of the rhythm's zone, ISO with its offset."""


def checked_timing(*, cron: str, interval_seconds: int, timezone: str, anchor: datetime) -> Timing:
    """Return a rhythm; an interval above 0 wins over cron.

    Raises `InvalidValue` naming the field (`cron`, `interval_seconds`, `timezone`) and what it may hold.
    """
    zone = _zone(timezone)
    if interval_seconds:
        if not SHORTEST_INTERVAL <= interval_seconds <= LONGEST_INTERVAL:
            raise InvalidValue(
                f"An interval is {SHORTEST_INTERVAL} to {LONGEST_INTERVAL:,} seconds, not {interval_seconds:,}.",
                field="interval_seconds",
            )
        return Timing(cron="", interval_seconds=interval_seconds, zone=zone, anchor=anchor.astimezone(UTC))
    timing = Timing(cron=_cron(cron), interval_seconds=0, zone=zone, anchor=anchor.astimezone(UTC))
    if next(occurrences(timing, anchor), None) is None:
        raise InvalidValue(f"The cron expression {cron!r} never comes.", field="cron")
    return timing


def occurrences(timing: Timing, after: datetime) -> Iterator[datetime]:
    """Yield the rhythm's instants after (never at) `after`, UTC, ascending; without end, as far as the calendar goes.

    Where one starts does not matter: later instants are the same from any earlier start.
    """
    return _intervals(timing, after) if timing.interval_seconds else _crons(timing, after)


def preview(timing: Timing, after: datetime, *, count: int = PREVIEW) -> list[Occurrence]:
    """Return the next times, for people to check what they wrote."""
    return [
        Occurrence(at=at, local=at.astimezone(timing.zone).isoformat())
        for at in islice(occurrences(timing, after), count)
    ]


def in_words(timing: Timing) -> str:
    """Return the rhythm as a sentence's part: "Every 5 minutes", "At 13:30 on Monday through Friday"."""
    if not timing.interval_seconds:
        return CronSim(timing.cron, timing.anchor).explain()
    size, unit = next((size, unit) for size, unit in _UNITS if not timing.interval_seconds % size)
    count = timing.interval_seconds // size
    return f"Every {unit}" if count == 1 else f"Every {count:,} {unit}s"


def _intervals(timing: Timing, after: datetime) -> Iterator[datetime]:
    step = timedelta(seconds=timing.interval_seconds)
    passed = (after - timing.anchor) // step
    at = timing.anchor + max(passed + 1, 1) * step
    while True:
        yield at
        at += step


def _crons(timing: Timing, after: datetime) -> Iterator[datetime]:
    for local in CronSim(timing.cron, after.astimezone(timing.zone)):
        at = local.astimezone(UTC)
        # Started inside a repeated hour, CronSim counts from its first turn, which may have passed.
        if at > after:
            yield at


def _cron(cron: str) -> str:
    fields = cron.split()
    if not fields:
        raise InvalidValue("Say when: a cron expression, or an interval in seconds.", field="cron")
    if len(fields) != CRON_FIELDS:
        raise InvalidValue(
            f"The cron expression {cron!r} has {len(fields)} fields; it needs {CRON_FIELDS}: "
            "minute, hour, day of month, month, day of week.",
            field="cron",
        )
    expression = " ".join(fields)
    try:
        CronSim(expression, datetime(2000, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        fault = str(error).removeprefix("Bad ").replace("-", " ")
        raise InvalidValue(
            f"The {fault} of the cron expression {cron!r} cannot be read.", field="cron"
        ) from error
    return expression


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        hint = did_you_mean(name, available_timezones())
        raise InvalidValue(
            f"There is no time zone {name!r}. {hint or 'Write it like Europe/Berlin.'}", field="timezone"
        ) from error
