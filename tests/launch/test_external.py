"""What an installer printed becomes a cause, or its last lines; never a guess."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from studio.launch.external import Outcome, last_lines, require_success, run_logged
from studio.launch.problems import LaunchProblem


@pytest.mark.parametrize(
    ("printed", "cause"),
    [
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("npm ERR! code ENOSPC", "The disk is full"),
        ("error: Failed to fetch: `x`\n  Caused by: dns error", "could not be reached"),
        ("npm ERR! code ENOTFOUND", "could not be reached"),
        ("SSL: CERTIFICATE_VERIFY_FAILED certificate verify failed", "could not be reached"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES", "not the one that was locked"),
        ("error: Hash mismatch for `celery==5.7.0`", "not the one that was locked"),
        ("PermissionError: [Errno 13] Permission denied: '.venv'", "could not be written"),
    ],
)
def test_a_known_cause_is_named(tmp_path: Path, printed: str, cause: str) -> None:
    log = tmp_path / "log"
    log.write_text(printed)

    with pytest.raises(LaunchProblem, match=f"Installing failed: .*{cause}"):
        require_success(Outcome(code=1, log=log), doing="Installing")


def test_a_fault_of_our_own_is_shown_and_not_blamed_on_the_network(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("Traceback\nModuleNotFoundError: No module named 'tasks.control'")

    with pytest.raises(LaunchProblem, match="ended with code 1") as caught:
        require_success(Outcome(code=1, log=log), doing="Building")

    assert "No module named 'tasks.control'" in str(caught.value)
    assert "network" not in str(caught.value)


def test_a_command_leaves_its_code_and_its_words(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "x.log"
    program = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)"

    outcome = run_logged([sys.executable, "-c", program], log=log, cwd=tmp_path, environment=os.environ)

    assert outcome.code == 7
    assert sorted(outcome.tail().split()) == ["err", "out"]


def test_a_missing_program_and_one_that_hangs_are_failures_too(tmp_path: Path) -> None:
    missing = run_logged(["/no/such/program"], log=tmp_path / "a", cwd=tmp_path, environment={})
    hanging = run_logged(
        [sys.executable, "-c", "import signal; signal.pause()"],
        log=tmp_path / "b",
        cwd=tmp_path,
        environment=os.environ,
        timeout=0.5,
    )

    assert (missing.code, hanging.code) == (127, 124)
    assert "/no/such/program" in missing.tail()


def test_only_the_end_of_a_long_log_is_shown(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("\n".join(str(number) for number in range(100_000)))

    assert last_lines(log, 2) == "    99998\n    99999"
    assert last_lines(tmp_path / "none") == ""
