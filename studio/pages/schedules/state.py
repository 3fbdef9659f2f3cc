"""The schedules on screen, and the one whose coming times are open."""

from collections.abc import Callable

import reflex as rx

from runtime.errors import UserError
from studio.pages.schedules.views import (
    Month,
    ScheduleLine,
    TimeLine,
    months,
    schedule_lines,
    time_lines,
)
from studio.session_state import actor_of
from studio.wiring import services
from tasks.access import Actor
from tasks.control.context import Control
from tasks.control.schedules import (
    ScheduleView,
    delete_schedule,
    list_schedules,
    pause_schedule,
    resume_schedule,
)
from tasks.control.settings import settings_in_force


class SchedulesState(rx.State):
    """All schedules by workflow."""

    phase: str = "loading"
    """loading, off (the studio's flag), ready."""
    running: bool = True
    """Whether schedules start anything at all: their flag."""
    lines: list[ScheduleLine] = []
    shown: str = ""
    """The workflow whose coming times are open."""
    times: list[TimeLine] = []
    months: list[Month] = []
    problem: str = ""
    done: str = ""

    @rx.event
    async def open(self) -> None:
        """Show all schedules."""
        self.shown, self.problem, self.done = "", "", ""
        await self.look()

    @rx.event
    async def look(self) -> None:
        """Read again; sends only what has changed."""
        actor, control = await actor_of(self), services().control
        found = await rx.run_in_thread(lambda: _read(control, actor))
        if found is None:
            self.phase = "off"
            return
        running, views = found
        if running != self.running:
            self.running = running
        lines = schedule_lines(views)
        if lines != self.lines:
            self.lines = lines
        self._show_times(views)
        self.phase = "ready"

    @rx.event
    async def toggle(self, workflow: str) -> None:
        """Open the coming times of a schedule, or close them."""
        self.shown = "" if self.shown == workflow else workflow
        await self.look()

    @rx.event
    async def pause(self, workflow: str) -> None:
        """Let a schedule start nothing."""
        await self._carry_out(pause_schedule, workflow, f"{workflow} is paused: it starts nothing by itself.")

    @rx.event
    async def resume(self, workflow: str) -> None:
        """Let a schedule go on with its next time."""
        await self._carry_out(
            resume_schedule, workflow, f"{workflow} goes on with its next time; nothing is caught up."
        )

    @rx.event
    async def delete(self, workflow: str) -> None:
        """Take a schedule away."""
        await self._carry_out(delete_schedule, workflow, f"{workflow} has no schedule any more.")

    def _show_times(self, views: list[ScheduleView]) -> None:
        view = next((view for view in views if view.record.workflow == self.shown), None)
        times = time_lines(view.times) if view else []
        if view is None and self.shown:
            self.shown = ""
        if times != self.times:
            self.times, self.months = times, months(view.times) if view else []

    async def _carry_out(
        self, act: Callable[[Control, Actor, str], object], workflow: str, done: str
    ) -> None:
        actor, control = await actor_of(self), services().control
        try:
            await rx.run_in_thread(lambda: act(control, actor, workflow))
        except UserError as error:
            await tell(self, problem=error.message)
        else:
            await tell(self, done=done)


async def tell(page: SchedulesState, *, done: str = "", problem: str = "") -> None:
    """Say on the page what was done or could not be done, and read again."""
    page.problem, page.done = problem, done
    await page.look()


def _read(control: Control, actor: Actor) -> tuple[bool, list[ScheduleView]] | None:
    live = settings_in_force(control).live
    if not live.orchestration_studio_enabled:
        return None
    return live.orchestration_schedule_enabled, list_schedules(control, actor)
