"""What state a run and a node can be in, and which changes are allowed."""

from typing import Literal

RunStatus = Literal["pending", "running", "waiting", "completed", "halted", "error"]
NodeStatus = Literal["pending", "running", "waiting", "completed", "halted", "error", "skipped", "resumed"]
CrumbStatus = Literal["ok", "halted", "capped", "error", "skipped", "suspended", "guardrail", "waiting"]

ACTIVE: frozenset[RunStatus] = frozenset({"pending", "running", "waiting"})
TERMINAL: frozenset[RunStatus] = frozenset({"completed", "halted", "error"})


def is_terminal(status: RunStatus) -> bool:
    """Say whether a run in this state can never change again."""
    return status in TERMINAL
