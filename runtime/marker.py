"""The marker file: one line per step of a node, so that anybody can see when the last one was."""

from collections.abc import Generator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import Self

from runtime.node import NodeContext

FILE_NAME = "markers.log"


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
        self._file.write(f"{self._ctx.clock.now().timestamp():.6f} {self._ctx.node_id}\n".encode())
        self._ctx.side_effect()


def marker_path(folder: Path) -> Path:
    """Return where the marker file of a run's folder is."""
    return folder / FILE_NAME
