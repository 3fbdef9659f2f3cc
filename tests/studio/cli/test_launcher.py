"""`./alphaswarm`: the command line from any folder, with completion."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

LAUNCHER = Path(__file__).parents[3] / "alphaswarm"


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    """A link to it in a folder that is none of ours, where a `studio` of somebody else lies about."""
    (tmp_path / "studio.py").write_text("raise RuntimeError('not this one')")
    (tmp_path / "alphaswarm").symlink_to(LAUNCHER)
    return tmp_path


def called(command: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [command, *arguments],
        cwd=command.parent,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_starts_from_any_folder_and_reads_files_there(linked: Path) -> None:
    (linked / "flow.yaml").write_text("name: 7")

    answer = called(linked / "alphaswarm", "validate", "flow.yaml", "--json")

    assert answer.returncode == 1
    assert "name" in answer.stdout + answer.stderr
    assert "not this one" not in answer.stderr


def test_commands_are_completed_under_its_own_name(linked: Path) -> None:
    asked = {"COMP_WORDS": "alphaswarm kill", "COMP_CWORD": "1", "_ALPHASWARM_COMPLETE": "complete_bash"}

    assert called(linked / "alphaswarm", **asked).stdout.split() == ["kill-switch"]


def test_where_nothing_is_installed_it_says_what_to_do(tmp_path: Path) -> None:
    copy = tmp_path / "alphaswarm"
    shutil.copy(LAUNCHER, copy)

    answer = called(copy)

    assert answer.returncode == 1
    assert "make run" in answer.stderr
