"""Beat shows an entry per enabled schedule exactly while the flag is on, without a restart."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from celery import Celery

from persistence.errors import DatabaseUnavailable
from persistence.schedules import SchedulePlan
from runtime.scheduling.timing import checked_timing
from runtime.settings import Settings
from tasks import beat
from tasks.access import Actor, Role
from tasks.app import RUN_DUE_SCHEDULES, configuration
from tasks.beat import SWEEP, RowScheduler, SlotTimes
from tasks.control.context import Control
from tasks.control.schedules import delete_schedule, set_schedule
from tasks.control.settings import set_setting
from tasks.control.templates import create_from_template
from tests.tasks.control.conftest import _account, analyst, control, viewer  # noqa: F401  fixtures

NINE = SchedulePlan(
    cron="0 9 * * *",
    interval_seconds=0,
    timezone="Europe/Berlin",
    misfire="once",
    most=1,
    inputs={},
    enabled=True,
)
KEY = "workflow-utility-halt-practice"


@pytest.fixture
def admin(control: Control) -> Actor:  # noqa: F811
    """Somebody who may do everything, with an account."""
    return _account(control, "ada", Role.ADMIN)


@pytest.fixture
def scheduler(control: Control, monkeypatch: pytest.MonkeyPatch) -> Iterator[RowScheduler]:  # noqa: F811
    """A scheduler that reads the rows of the test."""
    monkeypatch.setattr(beat, "open_database", lambda _url: control.database)
    app = Celery("beat-test", set_as_current=False)
    app.conf.update(configuration(control.settings))
    made = RowScheduler(app)
    yield made
    made.close()
    app.close()


def shown(scheduler: RowScheduler) -> set[str]:
    scheduler.refresh()
    own = set(configuration(Settings())["beat_schedule"])
    assert own <= set(scheduler.schedule)
    return set(scheduler.schedule) - own


def test_entries_follow_rows_and_flag(control: Control, admin: Actor, scheduler: RowScheduler) -> None:  # noqa: F811
    workflow = create_from_template(control, admin, "utility.halt_practice").record.name
    assert shown(scheduler) == set()

    set_schedule(control, admin, workflow, NINE)
    assert shown(scheduler) == {KEY, SWEEP}
    entry = scheduler.schedule[KEY]
    assert (entry.task, entry.kwargs, entry.options["queue"]) == (
        RUN_DUE_SCHEDULES,
        {"workflow": workflow},
        "default",
    )
    assert repr(entry.schedule) == "<0 9 * * * Europe/Berlin>"

    set_setting(control, admin, "orchestration_schedule_enabled", False, "rollback")
    assert shown(scheduler) == set()
    set_setting(control, admin, "orchestration_schedule_enabled", True, "again")
    assert shown(scheduler) == {KEY, SWEEP}

    set_schedule(control, admin, workflow, replace(NINE, cron="", interval_seconds=60))
    shown(scheduler)
    assert repr(scheduler.schedule[KEY].schedule) == "<60 s UTC>".replace("UTC", "Europe/Berlin")
    set_schedule(control, admin, workflow, replace(NINE, enabled=False))
    assert shown(scheduler) == set()
    set_schedule(control, admin, workflow, NINE)
    delete_schedule(control, admin, workflow)
    assert shown(scheduler) == set()


def test_an_entry_that_did_not_change_keeps_what_beat_remembers_of_it(
    control: Control,  # noqa: F811
    admin: Actor,
    scheduler: RowScheduler,
) -> None:
    workflow = create_from_template(control, admin, "utility.halt_practice").record.name
    set_schedule(control, admin, workflow, NINE)
    scheduler.refresh()
    known = scheduler.schedule[KEY]

    scheduler.refresh()

    assert scheduler.schedule[KEY] is known


def test_while_the_database_is_away_beat_goes_on(
    control: Control,  # noqa: F811
    admin: Actor,
    scheduler: RowScheduler,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workflow = create_from_template(control, admin, "utility.halt_practice").record.name
    set_schedule(control, admin, workflow, NINE)
    scheduler.refresh()

    def away(*_: object) -> None:
        raise DatabaseUnavailable("x", "away")

    monkeypatch.setattr(beat, "active_schedules", away)

    assert shown(scheduler) == {KEY, SWEEP}


def test_a_tick_of_beat_sends_what_is_due(
    control: Control,  # noqa: F811
    admin: Actor,
    scheduler: RowScheduler,
) -> None:
    workflow = create_from_template(control, admin, "utility.halt_practice").record.name
    set_schedule(control, admin, workflow, NINE)
    scheduler.refresh()
    for entry in scheduler.schedule.values():
        entry.last_run_at -= timedelta(days=2)

    while scheduler.tick() == 0:
        pass

    assert control.redis.llen("default") == len(scheduler.schedule)


def test_times_of_beat_are_those_of_the_rhythm() -> None:
    timing = checked_timing(
        cron="0 9 * * *",
        interval_seconds=0,
        timezone="Europe/Berlin",
        anchor=datetime(2026, 1, 1, tzinfo=UTC),
    )
    seven = datetime(2026, 6, 1, 7, tzinfo=UTC)
    before = SlotTimes(timing, nowfun=lambda: seven - timedelta(seconds=30))
    after = SlotTimes(timing, nowfun=lambda: seven + timedelta(seconds=30))

    assert before.is_due(seven - timedelta(hours=1)) == (False, 30.0)
    assert after.is_due(seven - timedelta(hours=1)) == (True, 24 * 3600 - 30.0)
    assert after.is_due(seven) == (False, 24 * 3600 - 30.0)
    assert before == after
    assert before.remaining_estimate(seven - timedelta(hours=1)) == timedelta(seconds=30)


def test_beat_uses_it() -> None:
    assert configuration(Settings())["beat_scheduler"] == "tasks.beat:RowScheduler"


def test_beat_starts_at_once_because_it_loads_little() -> None:
    code = "import sys, tasks.beat; sys.exit(str([name for name in ('pandas', 'langgraph') if name in sys.modules]))"

    ended = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=120
    )

    assert ended.stderr.strip() == "[]"
