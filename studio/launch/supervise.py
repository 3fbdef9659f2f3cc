"""The running studio: Redis, migrations, worker, scheduler and web app as one tree, and one link at the end.

`python -m studio.launch.supervise [STEPS_DONE STEPS_IN_ALL]`, from the checkout, in its virtual environment.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from studio.launch import readiness
from studio.launch.children import Child
from studio.launch.frontend import environment as frontend_environment
from studio.launch.ports import LOOPBACK, require_free
from studio.launch.problems import LaunchProblem
from studio.launch.processes import celery_child, redis_child, web_child
from studio.launch.progress import Progress
from studio.launch.redis_server import EmbeddedRedis
from studio.launch.running import WorkspaceLock, address_of_running, already
from studio.launch.supervisor import Stopped, Supervisor
from studio.launch.workspace import Workspace, require_writable

READY_SECONDS = 60.0


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
        with self.progress.step("Redis and database"):
            needs = self._start_redis()
            # Deferred, as it takes a second: Redis comes up meanwhile, and a second start is refused before it.
            from studio.launch import first_start  # noqa: PLC0415

            self._wait_for_redis(needs)
            # The services called in this process read the same settings as the children.
            os.environ.update(self.environment)
            news = first_start.prepare_database(is_local=is_local)
            self.supervisor.pause(0)
        for line in news:
            self.progress.say(line)
        with self.progress.step("Worker, scheduler and web app"):
            self._start_rest()
        return first_start.link(self.workspace.base_url)

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

    def _start_rest(self) -> None:
        runtime = self.workspace.home / "run"
        runtime.mkdir(exist_ok=True)
        children: list[Child] = []
        marks: list[Path] = []
        for name, role in (("worker", "worker"), ("scheduler", "scheduler")):
            mark = runtime / f"{name}.ready"
            mark.unlink(missing_ok=True)
            marks.append(mark)
            children.append(
                self.supervisor.start(celery_child(self.workspace, self.environment, name, role, mark))
            )
        web = self.supervisor.start(web_child(self.workspace, self.environment))
        for child, mark in zip(children, marks, strict=True):
            self.supervisor.wait_until(
                mark.exists,
                what="it has not said that it is ready",
                needs=[child, web],
                seconds=READY_SECONDS,
            )
        self.supervisor.wait_until(
            lambda: readiness.web_answers(LOOPBACK, self.workspace.port),
            what="no answer to GET /ping",
            needs=[web, *children],
            seconds=READY_SECONDS,
        )


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
    sys.exit(main(sys.argv[1:]))
