"""The page of one desk run: followed until nothing more can come."""

from dataclasses import replace

import reflex as rx

from persistence.events import EventRecord
from runtime.desks import desk_name
from runtime.errors import NotFound, SignInRequired, StudioError
from runtime.ids import RunId
from studio.charts.model import Metric, Preview
from studio.desk_titles import desk_titles
from studio.pages.desk_run.result import facts, result_preview
from studio.pages.desk_run.views import DeskRunHead, EventRow, event_rows, is_over, run_head
from studio.run_view.halts import HaltView, halt_view
from studio.session_state import actor_of
from studio.wiring import services
from tasks.access import Actor
from tasks.control.context import Control
from tasks.control.desks import DeskRunView, desk_events, get_desk_run
from tasks.control.halts import HaltRecord, halt_status
from tasks.desks.registry import desk_named

BEAT_SECONDS = 15
WATCH_SECONDS = 20.0
"""A look that is not renewed ends: the tab is hidden or gone."""
LOOK_SECONDS = 0.5
LINES = 400
"""Newest lines of the log that are shown."""


class DeskRunState(rx.State):
    """One followed run of a desk."""

    head: DeskRunHead = DeskRunHead()
    desk_title: str = ""
    config: list[Metric] = []
    result: Preview = Preview()
    has_result: bool = False
    halt: HaltView = HaltView()
    log: list[EventRow] = []
    dropped: int = 0
    """Older lines that are not shown."""
    missing: str = ""
    problem: str = ""
    """Why what is shown may be old."""
    _run_id: str = ""
    _seq: int = 0

    @rx.event
    def open(self) -> rx.event.EventType[()]:
        """Forget the run before, and follow the one of the address."""
        self.reset()
        return DeskRunState.follow

    @rx.event(background=True, supersedes=True)
    async def follow(self) -> None:
        """Look until nothing more can come or the time is up; the page renews it."""
        control = services().control
        desk, run_id = (str(self.router.page.params.get(name, "")) for name in ("desk", "run_id"))
        until = control.clock.monotonic() + WATCH_SECONDS
        while control.clock.monotonic() < until:
            try:
                actor, after = await actor_of(self), self._seq if self._run_id == run_id else 0
                view, events, halt = await rx.run_in_thread(
                    lambda who=actor, seq=after: _read(control, who, desk, run_id, seq)
                )
            except SignInRequired:
                raise
            except NotFound as error:
                async with self:
                    self.missing = error.message
                return
            except StudioError as error:
                async with self:
                    self._set(problem=error.message)
            else:
                async with self:
                    self._show(view, events, halt, after)
                if is_over(view, events) and len(events) == 0:
                    return
            await control.clock.sleep(LOOK_SECONDS)

    def _show(
        self, view: DeskRunView, events: list[EventRecord], halt: HaltRecord | None, after: int
    ) -> None:
        run = view.record.summary
        if self._run_id != run.run_id:
            self._run_id, self.log, self.dropped = run.run_id, [], 0
        elif self._seq != after:
            # Another look has been quicker.
            return
        if events:
            lines = [*self.log, *event_rows(events, run.started_at)]
            self.dropped += max(0, len(lines) - LINES)
            self.log, self._seq = lines[-LINES:], events[-1].seq
        self._set(
            head=self._head(view),
            desk_title=desk_titles()[run.desk],
            config=facts(view.record.config),
            result=result_preview(view.record.result),
            has_result=bool(view.record.result),
            halt=halt_view(halt, only=run.run_id),
            missing="",
            problem="",
        )

    def _head(self, view: DeskRunView) -> DeskRunHead:
        fresh = run_head(view, services().control.clock.now())
        # The browser counts on by itself: a figure that only grows with the clock is not sent again.
        return (
            replace(fresh, elapsed_ms=self.head.elapsed_ms) if fresh.ticking and self.head.ticking else fresh
        )

    def _set(self, **values: object) -> None:
        """Assign only what differs: assigning sends."""
        for name, value in values.items():
            if getattr(self, name) != value:
                setattr(self, name, value)


def _read(
    control: Control, actor: Actor, desk: str, run_id: str, after: int
) -> tuple[DeskRunView, list[EventRecord], HaltRecord | None]:
    name = desk_name(desk_named(desk).name)
    view = get_desk_run(control, actor, run_id)
    if view.record.summary.desk != name:
        raise NotFound(f"run of the desk {desk!r}", RunId(run_id))
    halt = None if view.halt is None else halt_status(control, view.halt.halt_id)
    return view, desk_events(control, actor, run_id, after=after), halt
