"""Beat with one entry for each enabled schedule, exactly while the flag is on, and without a restart.

The rows are the truth. An entry only rings: its task looks at all rows and claims what is due, so two schedulers, or one that
rings twice, start nothing twice. A sweep rings besides, for what no entry rang for.
"""

import logging
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from celery.beat import Scheduler
from celery.schedules import BaseSchedule
from typing_extensions import override

from persistence.database import Database, open_database
from persistence.schedules import ScheduleRecord
from runtime.errors import InvalidValue, Unavailable
from runtime.scheduling.timing import Timing, occurrences
from runtime.settings import Settings
from tasks.active_schedules import active_schedules, timing_of
from tasks.app import RUN_DUE_SCHEDULES

_log = logging.getLogger(__name__)

SWEEP = "orchestration-schedules"
SWEEP_SECONDS = 10.0
REFRESH_SECONDS = 2.0
"""How often rows and flag are read; beat sleeps no longer than this."""


class SlotTimes(BaseSchedule):
    """The times of one rhythm, for beat."""

    def __init__(self, timing: Timing, **options: Any) -> None:  # noqa: ANN401  Celery's own
        super().__init__(**options)
        self.timing = timing

    @override
    def is_due(self, last_run_at: datetime) -> tuple[bool, float]:  # pyright: ignore[reportIncompatibleMethodOverride]  Celery declares a datetime and uses a number
        """Return whether a time has come since, and the seconds to the next one."""
        now = self.now()
        at = next(occurrences(self.timing, last_run_at), None)
        if at is None or at > now:
            return False, REFRESH_SECONDS if at is None else (at - now) / timedelta(seconds=1)
        after = next(occurrences(self.timing, now), None)
        return True, REFRESH_SECONDS if after is None else (after - now) / timedelta(seconds=1)

    @override
    def remaining_estimate(self, last_run_at: datetime) -> timedelta:
        """Return how long it is to the next time."""
        return timedelta(seconds=self.is_due(last_run_at)[1])

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, SlotTimes) and other.timing == self.timing

    @override
    def __hash__(self) -> int:
        return hash(self.timing)

    @override
    def __repr__(self) -> str:
        rhythm = f"{self.timing.interval_seconds} s" if self.timing.interval_seconds else self.timing.cron
        return f"<{rhythm} {self.timing.zone.key}>"


class RowScheduler(Scheduler):
    """Keeps beat's entries as the rows and the flag are now. Nothing is kept on disk: there is nothing else to remember."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401  Celery's own
        self._settings = Settings()
        self._database: Database | None = None
        self._looked_at: float | None = None
        self._mine: set[str] = set()
        super().__init__(*arguments, **{**options, "max_interval": REFRESH_SECONDS})

    @override
    def tick(self, *arguments: Any, **options: Any) -> float:
        """Read the rows when it is time to, then do as beat does."""
        if self._looked_at is None or monotonic() - self._looked_at >= REFRESH_SECONDS:
            self._looked_at = monotonic()
            self.refresh()
        return super().tick(*arguments, **options)

    def refresh(self) -> None:
        """Bring the entries up to date; while the database is away they stay: they only ring."""
        try:
            wanted = self._wanted()
        except Unavailable:
            _log.warning("the schedules cannot be read; beat goes on with those it knows")
            return
        known: dict[str, Any] = self.schedule  # pyright: ignore[reportAssignmentType]  Celery declares None first
        for name in self._mine - wanted.keys():
            known.pop(name, None)
        self._mine = set(wanted)
        self.update_from_dict(
            {
                name: entry
                for name, entry in wanted.items()
                if name not in known or known[name].schedule != entry["schedule"]
            }
        )

    def _wanted(self) -> dict[str, dict[str, Any]]:
        if self._database is None:
            self._database = open_database(self._settings.resolved_database_url())
        records = active_schedules(self._settings, self._database)
        entries = {record.key: _entry(timing, record) for record in records if (timing := _timing(record))}
        if records:
            entries[SWEEP] = {
                "task": RUN_DUE_SCHEDULES,
                "schedule": timedelta(seconds=SWEEP_SECONDS),
                "options": {"queue": "default", "expires": SWEEP_SECONDS},
            }
        return entries


def _timing(record: ScheduleRecord) -> Timing | None:
    try:
        return timing_of(record)
    except InvalidValue:
        # The sweep finds it and writes down why it starts nothing.
        return None


def _entry(timing: Timing, record: ScheduleRecord) -> dict[str, Any]:
    return {
        "task": RUN_DUE_SCHEDULES,
        "schedule": SlotTimes(timing),
        "kwargs": {"workflow": record.workflow},
        "options": {"queue": "default", "expires": SWEEP_SECONDS},
    }
