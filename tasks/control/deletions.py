"""Deleting workflows, with a way back: a deleted one is in the bin until it is restored or deleted for good."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from persistence.deletions import DeletedWorkflow, DeletionRepository
from persistence.specs import SpecRepository
from runtime.errors import NotFound
from runtime.ids import SpecName
from tasks.access import Actor, Permission, require
from tasks.control.context import Control
from tasks.control.settings import require_flag
from tasks.control.specs import Workflow, audit, get_workflow

FLAG = "orchestration_studio_enabled"


def delete_workflow(control: Control, actor: Actor, name: str) -> None:
    """Put a workflow into the bin: it is in no list and starts no more, its schedule is paused, its runs stay.

    Runs that are under way go on. Raises `NotFound`.
    """
    require(actor, Permission.DRAW)
    require_flag(control, FLAG)
    with control.database.write() as session:
        if not DeletionRepository(session).delete(SpecName(name), by=actor.name, now=control.clock.now()):
            raise NotFound("workflow", name, known=[record.name for record in SpecRepository(session).list()])
        audit(control, session, actor, "workflow.delete", name)


def restore_workflow(control: Control, actor: Actor, name: str) -> Workflow:
    """Take a workflow out of the bin as it was; its schedule stays paused. Raises `NotFound`."""
    require(actor, Permission.DRAW)
    require_flag(control, FLAG)
    with control.database.write() as session:
        if not DeletionRepository(session).restore(SpecName(name), now=control.clock.now()):
            raise _not_in_the_bin(session, name)
        audit(control, session, actor, "workflow.restore", name)
    return get_workflow(control, actor, name)


def purge_workflow(control: Control, actor: Actor, name: str) -> None:
    """Delete a workflow of the bin for good, with its versions, drawing and schedule; its runs stay. Raises `NotFound`."""
    require(actor, Permission.DRAW)
    require_flag(control, FLAG)
    with control.database.write() as session:
        if not DeletionRepository(session).purge(SpecName(name)):
            raise _not_in_the_bin(session, name)
        audit(control, session, actor, "workflow.purge", name)


def deleted_workflows(control: Control, actor: Actor) -> Sequence[DeletedWorkflow]:
    """Return what is in the bin, the last deleted first."""
    require(actor, Permission.READ)
    require_flag(control, FLAG)
    with control.database.read() as session:
        return DeletionRepository(session).list()


def _not_in_the_bin(session: Session, name: str) -> NotFound:
    return NotFound(
        "deleted workflow", name, known=[each.name for each in DeletionRepository(session).list()]
    )
