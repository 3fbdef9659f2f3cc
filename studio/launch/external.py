"""Runs the installers and builders of others, keeps what they print, and reads from it why one failed."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.launch.problems import LaunchProblem

TAIL_LINES = 15
# What the output of pip, uv, npm and apt says about causes a person can do something about.
CAUSES: Sequence[tuple[str, str, str]] = (
    (
        r"no space left on device|\bENOSPC\b|disk quota exceeded",
        "The disk is full.",
        "Free some space and start again; what is already installed is kept.",
    ),
    (
        r"hash mismatch|do not match the hashes",
        "A downloaded package is not the one that was locked.",
        "Do not use it; tell whoever runs your package index.",
    ),
    (
        r"permission denied|\bEACCES\b|read-only file system|\bEROFS\b",
        "A file could not be written.",
        "Check who owns the folder of this checkout.",
    ),
    (
        # Whole words: `ModuleNotFoundError` has an ENOTFOUND in it.
        r"\bdns error|name resolution|name or service not known|connection refused|connection reset"
        r"|network is unreachable|tunneling socket|error sending request|failed to fetch|request timed out"
        r"|newconnectionerror|certificate verify failed|self.signed certificate|invalid peer certificate"
        r"|\b(?:ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN)\b",
        "The package index could not be reached.",
        "Check the network, the proxy and the index in pip's or npm's configuration, and start again.",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a command ended."""

    code: int
    log: Path

    def tail(self) -> str:
        """The last lines of what it printed."""
        return last_lines(self.log)


def run_logged(
    command: Sequence[str],
    *,
    log: Path,
    cwd: Path,
    environment: Mapping[str, str],
    timeout: float | None = None,
) -> Outcome:
    """Run `command` with its output in `log`; a missing program is code 127, running over `timeout` s is 124."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        try:
            finished = subprocess.run(  # noqa: S603  callers pass programs of this checkout, and no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env=dict(environment),
                timeout=timeout,
                check=False,
            )
        except FileNotFoundError as error:
            output.write(f"{error}\n".encode())
            return Outcome(code=127, log=log)
        except subprocess.TimeoutExpired:
            output.write(b"took too long and was ended\n")
            return Outcome(code=124, log=log)
    return Outcome(code=finished.returncode, log=log)


def require_success(outcome: Outcome, *, doing: str) -> None:
    """Raise `LaunchProblem` with the cause, or with the last lines when the cause is not a known one."""
    if outcome.code == 0:
        return
    printed = outcome.log.read_text(encoding="utf-8", errors="replace")
    for pattern, what, remedy in CAUSES:
        if re.search(pattern, printed, re.IGNORECASE):
            raise LaunchProblem(f"{doing} failed: {what}", remedy=f"{remedy} (All of it: {outcome.log})")
    raise LaunchProblem(
        f"{doing} ended with code {outcome.code}.",
        remedy=f"Its last lines, of {outcome.log}:\n{outcome.tail()}",
    )


def last_lines(log: Path, count: int = TAIL_LINES) -> str:
    """The last `count` lines of a log, indented; never more than its last 16 kB."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - 16_384))
            text = file.read().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(f"    {line}" for line in text.rstrip().splitlines()[-count:])
