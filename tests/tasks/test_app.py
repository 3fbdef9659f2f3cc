"""The Celery application: what it promises about messages, and that a crippled worker does not start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from celery import signals

from runtime.settings import Settings
from tasks import app as module
from tasks.app import (
    REAP_LOST_RUNS,
    RUN_DUE_SCHEDULES,
    RUN_WORKFLOW,
    SCAN_AGENT_RUNS,
    SCAN_WORKFLOW_RUNS,
    app,
    configuration,
    publisher,
)
from tasks.control.dispatch import UNSENT

ROOT = Path(__file__).resolve().parents[2]


def test_messages_are_json_acknowledged_early_and_in_utc() -> None:
    told = configuration(Settings())

    assert (told["task_serializer"], told["accept_content"]) == ("json", ["json"])
    assert (told["task_acks_late"], told["worker_prefetch_multiplier"]) == (False, 1)
    assert (told["timezone"], told["enable_utc"], told["task_default_queue"]) == ("UTC", True, "default")


@pytest.mark.parametrize(
    ("task", "queue"),
    [
        (RUN_WORKFLOW, "agents"),
        (REAP_LOST_RUNS, "default"),
        (SCAN_AGENT_RUNS, "default"),
        (SCAN_WORKFLOW_RUNS, "default"),
        (RUN_DUE_SCHEDULES, "default"),
    ],
)
def test_a_task_goes_to_its_queue_and_to_no_other(task: str, queue: str) -> None:
    sender = publisher(Settings())

    routed = sender.amqp.router.route({}, task)

    assert routed["queue"].name == queue
    bound = [
        one.name
        for one in sender.amqp.queues.values()
        if (one.exchange.name, one.routing_key)
        == (routed["queue"].exchange.name, routed["queue"].routing_key)
    ]
    assert bound == [queue]


@pytest.mark.parametrize(
    ("name", "task"),
    [
        ("reap-lost-runs", REAP_LOST_RUNS),
        ("agent-stall-watchdog", SCAN_AGENT_RUNS),
        ("workflow-stall-watchdog", SCAN_WORKFLOW_RUNS),
    ],
)
def test_ticks_that_nobody_took_expire(name: str, task: str) -> None:
    entry = configuration(Settings())["beat_schedule"][name]

    assert (entry["task"], entry["options"]["queue"]) == (task, "default")
    assert entry["options"]["expires"] <= entry["schedule"]


@pytest.mark.parametrize("enabled", [True, False])
def test_the_watchdogs_are_always_entries_with_the_period_of_the_settings(enabled: bool) -> None:
    settings = Settings(agent_watchdog_enabled=enabled, agent_watchdog_period_seconds=7)

    entries = configuration(settings)["beat_schedule"]
    assert [entries[f"{name}-stall-watchdog"]["schedule"] for name in ("agent", "workflow")] == [7, 7]


def test_a_worker_without_a_task_module_ends_at_boot_with_one_sentence() -> None:
    code = (
        "import sys; sys.modules['tasks.reaper_tasks'] = None\n"
        "from tasks.app import app\n"
        "app.worker_main(['worker', '--pool=solo', '--without-mingle', '--without-gossip'])"
    )

    ended = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert ended.returncode != 0
    assert (
        ended.stderr.strip()
        .splitlines()[-1]
        .startswith("The worker cannot start: task module 'tasks.reaper_tasks' fails to import")
    )


def test_a_worker_without_a_task_ends_at_boot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REQUIRED_TASKS", (*module.REQUIRED_TASKS, "tasks.missing"))

    with pytest.raises(SystemExit, match=r"not registered: .*tasks\.missing"):
        module.require_tasks()


def test_the_check_is_wired_to_the_start_of_a_worker() -> None:
    receivers = {id(receiver[1]()) for receiver in signals.worker_init.receivers}

    assert id(module.require_tasks) in receivers
    assert app.main == "alphaswarm"


@pytest.mark.timeout(30)
def test_sending_to_a_dead_broker_gives_up() -> None:
    sender = publisher(Settings(redis_url="redis://127.0.0.1:1/0"))

    with pytest.raises(UNSENT):
        sender.send_task(RUN_WORKFLOW, args=["run"], ignore_result=True)
