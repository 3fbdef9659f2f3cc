"""What the children of the supervisor execute."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from pathlib import Path

from studio.launch.children import ChildSpec
from studio.launch.ports import LOOPBACK
from studio.launch.redis_server import EmbeddedRedis
from studio.launch.workspace import Workspace

# With these Reflex mounts the built front end beside API and socket, and compiles nothing at start.
SERVE_ONLY: Mapping[str, str] = {
    "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
    "__REFLEX_SKIP_COMPILE": "true",
}
# Open sockets keep the web server from ending; after so many seconds it closes them.
WEB_GRACE_SECONDS = 2
_JSON_LOGS = Path(__file__).with_name("granian_logs.json")


def redis_child(workspace: Workspace, server: EmbeddedRedis) -> ChildSpec:
    """The embedded Redis: the others still need it while they end, and it ends in order even when orphaned."""
    return ChildSpec(
        name="redis",
        command=tuple(server.command()),
        environment={},
        cwd=workspace.root,
        death_signal=signal.SIGTERM,
        stops_last=True,
    )


def celery_child(
    workspace: Workspace, environment: Mapping[str, str], role: str, ready_file: Path
) -> ChildSpec:
    """The Celery worker or the scheduler (`role`), which makes `ready_file` once it takes work."""
    command = celery_command(workspace, role, "--ready-file", str(ready_file))
    return ChildSpec(name=role, command=command, environment=environment, cwd=workspace.root)


def celery_command(workspace: Workspace, role: str, *options: str) -> tuple[str, ...]:
    """What executes runs (`worker`) or rings for schedules (`scheduler`)."""
    return (str(workspace.python), "-m", "studio.launch.celery_process", role, *options)


def web_command(workspace: Workspace, *, host: str, port: int) -> tuple[str, ...]:
    """What serves pages, API and socket on one port."""
    options = {
        "--interface": "asgi",
        "--host": host,
        "--port": str(port),
        "--workers": "1",
        "--workers-kill-timeout": str(WEB_GRACE_SECONDS),
    }
    if os.environ.get("ALPHASWARM_LOG_FORMAT", "").strip() == "json":
        options["--log-config"] = str(_JSON_LOGS)
    words = [word for option in options.items() for word in option]
    return (str(workspace.python), "-m", "granian", *words, "--factory", "studio.app:app")


def web_child(workspace: Workspace, environment: Mapping[str, str]) -> ChildSpec:
    """Pages, API and socket, for this machine only."""
    return ChildSpec(
        name="web",
        command=web_command(workspace, host=LOOPBACK, port=workspace.port),
        environment={**environment, **SERVE_ONLY},
        cwd=workspace.root,
    )
