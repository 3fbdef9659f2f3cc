"""Whose turn it is to look for stalled runs. Every worker process asks, since stalled runs may hold every slot of Celery."""

import logging

from redis.exceptions import RedisError

from tasks.control.agent_watchdog import scan_agent_runs
from tasks.control.context import Control
from tasks.control.stalled import Scan
from tasks.control.watchdog import scan_workflow_runs
from tasks.halt.keys import WATCHDOG_TURN_KEY

_log = logging.getLogger(__name__)


def take_turn(control: Control) -> tuple[Scan, ...]:
    """Look at agents and workflow runs, unless another process has just done so."""
    try:
        seconds = max(1, int(control.settings.agent_watchdog_period_seconds / 2))
        if not control.redis.set(WATCHDOG_TURN_KEY, "1", nx=True, ex=seconds):
            return ()
    except (RedisError, OSError):
        _log.info("Redis does not answer; the watchdogs look without asking whose turn it is")
    return scan_agent_runs(control), scan_workflow_runs(control)
