"""The files of the checkout as the architecture tests read them."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("runtime", "persistence", "tasks", "studio")


def python_files(*folders: str) -> list[Path]:
    """Return our Python files below the given folders."""
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))


def committed_files() -> list[Path]:
    """Return what git keeps; everything but ignored files where the folder is a copy without its history."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    files = [ROOT / name for name in listed.split("\0") if name]
    return [file for file in files if file.is_file()]


def shown(file: Path) -> str:
    """Return a file's path below the checkout."""
    return str(file.relative_to(ROOT))
