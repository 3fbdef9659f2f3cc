"""Schedules and their coming times, ready to show. Pure."""

from calendar import Calendar
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from runtime.scheduling.timing import Occurrence
from studio import routes
from tasks.control.schedules import ScheduleView

MONTHS_SHOWN = 3
_MISFIRE = {
    "skip": "missed times are skipped",
    "once": "the last missed time is caught up",
    "all": "up to {most} missed times are caught up",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleLine:
    """One line of the list."""

    workflow: str
    editor: str
    """Address of the workflow's drawing."""
    words: str
    """The rhythm in words."""
    cron: str
    """Empty for an interval."""
    timezone: str
    misfire: str
    paused: bool
    idle: str
    """Why it starts nothing now; empty when it does."""
    next_at: str
    """ISO time; empty while it is idle."""
    next_local: str
    """The same on the wall clock of the schedule's zone: `Mon 30 Nov, 13:30 +01:00`."""
    last_at: str
    """ISO time of the last run; empty when there was none."""
    last_run: str
    """Address of that run."""
    last_error: str
    set_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLine:
    """One coming time."""

    at: str
    """ISO time, UTC."""
    local: str
    """On the wall clock of the schedule's zone: `Mon 30 Nov 2026, 13:30 +01:00`."""
    shifted: bool
    """Whether the zone's clock changes between the time before and this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day of a month's sheet."""

    number: str
    """Empty where the sheet has no day of this month."""
    count: int
    """How many of the coming times fall on it."""
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A sheet of the calendar."""

    title: str
    days: list[Day]
    """Whole weeks, Monday first."""


def schedule_lines(views: Sequence[ScheduleView]) -> list[ScheduleLine]:
    """Return the lines of the list."""
    return [_line(view) for view in views]


def time_lines(times: Sequence[Occurrence]) -> list[TimeLine]:
    """Return the coming times as a list."""
    lines: list[TimeLine] = []
    before = None
    for time in times:
        local = datetime.fromisoformat(time.local)
        shifted = before is not None and local.utcoffset() != before.utcoffset()
        lines.append(TimeLine(at=time.at.isoformat(), local=_wall_clock(local, "%b %Y"), shifted=shifted))
        before = local
    return lines


def months(times: Sequence[Occurrence]) -> list[Month]:
    """Return the first months in which there are coming times, as sheets of the schedule's own days."""
    counts = Counter(datetime.fromisoformat(time.local).date() for time in times)
    seen = sorted({(day.year, day.month) for day in counts})
    return [_month(year, month, counts) for year, month in seen[:MONTHS_SHOWN]]


def _line(view: ScheduleView) -> ScheduleLine:
    record, plan = view.record, view.record.plan
    following = None if view.idle or not view.times else view.times[0]
    return ScheduleLine(
        workflow=record.workflow,
        editor=routes.editor(record.workflow),
        words=view.words or "cannot be read",
        cron="" if plan.interval_seconds > 0 else plan.cron,
        timezone=plan.timezone,
        misfire=_MISFIRE[plan.misfire].format(most=plan.most),
        paused=record.paused,
        idle=view.idle,
        next_at=following.at.isoformat() if following else "",
        next_local=_wall_clock(datetime.fromisoformat(following.local), "%b") if following else "",
        last_at=record.last_run_at.isoformat() if record.last_run_at else "",
        last_run=routes.run(record.last_run_id) if record.last_run_id else "",
        last_error=record.last_error or "",
        set_by=record.set_by_name,
    )


def _wall_clock(local: datetime, month: str) -> str:
    offset = local.strftime("%z")
    seconds = "" if local.second == 0 else local.strftime(":%S")
    return (
        f"{local:%a} {local.day} {local.strftime(month)}, {local:%H:%M}{seconds} {offset[:3]}:{offset[3:5]}"
    )


def _month(year: int, month: int, counts: Counter[date]) -> Month:
    return Month(
        title=f"{date(year, month, 1):%B %Y}",
        days=[_day(day, month, counts) for day in Calendar().itermonthdates(year, month)],
    )


def _day(day: date, month: int, counts: Counter[date]) -> Day:
    if day.month != month:
        return Day(number="", count=0, title="")
    count = counts[day]
    return Day(
        number=str(day.day), count=count, title=f"{count} run{'' if count == 1 else 's'}" if count else ""
    )
