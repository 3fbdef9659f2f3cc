"""What can go wrong before the studio is up: each problem is one sentence and what to do about it."""

from __future__ import annotations


class LaunchProblem(Exception):
    """A start that cannot go on; shown to the person without a traceback."""

    def __init__(self, what: str, *, remedy: str) -> None:
        super().__init__(f"{what} {remedy}")
        self.what = what
        """One sentence: what happened."""
        self.remedy = remedy
        """One sentence: what to do."""
