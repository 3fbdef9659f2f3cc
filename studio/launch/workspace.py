"""Where things are: the checkout, its virtual environment, and the folder that holds this workspace's data."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from studio.launch.ports import DEFAULT_PORT, LOOPBACK
from studio.launch.problems import LaunchProblem

MEBIBYTE = 1024 * 1024
PORTS = range(1, 65536)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """The paths and the port of one checkout."""

    root: Path
    """The checkout."""
    home: Path
    """`ALPHASWARM_HOME`: data, logs and stamps; `.alphaswarm` in the checkout by default."""
    port: int
    """`ALPHASWARM_PORT`."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Workspace:
        """Read the workspace's place and port; a port that is no port is a `LaunchProblem`."""
        root = Path(__file__).resolve().parents[2]
        home = root / Path(environment.get("ALPHASWARM_HOME") or ".alphaswarm").expanduser()
        return cls(root=root, home=home, port=_port(environment.get("ALPHASWARM_PORT") or str(DEFAULT_PORT)))

    @property
    def venv(self) -> Path:
        """The virtual environment."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.venv / "bin" / "python"

    @property
    def logs(self) -> Path:
        """One log file per process."""
        return self.home / "logs"

    @property
    def base_url(self) -> str:
        """What a browser on this machine opens."""
        return f"http://{LOOPBACK}:{self.port}"


def require_writable(folder: Path, *, variable: str | None = None) -> None:
    """Make `folder` and write a file into it, or raise `LaunchProblem`; `variable` names what can move it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"\0" * 4096)
            probe.flush()
    except OSError as error:
        elsewhere = f", or set {variable} to a folder you may write to" if variable else ""
        raise LaunchProblem(
            f"Nothing can be written to {folder}: {error.strerror}.",
            remedy=f"Make room or change its permissions{elsewhere}.",
        ) from error


def require_room(folder: Path, *, mebibytes: int) -> None:
    """Raise `LaunchProblem` when the disk of `folder` has less than `mebibytes` free."""
    free = shutil.disk_usage(folder).free // MEBIBYTE
    if free < mebibytes:
        raise LaunchProblem(
            f"Only {free:,} MB are free on the disk of {folder}, and {mebibytes:,} MB are needed.",
            remedy="Free some space and start again; what is already installed is kept.",
        )


def own_environment() -> dict[str, str]:
    """The environment without what would point a tool at another Python."""
    drop = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"}
    return {name: value for name, value in os.environ.items() if name not in drop}


@contextmanager
def one_at_a_time(root: Path) -> Generator[None]:
    """Hold a lock on the checkout, so that two commands started together do not build over each other."""
    handle = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) not in PORTS:
        raise LaunchProblem(
            f"ALPHASWARM_PORT is {text!r}, which is not a port.", remedy="Set it to a number from 1 to 65535."
        )
    return int(text)
