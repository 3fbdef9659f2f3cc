"""A whole installation without its web part: Redis, a migrated database, an account, and workers as real processes."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import redis

from persistence.accounts import AccountRepository
from persistence.database import Database
from persistence.events import EventRepository
from persistence.migrate import upgrade
from runtime.frames import is_terminal
from runtime.graph.document import edge_id
from runtime.ids import RunId
from runtime.settings import Settings
from tasks.access import Actor, Role
from tasks.control.context import Control, build_control
from tasks.control.runs import RunView, get_run
from tasks.control.settings import open_local_rollout
from tasks.control.specs import create_workflow
from tasks.halt.keys import WORKER_PREFIX
from tests.servers import RunningRedis

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
LEASE = 2.0
WORKFLOWS: dict[str, dict[str, Any]] = {
    "quick": {"seconds": 0.05},
    "long": {"seconds": 600.0},
    "blocking": {"seconds": 600.0, "mode": "blocking"},
    "cpu": {"seconds": 600.0, "mode": "cpu"},
}
WORKER = [
    "worker",
    "--loglevel=INFO",
    "--without-mingle",
    "--without-gossip",
]


def eventually(holds: Callable[[], Any], *, seconds: float = PATIENCE) -> Any:
    """Return the first true answer; fails the test when there is none in time."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while time.monotonic() < deadline:
        answer = holds()
        if answer:
            return answer
        pause.wait(0.02)
    raise AssertionError(f"it did not happen within {seconds:g} s")


@contextmanager
def write_locked(database: Database) -> Iterator[None]:
    """Hold the write lock of a SQLite database: whoever writes waits, whoever reads does not."""
    connection = sqlite3.connect(database.where, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


@dataclass(kw_only=True)
class Installation:
    """What a test may do to an installation."""

    settings: Settings
    environment: dict[str, str]
    server: RunningRedis
    control: Control
    admin: Actor
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @classmethod
    def start(cls, home: Path, database_url: str, *, lease: float = LEASE) -> Installation:
        """Start Redis, migrate, create an admin and switch the rollout on."""
        server = RunningRedis.start(home)
        values = {
            "home": str(home),
            "database_url": database_url,
            "redis_url": server.url,
            "run_lease_seconds": str(lease),
            "dispatch_grace_seconds": "1",
        }
        settings = Settings.model_validate(values)
        upgrade(database_url)
        control = build_control(settings)
        open_local_rollout(control)
        with control.database.write() as session:
            user = AccountRepository(session).create_user(
                name="ann", role="admin", password_hash="-", now=control.clock.now()
            )
        environment = {name: text for name, text in os.environ.items() if not name.startswith("ALPHASWARM_")}
        environment |= {f"ALPHASWARM_{name.upper()}": text for name, text in values.items()}
        installation = cls(
            settings=settings,
            environment=environment,
            server=server,
            control=control,
            admin=Actor(id=user.id, name=user.name, role=Role.ADMIN),
        )
        for name, wait in WORKFLOWS.items():
            create_workflow(control, installation.admin, waiting_workflow(name, **wait))
        return installation

    def start_worker(self, app: str = "tasks.app", *, processes: int = 2) -> subprocess.Popen[bytes]:
        """Start a worker in a process group of its own and wait until its processes are there."""
        before = self.presence()
        worker = self.launch_worker(app, processes=processes)
        try:
            eventually(lambda: len(self.presence() - before) == processes)
        except AssertionError as error:
            raise AssertionError(
                f"The worker did not come up. Its log ends with:\n{self.log_end()}"
            ) from error
        return worker

    def launch_worker(self, app: str = "tasks.app", *, processes: int = 2) -> subprocess.Popen[bytes]:
        """Start a worker in a process group of its own, and wait for nothing."""
        with self._log.open("ab") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", app, *WORKER, f"--concurrency={processes}"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.workers.append(worker)
        return worker

    @property
    def _log(self) -> Path:
        return self.settings.home / "worker.log"

    def log_end(self, characters: int = 4000) -> str:
        """Return the end of what the workers have written."""
        return self._log.read_text(errors="replace")[-characters:]

    def presence(self) -> set[str]:
        """Return the keys by which worker processes show that they live; those of the dead expire."""
        return set(self.control.redis.keys(f"{WORKER_PREFIX}*"))

    def kill_worker(self, worker: subprocess.Popen[bytes]) -> None:
        """End a worker and its children as a power cut would."""
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
        self.workers.remove(worker)

    def stop_worker(self, worker: subprocess.Popen[bytes]) -> int:
        """Tell a worker to end, and wait for it."""
        worker.terminate()
        code = worker.wait(timeout=PATIENCE)
        self.workers.remove(worker)
        return code

    def stop(self) -> None:
        """End everything."""
        for worker in list(self.workers):
            self.kill_worker(worker)
        self.control.close()
        self.server.stop()

    def run(self, run_id: str) -> RunView:
        """Return a run."""
        return get_run(self.control, self.admin, run_id)

    def ended(self, run_id: str) -> RunView:
        """Return a run once its terminal frame has been written."""
        eventually(
            lambda: (row := self.run(run_id).record.dispatch) is not None and row.closed_at is not None
        )
        return self.run(run_id)

    def frames(self, run_id: str) -> list[dict[str, Any]]:
        """Return the run's frames as the database has them."""
        with self.control.database.read() as session:
            return [
                {**event.frame, "seq": event.seq}
                for event in EventRepository(session).after(RunId(run_id), 0, limit=100_000)
            ]

    def markers(self, run_id: str) -> list[datetime]:
        """Return the times at which the run's wait node left a line in its marker file."""
        path = self.settings.home / "runs" / run_id / "markers.log"
        lines = path.read_text().splitlines() if path.exists() else []
        return [marker_time(line) for line in lines]

    def writers(self, run_id: str) -> set[int]:
        """Return the processes that have the run's marker file open."""
        return open_in(self.settings.home / "runs" / run_id / "markers.log")

    def flush_redis(self) -> None:
        """Make Redis forget everything, Celery's own keys included."""
        with redis.Redis.from_url(self.server.url) as client:
            client.flushall()


def open_in(path: Path) -> set[int]:
    """Return the processes that have a file open."""
    found: set[int] = set()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):
            if link.readlink() == path:
                found.add(int(link.parts[2]))
    return found


def marker_time(line: str) -> datetime:
    """Return the time in a line of a marker file."""
    return datetime.fromtimestamp(float(line.split(maxsplit=1)[0]), UTC)


def check_story(frames: list[Mapping[str, Any]] | list[dict[str, Any]]) -> None:
    """Assert what holds for every ended run: numbers without a gap, and one terminal frame, the last."""
    assert [frame["seq"] for frame in frames] == list(range(1, len(frames) + 1))
    assert [is_terminal(frame) for frame in frames] == [False] * (len(frames) - 1) + [True]


def waiting_workflow(name: str, *, seconds: float, mode: str = "async") -> dict[str, Any]:
    """Return a workflow that waits, leaving markers, and reports."""
    nodes = [
        {"id": "prices", "kind": "data.prices", "config": {"symbols": ["AAPL"], "start": "2022-01-03"}},
        {
            "id": "wait",
            "kind": "control.wait",
            "config": {"seconds": seconds, "tick_seconds": 0.01, "marker": True, "mode": mode},
        },
        {"id": "report", "kind": "output.report", "config": {}},
    ]
    wires = [("prices", "prices", "wait", "value"), ("wait", "value", "report", "prices")]
    edges = [
        {
            "id": edge_id(*wire),
            "source": wire[0],
            "source_port": wire[1],
            "target": wire[2],
            "target_port": wire[3],
        }
        for wire in wires
    ]
    return {
        "name": name,
        "adapter": "WorkflowStudioAdapter",
        "params": {"graph": {"nodes": nodes, "edges": edges}},
    }
