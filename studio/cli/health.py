"""What `doctor` looks at: every part of an installation, each with what was found and what to do about it.

Changes nothing, but for a probe file in the home folder.
"""

import sys
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import ValidationError
from redis.exceptions import RedisError

from persistence import migrate
from runtime.errors import StudioError
from runtime.rollout.phases import CheckName
from runtime.settings import Settings
from studio.cli.front import settings_sentence
from studio.cli.place import settings_here
from studio.launch import frontend
from studio.launch.bootstrap import unsupported_python
from studio.launch.problems import LaunchProblem
from studio.launch.workspace import Workspace, require_room, require_writable
from studio.services.oidc.config import oidc_config
from studio.services.oidc.provider import Provider
from tasks.control.context import Control, SystemClock, build_control
from tasks.control.rollout.checks import run_checks
from tasks.control.workers import count_workers
from tasks.halt.keys import EPOCH_KEY

ROOM_NEEDED = 500
"""MB on the disk of the home folder: runs, artifacts and logs go there."""
START = "Start the studio (make run), or its processes."


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One part, and how it is."""

    part: str
    ok: bool
    found: str
    todo: str = ""
    """What to do; empty when it is well."""


def examine() -> Iterable[Finding]:
    """Look at everything, one part after the other; a part that cannot be looked at is not well."""
    yield _python()
    try:
        workspace, settings = Workspace.from_environment(), settings_here()
    except (LaunchProblem, ValidationError) as error:
        said = settings_sentence(error) if isinstance(error, ValidationError) else str(error)
        yield Finding(
            part="settings", ok=False, found=said, todo="Correct the environment; .env.example lists all."
        )
        return
    pinned = len(settings.pinned())
    yield Finding(
        part="settings", ok=True, found=f"readable; the environment pins {pinned} of the flags and limits"
    )
    yield _home(workspace)
    yield _bundle(workspace)
    yield _database(settings)
    if settings.oidc_issuer:
        yield _identity_provider(settings)
    control = build_control(settings)
    try:
        yield from _services(control)
    finally:
        control.close()


def _python() -> Finding:
    version = f"{sys.version_info[0]}.{sys.version_info[1]}.{sys.version_info[2]}"
    problem = unsupported_python(sys.version_info[:2])
    return Finding(part="python", ok=problem is None, found=version, todo=(problem or "").strip())


def _home(workspace: Workspace) -> Finding:
    try:
        require_writable(workspace.home, variable="ALPHASWARM_HOME")
        require_room(workspace.home, mebibytes=ROOM_NEEDED)
    except LaunchProblem as problem:
        return Finding(part="home folder", ok=False, found=problem.what, todo=problem.remedy)
    return Finding(
        part="home folder",
        ok=True,
        found=f"{workspace.home} can be written, {ROOM_NEEDED} MB and more are free",
    )


def _bundle(workspace: Workspace) -> Finding:
    built = frontend.is_built(workspace)
    found = "built from these sources" if built else "missing, or built from other sources"
    return Finding(
        part="browser bundle", ok=built, found=found, todo="" if built else "Run make run: it builds it."
    )


def _database(settings: Settings) -> Finding:
    wanted = migrate.head()
    try:
        current = migrate.current(settings.resolved_database_url())
    except StudioError as error:
        return Finding(
            part="database",
            ok=False,
            found=error.message,
            todo="Start it, or correct ALPHASWARM_DATABASE_URL.",
        )
    if current == wanted:
        return Finding(part="database", ok=True, found=f"reachable, at head ({current})")
    found = f"reachable, at {current or 'no revision'}; this code needs {wanted}"
    return Finding(part="database", ok=False, found=found, todo="Run ./alphaswarm migrate.")


def _identity_provider(settings: Settings) -> Finding:
    part, todo = "identity provider", "Correct the variables ALPHASWARM_OIDC_…, or start the provider."
    try:
        config = oidc_config(settings)
        assert config is not None  # noqa: S101  there is an issuer
        Provider(config, SystemClock()).check()
    except StudioError as error:
        why = f" ({error.__cause__!r})" if error.__cause__ else ""
        return Finding(part=part, ok=False, found=f"{error.message}{why}", todo=todo)
    return Finding(part=part, ok=True, found=f"{config.issuer} describes itself")


def _services(control: Control) -> Iterable[Finding]:
    yield _redis(control)
    yield _live_workers(control)
    for name, todo in _CHECKS.items():
        [check] = run_checks(control, [name], revision=0)
        yield Finding(part=name, ok=check.ok, found=check.evidence, todo="" if check.ok else todo)


def _redis(control: Control) -> Finding:
    try:
        trusted = bool(control.redis.exists(EPOCH_KEY))
    except (RedisError, OSError) as error:
        todo = f"{START} Or correct ALPHASWARM_REDIS_URL."
        return Finding(part="redis", ok=False, found=f"does not answer: {error}", todo=todo)
    if trusted:
        return Finding(part="redis", ok=True, found="answers, and has its epoch")
    found = "answers, but has no epoch: it came back empty, and is not trusted for halts"
    return Finding(part="redis", ok=False, found=found, todo="Start a worker: it writes it within seconds.")


def _live_workers(control: Control) -> Finding:
    counted = count_workers(control)
    if counted.live is None:
        return Finding(part="live workers", ok=False, found="not known: Redis does not answer", todo=START)
    found = f"{counted.live} live, {counted.idle} idle, {counted.queued} runs wait"
    return Finding(part="live workers", ok=counted.live > 0, found=found, todo="" if counted.live else START)


_CHECKS: dict[CheckName, str] = {
    "workers": "Start a worker, or restart those of another version.",
    "beat": "Start the scheduler: celery -A tasks.app beat.",
    "kill-switch": "Mend the database or Redis, whichever is named above.",
}
