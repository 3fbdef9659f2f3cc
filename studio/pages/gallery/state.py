"""The gallery: what fits the search, and the workflow that is about to be made."""

from collections.abc import Callable, Sequence

import reflex as rx
from reflex.event import EventSpec

from persistence.deletions import DeletedWorkflow
from runtime.errors import UserError
from runtime.library import templates as library_templates
from studio import routes
from studio.pages.gallery.views import (
    DeletedCard,
    TemplateCard,
    WorkflowCard,
    deleted_cards,
    name_problem,
    template_cards,
    workflow_cards,
)
from studio.session_state import actor_of
from studio.wiring import services
from tasks.access import Actor
from tasks.control.context import Control
from tasks.control.deletions import (
    delete_workflow,
    deleted_workflows,
    purge_workflow,
    restore_workflow,
)
from tasks.control.runs import halting_runs
from tasks.control.settings import settings_in_force
from tasks.control.specs import Workflow, create_empty, list_workflows
from tasks.control.templates import create_from_template


class GalleryState(rx.State):
    """Templates and workflows on screen."""

    phase: str = "loading"
    """loading, off (the studio's flag), ready."""
    search: str = ""
    templates: list[TemplateCard] = []
    workflows: list[WorkflowCard] = []
    count: int = 0
    """Workflows without the search."""
    opening: str = ""
    """The template that is being copied."""
    deleted: list[DeletedCard] = []
    just_deleted: str = ""
    """The workflow that was put into the bin on this page last, while undo is offered for it."""
    naming: bool = False
    name: str = ""
    problem: str = ""
    _names: list[str] = []

    @rx.var
    def nothing_fits(self) -> bool:
        """Whether the search leaves nothing."""
        return self.phase == "ready" and not self.templates and not self.workflows

    @rx.var
    def bin_title(self) -> str:
        """What is in the bin, in words."""
        count = len(self.deleted)
        return f"{count} deleted workflow{'' if count == 1 else 's'}"

    @rx.event
    async def open(self) -> None:
        """Show the gallery, or that the studio is off."""
        self.opening, self.naming, self.just_deleted = "", False, ""
        await self.look()

    @rx.event
    async def look(self) -> None:
        """Read again; sends only what has changed."""
        actor, control = await actor_of(self), services().control
        found = await rx.run_in_thread(lambda: _read(control, actor))
        if found is None:
            self.phase = "off"
            return
        workflows, halting, deleted = found
        self._names = [workflow.record.name for workflow in workflows]
        self.count = len(workflows)
        templates = template_cards(library_templates(), self.search)
        cards = workflow_cards(workflows, self.search, halting=halting)
        if templates != self.templates:
            self.templates = templates
        if cards != self.workflows:
            self.workflows = cards
        binned = deleted_cards(deleted, self.search)
        if binned != self.deleted:
            self.deleted = binned
        self.phase = "ready"

    @rx.event
    async def search_for(self, text: str) -> None:
        """Show what fits."""
        self.search = text[:100]
        await self.look()

    @rx.event
    async def open_template(self, template: str) -> EventSpec:
        """Copy a shipped workflow, and go to the copy."""
        self.opening = template
        actor, control = await actor_of(self), services().control
        made = await rx.run_in_thread(lambda: create_from_template(control, actor, template))
        return rx.redirect(routes.editor(made.record.name))

    @rx.event
    async def delete(self, name: str) -> None:
        """Put a workflow into the bin, and offer to take it out again."""
        await self._carry_out(delete_workflow, name)
        self.just_deleted = name

    @rx.event
    async def restore(self, name: str) -> None:
        """Take a workflow out of the bin."""
        await self._carry_out(restore_workflow, name)
        self.just_deleted = ""

    @rx.event
    async def purge(self, name: str) -> None:
        """Delete a workflow for good."""
        await self._carry_out(purge_workflow, name)
        self.just_deleted = ""

    @rx.event
    def forget_deleted(self) -> None:
        """Take the offer of undo away; the workflow stays in the bin."""
        self.just_deleted = ""

    async def _carry_out(self, act: Callable[[Control, Actor, str], object], name: str) -> None:
        actor, control = await actor_of(self), services().control
        try:
            await rx.run_in_thread(lambda: act(control, actor, name))
        finally:
            # Where somebody else was faster, the list shows what they did.
            await self.look()

    @rx.event
    def start_empty(self) -> None:
        """Ask for the name of a new workflow."""
        self.naming, self.name, self.problem = True, "", ""

    @rx.event
    def set_naming(self, naming: bool) -> None:  # noqa: FBT001  the browser's event
        """Follow the dialog when it is closed."""
        self.naming = naming

    @rx.event
    def write_name(self, name: str) -> None:
        """Check the name as it is typed."""
        self.name = name.strip()[:200]
        self.problem = name_problem(self.name, self._names)

    @rx.event
    async def create(self) -> EventSpec | None:
        """Make the workflow, and go to it; a name that cannot be used is told in its place."""
        if not self.name:
            self.problem = "Give it a name."
            return None
        actor, control, name = await actor_of(self), services().control, self.name
        try:
            made = await rx.run_in_thread(lambda: create_empty(control, actor, name))
        except UserError as error:
            self.problem = error.message
            return None
        self.naming = False
        return rx.redirect(routes.editor(made.record.name))


_Read = tuple[list[Workflow], frozenset[str], Sequence[DeletedWorkflow]]


def _read(control: Control, actor: Actor) -> _Read | None:
    if not settings_in_force(control).live.orchestration_studio_enabled:
        return None
    return (
        list(list_workflows(control, actor)),
        frozenset(halting_runs(control.database)),
        deleted_workflows(control, actor),
    )
