"""One studio per workspace: a lock held for as long as the supervisor lives, and the address it serves."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

LOCK_NAME = "supervisor.lock"


def address_of_running(home: Path) -> str | None:
    """The address of the studio that runs on this workspace, or nothing.

    The kernel drops the lock with its holder, so a crashed supervisor never looks alive.
    """
    try:
        with (home / LOCK_NAME).open(encoding="utf-8") as lock:
            if _try_lock(lock, fcntl.LOCK_SH):
                return None
            return lock.read().strip() or "an address it has not told yet"
    except FileNotFoundError:
        return None


def already(address: str) -> str:
    """What a second start says."""
    return (
        f"AlphaSwarm Studio is already running on this workspace: {address} (Ctrl-C in its terminal ends it)."
    )


@dataclass(slots=True, kw_only=True)
class WorkspaceLock:
    """Held by the supervisor; a context manager."""

    home: Path
    address: str
    _file: TextIO | None = None

    def take(self) -> bool:
        """Take the lock and write the address into it; false when another supervisor has it."""
        file = os.fdopen(
            os.open(self.home / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8"
        )
        if not _try_lock(file, fcntl.LOCK_EX):
            file.close()
            return False
        file.truncate(0)
        file.write(self.address)
        file.flush()
        self._file = file
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()


def _try_lock(file: TextIO, mode: int) -> bool:
    try:
        fcntl.flock(file, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
