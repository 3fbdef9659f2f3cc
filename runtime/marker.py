"""The marker file: one line per step of a node, so that anybody can see when the last one was."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Literal, Self

from runtime.node import NodeContext

FILE_NAME = "markers.log"
_TAIL_BYTES = 4096

Busy = Literal["blocking", "cpu"]
"""`blocking`: waits in a call that nothing interrupts. `cpu`: computes without a pause."""


class Marker:
    """Writes lines of UTC epoch seconds, unbuffered: a line that is not in the file was never written."""

    def __init__(self, ctx: NodeContext, file: FileIO | None) -> None:
        self._ctx = ctx
        self._file = file

    @classmethod
    @contextmanager
    def opened(cls, ctx: NodeContext, *, wanted: bool) -> Generator[Self]:
        """Open the run's marker file for appending, or a marker that leaves no trace."""
        if not wanted:
            yield cls(ctx, None)
            return
        with FileIO(marker_path(ctx.folder), "a") as file:
            yield cls(ctx, file)

    def stamp(self) -> None:
        """Write one line and tell the run that it has done something."""
        if self._file is None:
            return
        self._file.write(_line(self._ctx.clock.now().timestamp(), self._ctx.node_id))
        self._ctx.side_effect()


def keep_busy(path: Path | None, node_id: str, *, seconds: float, tick_seconds: float, how: Busy) -> None:
    """Be busy for so long, leaving a line at every tick: to be run where it can be killed, since nothing else stops it."""
    ends = time.monotonic() + seconds
    with FileIO(path or "/dev/null", "a") as file:
        while (now := time.monotonic()) < ends:
            file.write(_line(time.time(), node_id))
            tick_ends = min(now + tick_seconds, ends)
            if how == "blocking":
                time.sleep(max(tick_ends - time.monotonic(), 0.0))
            else:
                _compute_until(tick_ends)


def last_line(path: Path, node_id: str) -> datetime | None:
    """Return the time of the last line that a node left, UTC; None when there is none."""
    if not path.exists():
        return None
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - _TAIL_BYTES, 0))
        lines = [line.split() for line in file.read().splitlines()]
    times = [float(line[0]) for line in lines if len(line) > 1 and line[1] == node_id.encode()]
    return datetime.fromtimestamp(times[-1], UTC) if times else None


def marker_path(folder: Path) -> Path:
    """Return where the marker file of a run's folder is."""
    return folder / FILE_NAME


def _line(seconds: float, node_id: str) -> bytes:
    return f"{seconds:.6f} {node_id}\n".encode()


def _compute_until(ends: float) -> None:
    value = 1
    while time.monotonic() < ends:
        for _ in range(1000):
            value = value * 6_364_136_223_846_793_005 % 18_446_744_073_709_551_557
