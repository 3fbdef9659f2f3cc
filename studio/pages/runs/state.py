"""The list of runs: what is asked for, and the page of it that is shown."""

import reflex as rx

from persistence.run_records import RunPage
from runtime.errors import CapabilityOff
from runtime.ids import RunId
from runtime.status import ACTIVE, TERMINAL
from studio.pages.runs.views import RunLine, run_lines, span_text
from studio.session_state import actor_of
from studio.wiring import services
from tasks.access import Actor
from tasks.control.context import Control
from tasks.control.runs import halting_runs, list_runs
from tasks.control.specs import list_workflows

PAGE = 25
ALL = "all"


class RunsState(rx.State):
    """Filters, the place in the list, and what is there."""

    lines: list[RunLine] = []
    span: str = ""
    status: str = ALL
    workflow: str = ALL
    workflows: list[str] = []
    has_older: bool = False
    loaded: bool = False
    _before: list[str] = []
    """The last run of each page that was turned over."""

    @rx.var
    def has_newer(self) -> bool:
        """Whether this is not the first page."""
        return bool(self._before)

    @rx.var
    def filtered(self) -> bool:
        """Whether the list leaves anything out."""
        return (self.status, self.workflow) != (ALL, ALL)

    @rx.event
    async def open(self) -> None:
        """Show the newest runs."""
        actor, control = await actor_of(self), services().control
        self.workflows = await rx.run_in_thread(lambda: _names(control, actor))
        await self.look()

    @rx.event
    async def look(self) -> None:
        """Read the page again; sends only what has changed."""
        actor, control = await actor_of(self), services().control
        asked = (self.status, self.workflow, self._before[-1] if self._before else None)
        page, halting = await rx.run_in_thread(lambda: _read(control, actor, *asked))
        lines = run_lines(page, halting=halting)
        if lines != self.lines:
            self.lines = lines
        skipped = PAGE * len(self._before)
        self.span = span_text(skipped=skipped, shown=len(lines), total=page.total)
        self.has_older = skipped + len(lines) < page.total
        self.loaded = True

    @rx.event
    async def choose_status(self, status: str) -> None:
        """Show only runs in this state."""
        self.status, self._before = status, []
        await self.look()

    @rx.event
    async def choose_workflow(self, workflow: str) -> None:
        """Show only runs of this workflow."""
        self.workflow, self._before = workflow, []
        await self.look()

    @rx.event
    async def show_all(self) -> None:
        """Take the filters back."""
        self.status, self.workflow, self._before = ALL, ALL, []
        await self.look()

    @rx.event
    async def older(self) -> None:
        """Turn the page."""
        if self.lines and self.has_older:
            self._before = [*self._before, self.lines[-1].run_id]
            await self.look()

    @rx.event
    async def newer(self) -> None:
        """Turn the page back."""
        self._before = self._before[:-1]
        await self.look()


def _read(
    control: Control, actor: Actor, status: str, workflow: str, before: str | None
) -> tuple[RunPage, set[RunId]]:
    wanted = status if status in ACTIVE | TERMINAL else None
    name = None if workflow == ALL else workflow
    page = list_runs(control, actor, spec_name=name, status=wanted, limit=PAGE, before=before)
    return page, halting_runs(control.database)


def _names(control: Control, actor: Actor) -> list[str]:
    try:
        return sorted(workflow.record.name for workflow in list_workflows(control, actor))
    except CapabilityOff:
        return []
