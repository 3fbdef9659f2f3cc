"""The virtual environment with exactly the locked packages; skipped in milliseconds when it stands already."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from studio.launch.external import require_success, run_logged
from studio.launch.package_index import parse_pip_config, uv_environment
from studio.launch.problems import LaunchProblem
from studio.launch.progress import Progress
from studio.launch.stamps import digest_of, forget, is_current, write_stamp
from studio.launch.workspace import Workspace, one_at_a_time, own_environment, require_room, require_writable

ROOM_NEEDED = 2500
UV_LOCK = Path(__file__).with_name("uv.lock")
PYTHON_CHECK = "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))"


def ensure(workspace: Workspace, progress: Progress) -> None:
    """Install what `requirements.lock` names, unless the stamp says that it is there."""
    lock = workspace.root / "requirements.lock"
    if not lock.is_file():
        raise LaunchProblem(
            "requirements.lock is missing from this checkout.",
            remedy="Restore it: git checkout requirements.lock",
        )
    stamp = workspace.venv / "alphaswarm-stamp"
    with progress.step("Python packages"), one_at_a_time(workspace.root):
        # The place is part of it: the scripts of a virtual environment hold the path it was made for.
        digest = digest_of([lock, UV_LOCK], root=workspace.root, extra=[str(workspace.venv)])
        if is_current(stamp, digest) and workspace.python.exists():
            return
        require_writable(workspace.root)
        require_room(workspace.root, mebibytes=ROOM_NEEDED)
        _install(workspace, lock, stamp, progress)
        write_stamp(stamp, digest)


def _install(workspace: Workspace, lock: Path, stamp: Path, progress: Progress) -> None:
    forget(stamp)
    if not _is_usable(workspace.python):
        progress.say("making the virtual environment")
        _make_venv(workspace)
    uv = workspace.venv / "bin" / "uv"
    pip = [str(workspace.python), "-m", "pip"]
    _run(workspace, "pip", "Installing uv", [*pip, "install", "-q", "--require-hashes", "-r", str(UV_LOCK)])
    locked = sum(1 for line in lock.read_text(encoding="utf-8").splitlines() if line[:1].isalnum())
    progress.say(f"installing {locked} locked packages; the first time takes a minute or two")
    sync = [str(uv), "pip", "sync", "--require-hashes", "--python", str(workspace.python), str(lock)]
    listing = subprocess.run(  # noqa: S603  our own interpreter
        [*pip, "config", "list"], capture_output=True, text=True, check=False, timeout=60
    )
    added = uv_environment(parse_pip_config(listing.stdout), os.environ)
    _run(workspace, "uv", "Installing the locked packages", sync, added)


def _is_usable(python: Path) -> bool:
    """Whether this virtual environment has a supported Python that starts, and pip."""
    try:
        check = subprocess.run(  # noqa: S603  our own interpreter
            [str(python), "-c", f"import pip; {PYTHON_CHECK}"],
            capture_output=True,
            check=False,
            timeout=60,
            env=own_environment(),
        )
    except OSError:
        return False
    return check.returncode == 0


def _make_venv(workspace: Workspace) -> None:
    log = workspace.home / "logs" / "install-venv.log"
    command = [sys.executable, "-m", "venv", "--clear", str(workspace.venv)]
    outcome = run_logged(command, log=log, cwd=workspace.root, environment=own_environment())
    if outcome.code != 0 and "ensurepip" in outcome.tail():
        raise LaunchProblem(
            "This Python cannot make virtual environments, as its venv package is not installed.",
            remedy="Install it (Debian: apt-get install python3-venv) and start again.",
        )
    require_success(outcome, doing="Making the virtual environment")


def _run(
    workspace: Workspace, name: str, doing: str, command: list[str], added: dict[str, str] | None = None
) -> None:
    log = workspace.home / "logs" / f"install-{name}.log"
    environment = own_environment() | (added or {})
    require_success(run_logged(command, log=log, cwd=workspace.root, environment=environment), doing=doing)
