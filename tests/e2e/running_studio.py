"""One real installation for the browser: built and started by the product's own launcher, ended by its own process id.

Redis, migrations, worker, scheduler and web app come up as `make run` brings them up, on a free port of 127.0.0.1 and
with all data in a folder of its own. The front end is built in the checkout, and only when it has changed.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from persistence.accounts import AccountRepository
from runtime.settings import Settings
from studio.launch import frontend
from studio.launch.ports import free_port
from studio.launch.progress import Progress
from studio.launch.workspace import Workspace
from tasks.access import Actor, Role
from tasks.control.context import Control, build_control
from tasks.control.runs import RunView, get_run
from tests.integration.installation import eventually

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 180.0
# Short, so that the end of a killed worker shows within seconds.
LEASE_SECONDS, DISPATCH_GRACE_SECONDS = 2, 2


@dataclass(kw_only=True)
class RunningStudio:
    """A studio that answers at `base_url`."""

    workspace: Workspace
    environment: dict[str, str]
    process: subprocess.Popen[bytes]
    first_link: str
    """What the start printed: creates the first account."""

    @classmethod
    def start(cls, home: Path, **settings: object) -> RunningStudio:
        """Build the front end if need be, start everything, and return when the link is printed.

        `settings` are more `ALPHASWARM_` variables, named in lower case.
        """
        workspace = Workspace(root=ROOT, home=home, port=free_port())
        home.mkdir(parents=True, exist_ok=True)
        with (home / "build.out").open("w") as out:
            frontend.ensure(workspace, Progress(total=1, out=out))
        environment = _environment(workspace, settings)
        printed = home / "studio.out"
        with printed.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "studio.launch.supervise"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            link = eventually(lambda: _link_in(printed, process), seconds=START_SECONDS)
        except AssertionError:
            process.terminate()
            process.wait(timeout=15)
            raise AssertionError(f"the studio did not start:\n{printed.read_text()}") from None
        return cls(workspace=workspace, environment=environment, process=process, first_link=link)

    @property
    def base_url(self) -> str:
        """The address of the UI and of the API."""
        return self.workspace.base_url

    @cached_property
    def control(self) -> Control:
        """What control functions take: the same database and Redis as the running processes."""
        settings = Settings(home=self.workspace.home, redis_url=self._redis_url())
        return build_control(settings)

    def actor(self, name: str, role: Role = Role.ADMIN) -> Actor:
        """Return an account as an actor of control functions."""
        with self.control.database.read() as session:
            user = AccountRepository(session).user_by_name(name)
        assert user is not None, f"there is no account {name!r}"
        return Actor(id=user.id, name=user.name, role=role)

    def run(self, actor: Actor, run_id: str) -> RunView:
        """Return a run as every front shows it."""
        return get_run(self.control, actor, run_id)

    def marker_file(self, run_id: str) -> Path:
        """Return where the waiting node of a run leaves a line per tick."""
        return self.workspace.home / "runs" / run_id / "markers.log"

    def redis_process(self) -> int:
        """Return the id of the workspace's Redis."""
        return next(pid for pid in _children(self.process.pid) if b"redis-server" in _words(pid)[0])

    def task_processes(self) -> list[int]:
        """Return the ids of the processes that execute runs: the children of the Celery worker."""
        worker = next(pid for pid in _children(self.process.pid) if _is_worker(pid))
        return _children(worker)

    def kill_task_processes(self) -> list[int]:
        """End the processes that execute runs as a power cut would; the worker makes new ones by itself."""
        killed = self.task_processes()
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        return killed

    def stop(self) -> int:
        """End the whole tree and return its exit code."""
        if "control" in self.__dict__:
            self.control.close()
        self.process.terminate()
        return self.process.wait(timeout=15)

    def _redis_url(self) -> str:
        """Where the embedded Redis of this workspace listens, as its worker was told."""
        worker = next(pid for pid in _children(self.process.pid) if _is_worker(pid))
        pairs = Path(f"/proc/{worker}/environ").read_bytes().split(b"\0")
        told = dict(pair.split(b"=", 1) for pair in pairs if b"=" in pair)
        return told[b"ALPHASWARM_REDIS_URL"].decode()


def _environment(workspace: Workspace, settings: dict[str, Any]) -> dict[str, str]:
    values = {
        "home": workspace.home,
        "port": workspace.port,
        "run_lease_seconds": LEASE_SECONDS,
        "dispatch_grace_seconds": DISPATCH_GRACE_SECONDS,
        **settings,
    }
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("ALPHASWARM_")}
    return inherited | {f"ALPHASWARM_{name.upper()}": str(value) for name, value in values.items()}


def _link_in(printed: Path, process: subprocess.Popen[bytes]) -> str:
    text = printed.read_text()
    if process.poll() is not None:
        raise AssertionError(text)
    found = re.search(r"^ {4}(http://\S+)$", text, re.MULTILINE)
    return found[1] if found and "Ctrl-C ends it." in text else ""


def _children(parent: int) -> list[int]:
    tasks = Path(f"/proc/{parent}/task").glob("*/children")
    return [int(pid) for task in tasks for pid in task.read_text().split()]


def _is_worker(pid: int) -> bool:
    words = _words(pid)
    return b"studio.launch.celery_process" in words and b"worker" in words


def _words(pid: int) -> list[bytes]:
    return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
