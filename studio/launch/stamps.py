"""Whether something built earlier still fits: a digest over what it was built from, kept beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def digest_of(files: Iterable[Path], *, root: Path, extra: Iterable[str] = ()) -> str:
    """SHA-256 over the names (relative to `root`) and bytes of `files`, and over `extra`.

    The order of `files` does not matter; a file that does not exist counts as absent.
    """
    total = hashlib.sha256()
    for text in extra:
        total.update(hashlib.sha256(text.encode()).digest())
    for file in sorted(set(files)):
        if file.is_file():
            total.update(hashlib.sha256(file.relative_to(root).as_posix().encode()).digest())
            total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def is_current(stamp: Path, digest: str) -> bool:
    """Whether `stamp` says that the thing was built from `digest`."""
    try:
        return stamp.read_text(encoding="ascii").strip() == digest
    except (OSError, UnicodeDecodeError):
        return False


def write_stamp(stamp: Path, digest: str) -> None:
    """Record, last of all, that the thing is built."""
    stamp.write_text(f"{digest}\n", encoding="ascii")


def forget(stamp: Path) -> None:
    """Remove the record before rebuilding, so that an interrupted build is not taken for a finished one."""
    stamp.unlink(missing_ok=True)
