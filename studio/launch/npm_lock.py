"""The npm lock as it is committed: which packages, in which versions, with which digests; no address of anybody."""

from __future__ import annotations

import json
from pathlib import Path

ADDRESSES = ("funding", "resolved")


def forget_addresses(lock: Path) -> None:
    """Take the addresses out that npm writes beside every package: sponsors' pages, and where it was downloaded from.

    A lock that is not there, or that npm has not finished, is left alone.
    """
    try:
        written = lock.read_text(encoding="utf-8")
        content = json.loads(written)
        packages = content["packages"].values()
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return
    for package in packages:
        for name in ADDRESSES:
            package.pop(name, None)
    bare = json.dumps(content, indent=2, ensure_ascii=False) + ("\n" if written.endswith("\n") else "")
    if bare != written:
        lock.write_text(bare, encoding="utf-8")
