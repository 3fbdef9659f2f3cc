"""The running studio: Redis, migrations, worker, scheduler and web app as one tree, and one link at the end.

`python -m studio.launch.supervise [STEPS_DONE STEPS_IN_ALL]`, from the checkout, in its virtual environment.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from studio.launch import readiness
from studio.launch.children import Child
from studio.launch.frontend import environment as frontend_environment
from studio.launch.ports import LOOPBACK, require_free
from studio.launch.problems import LaunchProblem
from studio.launch.processes import celery_child, redis_child, web_child
from studio.launch.progress import Progress
from studio.launch.redis_server import EmbeddedRedis
from studio.launch.running import WorkspaceLock, address_of_running, already
from studio.launch.schema_mark import has_account, is_migrated
from studio.launch.supervisor import Stopped, Supervisor
from studio.launch.workspace import Workspace, require_writable

# A cold start compiles every module it loads.
READY_SECONDS = 180.0


@dataclass(slots=True, kw_only=True)
class Studio:
    """One start of the studio."""

    workspace: Workspace
    progress: Progress
    supervisor: Supervisor
    environment: dict[str, str]

    def start(self) -> str:
        """Bring everything up; return the link to open when all of it answers."""
        is_local = not self.environment.get("ALPHASWARM_DATABASE_URL")
        mark = self.runtime / "schema.json"
        with self.progress.step("Redis and database"):
            needs = self._start_redis()
            news = (
                self._prepare_database(mark, is_local=is_local) if not is_local or self._is_new(mark) else []
            )
            self._wait_for_redis(needs)
        for line in news:
            self.progress.say(line)
        with self.progress.step("Worker, scheduler and web app"):
            children = self._start_rest()
            link = f"{self.workspace.base_url}/login" if is_local and has_account(mark) else self._link()
            self._wait_for_rest(children)
            # Last, and nobody waits for it: it only rings for chores that every worker does by itself as well.
            self._start_celery("scheduler")
        return link

    @property
    def runtime(self) -> Path:
        """Small files about the running processes."""
        return self.workspace.home / "run"

    def _is_new(self, mark: Path) -> bool:
        return not is_migrated(mark, self.workspace.root)

    def _prepare_database(self, mark: Path, *, is_local: bool) -> list[str]:
        first_start = self._services()
        news = first_start.prepare_database(is_local=is_local, mark=mark, root=self.workspace.root)
        self.supervisor.pause(0)
        return news

    def _link(self) -> str:
        return self._services().link(self.workspace.base_url)

    def _services(self) -> ModuleType:
        """The part of the launcher that loads the studio's own packages; they read what the children read."""
        os.environ.update(self.environment)
        # Deferred, as loading it takes seconds: Redis, and on a later start everything, comes up meanwhile.
        from studio.launch import first_start  # noqa: PLC0415

        return first_start

    def _start_redis(self) -> list[Child]:
        if self.environment.get("ALPHASWARM_REDIS_URL"):
            return []
        server = EmbeddedRedis.prepare(self.workspace.home / "redis")
        self.environment["ALPHASWARM_REDIS_URL"] = server.url
        return [self.supervisor.start(redis_child(self.workspace, server))]

    def _wait_for_redis(self, needs: list[Child]) -> None:
        url = self.environment["ALPHASWARM_REDIS_URL"]
        if needs:
            self.supervisor.wait_until(
                lambda: readiness.redis_answers(url),
                what="no answer to PING",
                needs=needs,
                seconds=READY_SECONDS,
            )
        elif not readiness.redis_answers(url):
            raise LaunchProblem(
                "The Redis that ALPHASWARM_REDIS_URL names does not answer.",
                remedy="Check its address and password, or unset the variable to use the embedded one.",
            )

    def _start_rest(self) -> list[Child]:
        self.runtime.mkdir(exist_ok=True)
        return [
            self._start_celery("worker"),
            self.supervisor.start(web_child(self.workspace, self.environment)),
        ]

    def _start_celery(self, role: str) -> Child:
        mark = self._ready_mark(role)
        mark.unlink(missing_ok=True)
        return self.supervisor.start(celery_child(self.workspace, self.environment, role, mark))

    def _wait_for_rest(self, children: list[Child]) -> None:
        self.supervisor.wait_until(
            self._ready_mark("worker").exists,
            what="the worker has not reported",
            needs=children,
            seconds=READY_SECONDS,
        )
        self.supervisor.wait_until(
            lambda: readiness.web_answers(LOOPBACK, self.workspace.port),
            what="no answer to GET /ping",
            needs=children[::-1],
            seconds=READY_SECONDS,
        )

    def _ready_mark(self, role: str) -> Path:
        return self.runtime / f"{role}.ready"


def main(arguments: list[str]) -> int:
    """Run until Ctrl-C; return the exit code."""
    done, total = (int(arguments[0]), int(arguments[1])) if arguments else (0, 2)
    progress = Progress(total=total, done=done)
    try:
        workspace = Workspace.from_environment()
        require_writable(workspace.home, variable="ALPHASWARM_HOME")
        with WorkspaceLock(home=workspace.home, address=workspace.base_url) as lock:
            if not lock.take():
                progress.say(already(address_of_running(workspace.home) or workspace.base_url))
                return 0
            require_free(workspace.port)
            return _serve(workspace, progress)
    except LaunchProblem as problem:
        sys.stderr.write(f"{problem}\n")
        return 1


def _serve(workspace: Workspace, progress: Progress) -> int:
    environment = frontend_environment(workspace) | {
        "ALPHASWARM_PORT": str(workspace.port),
        "PYTHONUNBUFFERED": "1",
    }
    with Supervisor(logs=workspace.logs, say=progress.say) as supervisor:
        studio = Studio(
            workspace=workspace, progress=progress, supervisor=supervisor, environment=environment
        )
        try:
            progress.announce(studio.start())
            supervisor.run()
        except LaunchProblem as problem:
            # Told before the others are ended, as it is the reason for that.
            progress.complain(problem)
            return 1
        except Stopped:
            return 0
    return 0


if __name__ == "__main__":
    exit_code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything has ended; the interpreter's clearing up of what the services had loaded would take another second.
    os._exit(exit_code)
