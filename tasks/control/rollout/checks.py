"""The pre-flip checks of the runbook, run for real: each says what it found and the command behind it. Nothing is changed."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from celery.exceptions import CeleryError
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from persistence import migrate
from runtime.errors import StudioError
from runtime.rollout.phases import CheckName
from runtime.rollout.regression import Assertion, flag_assertions, watchdog_assertions
from runtime.rollout.staging import CASES, misrouted
from tasks.app import REQUIRED_TASKS
from tasks.control.context import Control
from tasks.control.switch import switch_status
from tasks.control.workers import count_workers
from tasks.halt.keys import BEAT_KEY, BEAT_SECONDS

INSPECT_SECONDS, BUSY_SECONDS = 1.0, 5.0
"""How long workers may take to answer: at first, and when some show that they live but none has answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What one check found."""

    name: CheckName
    title: str
    ok: bool
    evidence: str
    command: str
    """What shows the same in a terminal."""


def run_checks(control: Control, names: Sequence[CheckName], *, revision: int) -> list[CheckResult]:
    """Run checks in order; one that cannot be run has failed, and says why. Blocks for about a second."""
    return [_run(control, name, revision) for name in dict.fromkeys(names)]


def _run(control: Control, name: CheckName, revision: int) -> CheckResult:
    title, command, look = _CHECKS[name]
    try:
        ok, evidence = look(control, revision)
    except (StudioError, RedisError, CeleryError, KombuError, OSError) as error:
        ok, evidence = False, f"It cannot be checked now: {error}"
    return CheckResult(name=name, title=title, ok=ok, evidence=evidence, command=command)


def _regression(_control: Control, _revision: int) -> tuple[bool, str]:
    return _judged(flag_assertions())


def _watchdog(_control: Control, _revision: int) -> tuple[bool, str]:
    return _judged(watchdog_assertions())


def _judged(assertions: Sequence[Assertion]) -> tuple[bool, str]:
    broken = [f"{each.name}: {each.evidence}" for each in assertions if not each.holds]
    if broken:
        return False, "; ".join(broken)
    return True, f"{len(assertions)} of {len(assertions)} assertions hold"


def _migration(control: Control, revision: int) -> tuple[bool, str]:
    current = migrate.current(control.settings.resolved_database_url())
    number = re.match(r"\d+", current or "")
    at = int(number[0]) if number else 0
    return at >= revision, f"The database is at {current or 'no revision'}; at least {revision:04d} is needed"


def _workers(control: Control, _revision: int) -> tuple[bool, str]:
    registered = _registered(control)
    if not registered:
        return False, "No worker answered"
    missing = {
        worker: sorted(set(REQUIRED_TASKS) - {task.split(" ")[0] for task in tasks})
        for worker, tasks in registered.items()
    }
    lacking = [f"{worker} lacks {', '.join(tasks)}" for worker, tasks in missing.items() if tasks]
    if lacking:
        return False, "; ".join(lacking)
    return (
        True,
        f"{len(registered)} of {len(registered)} workers have registered all {len(REQUIRED_TASKS)} tasks",
    )


def _registered(control: Control) -> dict[str, list[str]]:
    """Return the tasks of each worker that answers."""
    answer = control.celery.control.inspect(timeout=INSPECT_SECONDS).registered()
    if not answer and count_workers(control).live:
        answer = control.celery.control.inspect(timeout=BUSY_SECONDS).registered()
    return answer or {}


def _beat(control: Control, _revision: int) -> tuple[bool, str]:
    told = control.redis.get(BEAT_KEY)
    if not told:
        return (
            False,
            f"No tick of beat was taken within {BEAT_SECONDS} s: start beat, or wait for a free worker",
        )
    age = (control.clock.now() - datetime.fromisoformat(str(told))).total_seconds()
    return True, f"The last tick was taken {max(age, 0.0):.0f} s ago"


def _risk_gate(_control: Control, _revision: int) -> tuple[bool, str]:
    wrong = misrouted()
    if wrong:
        return False, f"{len(wrong)} of {len(CASES)} staging verdicts went the wrong way: {'; '.join(wrong)}"
    return True, f"{len(CASES)} of {len(CASES)} staging verdicts were routed right"


def _kill_switch(control: Control, _revision: int) -> tuple[bool, str]:
    status = switch_status(control)
    key = control.settings.risk_kill_switch_key
    why = f" ({status.reason})" if status.state == "engaged" and status.reason else ""
    shown = {True: "there", False: "not there", None: "unreadable"}[status.key]
    return status.state != "unknown", f"{status.state}{why}; key {key} is {shown}"


_Look = Callable[[Control, int], tuple[bool, str]]
_CHECKS: dict[CheckName, tuple[str, str, _Look]] = {
    "regression": (
        "Flags, knobs and named graphs are unchanged",
        "python -m pytest tests/agents/test_orchestration_flags.py -v",
        _regression,
    ),
    "watchdog": (
        "The watchdog spares what moves and takes what does not",
        "python -m pytest tests/agents/test_watchdog.py -v",
        _watchdog,
    ),
    "migration": ("The database has the migration", "alembic current", _migration),
    "workers": (
        "Every worker has registered the tasks",
        "celery -A tasks.app inspect registered",
        _workers,
    ),
    "beat": ("Beat is alive", "celery -A tasks.app beat", _beat),
    "risk-gate": (
        "The risk gate routes the staging data set",
        "python -m pytest tests/runtime/risk/test_predicate.py -v",
        _risk_gate,
    ),
    "kill-switch": (
        "The kill switch can be read",
        'redis-cli get "$ALPHASWARM_RISK_KILL_SWITCH_KEY"',
        _kill_switch,
    ),
}
