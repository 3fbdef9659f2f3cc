"""The Celery application: a doorbell. Which run is whose, and how it ended, is in its row.

Tasks are acknowledged as soon as a worker has them, and carry ids only; a run whose worker is gone is found by its lease
(`tasks.control.reaper`), never by a second delivery.
"""

import importlib
import logging
from pathlib import Path
from typing import Any

from celery import Celery, signals
from kombu.entity import Exchange, Queue

from runtime.settings import Settings
from tasks import logs

RUN_WORKFLOW = "tasks.orchestration_tasks.run_workflow"
RUN_DESK = "tasks.desk_tasks.run_desk"
REAP_LOST_RUNS = "tasks.reaper_tasks.reap_lost_runs"
SCAN_AGENT_RUNS = "tasks.agent_watchdog_tasks.scan_for_stalled_agent_runs"
SCAN_WORKFLOW_RUNS = "tasks.agent_watchdog_tasks.scan_for_stalled_workflow_runs"
RUN_DUE_SCHEDULES = "tasks.schedule_tasks.run_due"
REQUIRED_TASKS = (
    RUN_WORKFLOW,
    RUN_DESK,
    REAP_LOST_RUNS,
    SCAN_AGENT_RUNS,
    SCAN_WORKFLOW_RUNS,
    RUN_DUE_SCHEDULES,
)
MODULES = (
    "tasks.orchestration_tasks",
    "tasks.desk_tasks",
    "tasks.reaper_tasks",
    "tasks.agent_watchdog_tasks",
    "tasks.schedule_tasks",
    "tasks.worker.lifecycle",
)
QUEUES = ("default", "agents", "paper", "training", "backtest")
REAP_EVERY_SECONDS = 2.0
"""How often each worker process looks for lost runs, on its own loop."""
REAP_BEAT_SECONDS = 10.0
"""How often beat has it done as a task, too."""


def configuration(settings: Settings) -> dict[str, Any]:
    """Return Celery's configuration for an installation."""
    return {
        "broker_url": settings.redis_url,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "imports": MODULES,
        "accept_content": ["json"],
        "task_serializer": "json",
        "task_ignore_result": True,
        "task_acks_late": False,
        "task_default_queue": "default",
        # Each queue with an exchange and key of its own: on a shared one every message would go to all queues.
        "task_queues": [Queue(name, Exchange(name, type="direct"), routing_key=name) for name in QUEUES],
        "task_routes": {
            "tasks.orchestration_tasks.*": {"queue": "agents"},
            "tasks.reaper_tasks.*": {"queue": "default"},
            "tasks.agent_watchdog_tasks.*": {"queue": "default"},
            "tasks.schedule_tasks.*": {"queue": "default"},
        },
        "worker_prefetch_multiplier": 1,
        # A run mostly waits; a slot is one run that can be under way.
        "worker_concurrency": 4,
        # A busy machine needs longer than Celery's 4 s to fork a child that has pandas and LangGraph loaded.
        "worker_proc_alive_timeout": 60.0,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "timezone": "UTC",
        "enable_utc": True,
        "beat_scheduler": "tasks.beat:RowScheduler",
        "beat_schedule": {
            "reap-lost-runs": _tick(REAP_LOST_RUNS, REAP_BEAT_SECONDS),
            # Always there: whether they look is decided when they do.
            "agent-stall-watchdog": _tick(SCAN_AGENT_RUNS, settings.agent_watchdog_period_seconds),
            "workflow-stall-watchdog": _tick(SCAN_WORKFLOW_RUNS, settings.agent_watchdog_period_seconds),
        },
    }


def _tick(task: str, seconds: float) -> dict[str, Any]:
    """Return an entry of beat. A tick that nobody took in time is worthless: the next one does the same."""
    return {"task": task, "schedule": seconds, "options": {"queue": "default", "expires": seconds}}


def publisher(settings: Settings) -> Celery:
    """Return an application that only sends, and gives up within a second or so when the broker is away."""
    sender = Celery("alphaswarm-publisher", set_as_current=False)
    sender.conf.update(
        configuration(settings)
        | {
            "imports": (),
            "broker_connection_timeout": 0.5,
            "broker_transport_options": {
                "socket_connect_timeout": 0.5,
                "socket_timeout": 1.0,
                "retry_on_timeout": False,
                "max_retries": 1,
                "interval_start": 0.05,
                "interval_step": 0.05,
                "interval_max": 0.1,
            },
            "task_publish_retry_policy": {
                "max_retries": 1,
                "interval_start": 0.05,
                "interval_step": 0.05,
                "interval_max": 0.1,
            },
        }
    )
    return sender


app = Celery("alphaswarm")
app.add_defaults(lambda: configuration(Settings()))


@signals.setup_logging.connect
def log_as_configured(loglevel: int | None = None, logfile: str | None = None, **_: object) -> None:
    """Log the way of all our processes, in place of Celery's own."""
    logs.configure(loglevel or logging.INFO, Path(logfile) if logfile else None)


@signals.import_modules.connect
def require_modules(sender: Celery, **_: object) -> None:
    """End the process with one sentence when a task module cannot be imported."""
    if sender is not app:
        return
    for name in MODULES:
        try:
            importlib.import_module(name)
        except ImportError as error:
            raise SystemExit(
                f"The worker cannot start: task module {name!r} fails to import: {error}."
            ) from error


@signals.worker_init.connect
def require_tasks(**_: object) -> None:
    """End a worker with one sentence when it could not serve a task that is sent to it."""
    missing = [name for name in REQUIRED_TASKS if name not in app.tasks]
    if missing:
        raise SystemExit(f"The worker cannot start: these tasks are not registered: {', '.join(missing)}.")
