"""The six desks: parts of the platform that work on their own, and that are halted together or one by one."""

from typing import Literal, get_args

DeskName = Literal["agents", "paper", "bots", "rl", "quant-agents", "workflows"]
DESKS: tuple[DeskName, ...] = get_args(DeskName)
"""In the order in which fronts show them."""

DeskStatus = Literal["pending", "running", "completed", "halted", "error", "rejected"]
"""`rejected`: it ended by itself, but what it gave broke a guardrail."""
DESK_ACTIVE: frozenset[DeskStatus] = frozenset({"pending", "running"})
DESK_TERMINAL: frozenset[DeskStatus] = frozenset({"completed", "halted", "error", "rejected"})
_STATUSES: tuple[DeskStatus, ...] = get_args(DeskStatus)


def desk_name(text: str) -> DeskName:
    """Return a stored or given name as its type; raises `ValueError` for a desk that there is not."""
    for desk in DESKS:
        if desk == text:
            return desk
    raise ValueError(f"There is no desk {text!r}. Desks: {', '.join(DESKS)}.")


def desk_status(text: str) -> DeskStatus:
    """Return a stored status as its type; raises `ValueError` for one that we do not know."""
    for status in _STATUSES:
        if status == text:
            return status
    raise ValueError(f"A desk run has the unknown status {text!r}.")
