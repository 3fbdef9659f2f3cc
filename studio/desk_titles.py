"""What the desks are called on screen, in their fixed order; known while pages are built."""

from runtime.desks import DeskName
from tasks.control.halt_everything import lanes
from tasks.desks.registry import desks

WORKFLOWS_TITLE, WORKFLOWS_ICON = "Workflows", "workflow"


def desk_titles() -> dict[DeskName, str]:
    """Return every desk's title, the workflows' last."""
    known = desks()
    return {desk: known[desk].title if desk in known else WORKFLOWS_TITLE for desk in lanes()}


def desk_icons() -> dict[DeskName, str]:
    """Return every desk's Lucide icon."""
    known = desks()
    return {desk: known[desk].icon if desk in known else WORKFLOWS_ICON for desk in lanes()}
