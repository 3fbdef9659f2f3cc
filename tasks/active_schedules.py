"""The schedules that act now, as beat shows them. Imports little: beat must start at once."""

from persistence.database import Database
from persistence.schedules import ScheduleRecord, ScheduleRepository
from runtime.scheduling.timing import Timing, checked_timing
from runtime.settings import SettingName, Settings
from tasks.in_force import read_settings

NEEDED: tuple[SettingName, ...] = ("orchestration_schedule_enabled", "orchestration_studio_enabled")
"""The flags without which no schedule acts."""


def active_schedules(settings: Settings, database: Database) -> list[ScheduleRecord]:
    """Return the enabled schedules while the flags are on, else none; raises `DatabaseUnavailable`."""
    live = read_settings(settings, database).live
    if not all(getattr(live, name) for name in NEEDED):
        return []
    with database.read() as session:
        return [record for record in ScheduleRepository(session).list() if record.plan.enabled]


def timing_of(record: ScheduleRecord) -> Timing:
    """Return the rhythm of a schedule; raises `InvalidValue` when it cannot be read any more."""
    plan = record.plan
    return checked_timing(
        cron=plan.cron,
        interval_seconds=plan.interval_seconds,
        timezone=plan.timezone,
        anchor=record.anchor,
    )
