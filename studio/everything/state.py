"""The dialog that halts everything: what will be hit, the request, and how far it has come."""

from collections.abc import Mapping
from dataclasses import dataclass

import reflex as rx

from runtime.desks import DeskName
from runtime.errors import StudioError, Unavailable
from studio.desk_titles import desk_titles
from studio.everything.views import EverythingView, everything_view
from studio.run_view.halt_state import LOOKS, POLL, TYPED, UNCOUNTED
from studio.session_state import actor_of
from studio.wiring import services
from tasks.access import Actor
from tasks.control.context import Control
from tasks.control.desks import active_counts
from tasks.control.halt_everything import (
    EverythingState as Halt,
)
from tasks.control.halt_everything import (
    everything_state,
    everything_status,
    halt_everything,
)
from tasks.control.settings import settings_in_force


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How much runs on one desk."""

    desk: str
    title: str
    count: int


class EverythingState(rx.State):
    """The open dialog, or none."""

    open: bool = False
    reason: str = ""
    typed: str = ""
    sending: bool = False
    problem: str = ""
    counts: list[Count] = []
    uncounted: str = ""
    """Why there are no counts; empty while there are some or they are being made."""
    propagation_off: bool = False
    result: EverythingView = EverythingView()

    @rx.var
    def ready(self) -> bool:
        """Whether the request may be sent."""
        return bool(self.reason.strip()) and self.typed == TYPED and not self.sending and not self.result.id

    @rx.event
    async def ask(self) -> None:
        """Open the dialog, and count what would be hit."""
        self.reset()
        self.open = True
        actor, control = await actor_of(self), services().control
        try:
            self.counts, self.propagation_off = await rx.run_in_thread(lambda: _outlook(control, actor))
        except Unavailable:
            self.uncounted = UNCOUNTED

    @rx.event
    def write_reason(self, reason: str) -> None:
        """Take the reason over."""
        self.reason = reason[:500]

    @rx.event
    def write_typed(self, typed: str) -> None:
        """Take the typed word over."""
        self.typed = typed[:8]

    @rx.event
    def set_open(self, is_open: bool) -> None:  # noqa: FBT001  the browser's event
        """Follow the dialog when Escape, a click beside it or its button closes it; what was sent goes on."""
        self.open = is_open

    @rx.event(background=True)
    async def confirm(self) -> None:
        """Send the request, then show how far it has come until nothing more can come."""
        async with self:
            if not self.ready:
                return
            self.sending, self.problem = True, ""
            reason, typed = self.reason, self.typed
        actor, control = await actor_of(self), services().control
        try:
            state = await rx.run_in_thread(lambda: halt_everything(control, actor, reason, typed))
        except StudioError as error:
            async with self:
                self.sending, self.problem = False, error.message
            return
        await self._watch(control, state)

    @rx.event(background=True, supersedes=True)
    async def show(self, halt_id: str) -> None:
        """Open the dialog on a halt of everything that was asked for before, here or elsewhere."""
        actor, control = await actor_of(self), services().control
        state = await rx.run_in_thread(lambda: everything_status(control, actor, halt_id))
        async with self:
            self.reset()
            self.open = True
        await self._watch(control, state)

    async def _watch(self, control: Control, state: Halt) -> None:
        titles = desk_titles()
        for _ in range(LOOKS):
            view = everything_view(state, titles)
            async with self:
                self.sending = False
                if self.result != view:
                    self.result = view
                if state.proved or view.settled or not self.open:
                    return
            await control.clock.sleep(POLL)
            state = await rx.run_in_thread(lambda last=state: everything_state(control, last.halt))


def _outlook(control: Control, actor: Actor) -> tuple[list[Count], bool]:
    counts: Mapping[DeskName, int] = active_counts(control, actor)
    titles = desk_titles()
    on = settings_in_force(control).live.orchestration_kill_propagation_enabled
    return [
        Count(desk=desk, title=title, count=counts.get(desk, 0)) for desk, title in titles.items()
    ], not on
