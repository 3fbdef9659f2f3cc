"""`up`, `web`, `worker`, `beat`: the processes of an installation, one by one for a deployment or all together.

Each command becomes the process that it starts (exec), so signals and exit codes are that process's own.
"""

import os
from collections.abc import Mapping, Sequence
from typing import Annotated, NoReturn

import typer

from runtime.errors import Unavailable
from studio.cli.place import settings_here
from studio.launch import frontend
from studio.launch.ports import LOOPBACK
from studio.launch.processes import SERVE_ONLY, celery_command, web_command
from studio.launch.workspace import Workspace

group = typer.Typer()


@group.command("up")
def up() -> None:
    """Start everything on this machine and print the link; the front end has to be built (`make run` does both)."""
    workspace = _built()
    _become(workspace, [str(workspace.python), "-m", "studio.launch.supervise"], {})


@group.command("web")
def web(
    *,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = LOOPBACK,
    port: Annotated[int, typer.Option(help="0: the one of the workspace.", min=0, max=65535)] = 0,
) -> None:
    """Serve pages, API and socket on one port."""
    workspace = _built()
    command = web_command(workspace, host=host, port=port or workspace.port)
    _become(workspace, command, {**frontend.environment(workspace), **_named(), **SERVE_ONLY})


@group.command("worker")
def worker(
    *,
    processes: Annotated[int, typer.Option(help="How many runs at once; 0: as the settings say.", min=0)] = 0,
) -> None:
    """Execute runs until told to end."""
    workspace = Workspace.from_environment()
    options = (f"--concurrency={processes}",) if processes else ()
    _become(workspace, celery_command(workspace, "worker", *options), _named())


@group.command("beat")
def beat() -> None:
    """Ring for schedules and watchdogs; one is enough, and several start nothing twice."""
    workspace = Workspace.from_environment()
    _become(workspace, celery_command(workspace, "scheduler"), _named())


def _named() -> dict[str, str]:
    """Return the variables that name the installation, as every command here understands it."""
    settings = settings_here()
    return {"ALPHASWARM_HOME": str(settings.home), "ALPHASWARM_REDIS_URL": settings.redis_url}


def _built() -> Workspace:
    workspace = Workspace.from_environment()
    if not (workspace.root / ".web" / "build" / "client" / "assets").is_dir():
        raise Unavailable("The front end is not built here. Run make run once: it builds it.")
    return workspace


def _become(workspace: Workspace, command: Sequence[str], more: Mapping[str, str]) -> NoReturn:
    os.chdir(workspace.root)
    os.execve(command[0], list(command), {**os.environ, **more})  # noqa: S606  there is no shell, on purpose
