"""The three things the make targets ask for: run the studio, install its environment, and prepare for the tests."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from studio.launch import browser, frontend, installation, running
from studio.launch.ports import require_free
from studio.launch.problems import LaunchProblem
from studio.launch.progress import Progress
from studio.launch.workspace import Workspace, require_writable

STEPS_OF_RUN = 4
STEPS_OF_TEST = 2


def run(command: str) -> int:
    """Do `run`, `environment` or `test`; a problem is told in two sentences and is exit code 1."""
    try:
        workspace = Workspace.from_environment()
        if command == "run":
            return _run(workspace)
        progress = Progress(total=STEPS_OF_TEST if command == "test" else 1)
        installation.ensure(workspace, progress)
        if command == "test":
            browser.ensure(workspace, progress)
    except LaunchProblem as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped before it was ready; the next start goes on from here.\n")
        return 130
    return 0


def _run(workspace: Workspace) -> int:
    """Everything up to the supervisor, which takes this process over."""
    require_writable(workspace.home, variable="ALPHASWARM_HOME")
    address = running.address_of_running(workspace.home)
    if address is not None:
        sys.stdout.write(f"{running.already(address)}\n")
        return 0
    require_free(workspace.port)
    progress = Progress(total=STEPS_OF_RUN)
    installation.ensure(workspace, progress)
    frontend.ensure(workspace, progress)
    return _become_supervisor(workspace, progress)


def _become_supervisor(workspace: Workspace, progress: Progress) -> NoReturn:
    sys.stdout.flush()
    os.chdir(workspace.root)
    supervisor = [
        str(workspace.python),
        "-m",
        "studio.launch.supervise",
        str(progress.done),
        str(progress.total),
    ]
    os.execv(supervisor[0], supervisor)  # noqa: S606  no shell is wanted here
