"""The kill switch on every page: looked at by a beat, engaged and released by the two dialogs."""

from typing import Any, Literal

import reflex as rx

from runtime.errors import StudioError, Unavailable
from studio.kill_switch.views import SwitchView, counts_text, switch_view
from studio.run_view.halt_state import LOOKS, POLL, TYPED, UNCOUNTED, next_look
from studio.run_view.halts import HaltView, halt_view
from studio.session_state import actor_of, session_of
from studio.wiring import services
from tasks.access import Actor, Permission, require
from tasks.control.context import Control
from tasks.control.desks import active_counts
from tasks.control.switch import SwitchStatus, engage, release, switch_status

Asking = Literal["", "engage", "release"]


class KillSwitchState(rx.State):
    """The switch, and the dialog that is open about it."""

    switch: SwitchView = SwitchView()
    asking: Asking = ""
    reason: str = ""
    typed: str = ""
    sending: bool = False
    problem: str = ""
    counts: str = ""
    """What engaging will stop, in words; empty while it is being counted."""
    result: HaltView = HaltView()
    """What engaging has stopped."""

    @rx.var
    def ready(self) -> bool:
        """Whether the open dialog may be sent."""
        typed = self.asking == "release" or self.typed == TYPED
        return bool(self.reason.strip()) and typed and not self.sending and not self.result.id

    @rx.event
    async def look(self) -> None:
        """Read the switch, and change only what is different."""
        actor, control = await actor_of(self), services().control
        self._show(await rx.run_in_thread(lambda: _read(control, actor)))

    @rx.event
    async def ask_engage(self) -> None:
        """Open the dialog that engages it, and count what that stops."""
        self._open("engage")
        actor, control = await actor_of(self), services().control
        try:
            self.counts = counts_text(await rx.run_in_thread(lambda: active_counts(control, actor)))
        except Unavailable:
            self.counts = UNCOUNTED

    @rx.event
    def ask_release(self) -> None:
        """Open the dialog that releases it."""
        self._open("release")

    @rx.event
    def write_reason(self, reason: str) -> None:
        """Take the reason over."""
        self.reason = reason[:500]

    @rx.event
    def write_typed(self, typed: str) -> None:
        """Take the typed word over."""
        self.typed = typed[:8]

    @rx.event
    def close(self) -> None:
        """Close the dialog; what has been sent goes on."""
        self.asking = ""

    @rx.event
    def set_open(self, is_open: bool) -> None:  # noqa: FBT001  the browser's event
        """Follow the dialog when Escape or a click beside it closes it."""
        if not is_open:
            self.asking = ""

    @rx.event(background=True)
    async def send_engage(self) -> None:
        """Engage it, then show how far what it stopped has come until every item is proved."""
        async with self:
            if not self.ready:
                return
            self.sending, self.problem, reason = True, "", self.reason
        actor, control = await actor_of(self), services().control
        try:
            engaged = await rx.run_in_thread(lambda: engage(control, actor, reason))
        except StudioError as error:
            async with self:
                self.sending, self.problem = False, error.message
            return
        record = engaged.halt
        async with self:
            self._show(engaged.status)
        for _ in range(LOOKS):
            async with self:
                self.sending, self.result = False, halt_view(record)
                if record.proved or self.asking != "engage":
                    return
            await control.clock.sleep(POLL)
            record = await rx.run_in_thread(lambda last=record: next_look(control, last))

    @rx.event
    async def send_release(self, form: dict[str, Any]) -> None:
        """Release it. The password comes with the form and is never part of the state."""
        if not self.ready:
            return
        actor, session = await actor_of(self), session_of(self)
        reason, password = self.reason, str(form.get("password", ""))
        try:
            status = await rx.run_in_thread(lambda: _release(actor, session, reason, password))
        except StudioError as error:
            self.problem = error.message
            return
        self._show(status)
        self.asking = ""

    def _open(self, asking: Asking) -> None:
        shown = self.switch
        self.reset()
        self.switch, self.asking = shown, asking

    def _show(self, status: SwitchStatus) -> None:
        view = switch_view(status)
        if self.switch != view:
            self.switch = view


def _read(control: Control, actor: Actor) -> SwitchStatus:
    require(actor, Permission.READ)
    return switch_status(control)


def _release(actor: Actor, session: str, reason: str, password: str) -> SwitchStatus:
    require(actor, Permission.RELEASE)
    proof = services().accounts.reauthenticate(actor, password, session=session)
    return release(services().control, actor, reason, proof)
