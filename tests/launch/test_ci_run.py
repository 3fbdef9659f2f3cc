"""CI's command passes on what `make test` says: its last line and its exit code."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / ".ci" / "run"


@pytest.mark.parametrize(
    ("printed", "code", "closing"),
    [
        ("....\n812 passed in 311.20s (0:05:11)", 0, "812 passed in 311.20s (0:05:11)"),
        (
            "812 passed, 3 skipped in 311.20s (0:05:11)\n....\n104 passed in 300.01s (0:05:00)",
            0,
            "812 passed, 3 skipped in 311.20s (0:05:11)\n104 passed in 300.01s (0:05:00)",
        ),
        (
            "= 2 failed, 9 passed, 1 skipped in 4.10s =\nmake: *** [Makefile:1: test] Error 1",
            2,
            "2 failed, 9 passed",
        ),
        ("ruff: F401 in x.py", 2, "make test ended before pytest said anything (exit code 2)"),
    ],
)
def test_the_closing_line_comes_last_and_the_exit_code_is_that_of_make(
    tmp_path: Path, printed: str, code: int, closing: str
) -> None:
    make = tmp_path / "make"
    make.write_text(f"#!/bin/sh\n[ -t 0 ] && echo terminal\ncat <<'END'\n{printed}\nEND\nexit {code}\n")
    make.chmod(0o755)

    ran = subprocess.run(
        [str(SCRIPT)],
        env={**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ran.returncode == code
    lines = closing.splitlines()
    assert all(
        wanted in line for wanted, line in zip(lines, ran.stdout.splitlines()[-len(lines) :], strict=True)
    )
    assert "terminal" not in ran.stdout
