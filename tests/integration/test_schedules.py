"""Two real schedulers and a real worker: each time starts one run, and the flag counts at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from persistence.controls import AuditFilter, ControlRepository
from persistence.schedules import SchedulePlan
from tasks.control.runs import list_runs
from tasks.control.schedules import get_schedule, set_schedule
from tasks.control.settings import set_setting
from tests.conftest import NewDatabase
from tests.integration.installation import ROOT, Installation, eventually

OFTEN = SchedulePlan(
    cron="", interval_seconds=10, timezone="UTC", misfire="once", most=1, inputs={}, enabled=True
)


@pytest.fixture(scope="module")
def installation(
    new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """On one kind of database only: that claims are the same on both is shown elsewhere."""
    made = Installation.start(tmp_path_factory.mktemp("home"), new_database("sqlite"))
    yield made
    made.stop()


@pytest.fixture
def beats(served: Installation, tmp_path: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Two schedulers, started when the worker is there."""
    with (served.settings.home / "beat.log").open("ab") as log:
        started = [
            subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "studio.launch.celery_process",
                    "scheduler",
                    "--ready-file",
                    str(tmp_path / str(number)),
                ],
                cwd=ROOT,
                env=served.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            for number in range(2)
        ]
    yield started
    for beat in started:
        os.killpg(beat.pid, signal.SIGKILL)
        beat.wait()


@pytest.mark.usefixtures("beats")
def test_two_schedulers_start_each_time_once_and_none_while_the_flag_is_off(served: Installation) -> None:
    control, ann = served.control, served.admin
    set_schedule(control, ann, "quick", OFTEN)

    eventually(lambda: len(list_runs(control, ann, spec_name="quick").runs) >= 2, seconds=120)
    set_setting(control, ann, "orchestration_schedule_enabled", False, "enough")

    runs = list_runs(control, ann, spec_name="quick").runs
    with control.database.read() as session:
        reasons = [
            entry.reason for entry in ControlRepository(session).audit(AuditFilter(action="run.start"))
        ]
    slots = [reason for reason in reasons if reason and reason.startswith("scheduled for")]
    assert len(slots) == len(set(slots)) == len(runs)
    record = get_schedule(control, ann, "quick").record
    assert record.last_run_id == runs[0].run_id
    assert record.last_error is None
    assert all(served.ended(run.run_id).record.summary.status == "completed" for run in runs)
