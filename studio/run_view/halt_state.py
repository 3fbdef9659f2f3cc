"""The halt dialogs: one run, all workflow runs, a run of a desk, a whole desk. What is said of the result comes from the halt record alone."""

from collections.abc import Callable
from typing import Literal

import reflex as rx

from persistence.run_records import RunSummary
from runtime.desks import desk_name
from runtime.errors import StudioError, Unavailable
from runtime.ids import HaltId
from studio.run_view.halts import HaltView, halt_view
from studio.session_state import actor_of
from studio.wiring import services
from tasks.access import Actor
from tasks.control.context import Control
from tasks.control.desk_halts import halt_desk, halt_desk_run
from tasks.control.desks import active_counts
from tasks.control.halts import HaltRecord, halt_run, halt_status, halt_workflows
from tasks.control.runs import active_runs
from tasks.control.settings import settings_in_force
from tasks.desks.registry import desk_named

POLL = 0.1
"""Seconds between two looks at a halt that is not proved; the times shown are those of the record, not of the looks."""
LOOKS = 3_000
"""After so many the dialog stops looking; the run page goes on."""
TYPED = "HALT"
Scope = Literal["run", "workflows", "desk-run", "desk"]
"""One workflow run, all of them, one run of another desk, all of that desk."""
UNCOUNTED = "What runs cannot be counted: the database does not answer. The halt goes out all the same."
ONE_RUN: tuple[Scope, ...] = ("run", "desk-run")


class HaltState(rx.State):
    """An open halt dialog, or none."""

    open: bool = False
    scope: Scope = "run"
    run_id: str = ""
    desk: str = "workflows"
    desk_title: str = ""
    reason: str = ""
    typed: str = ""
    sending: bool = False
    problem: str = ""
    counts: str = ""
    """What will be hit, in words; empty while it is being counted."""
    nothing: bool = False
    """There is no run to halt."""
    propagation_off: bool = False
    result: HaltView = HaltView()

    @rx.var
    def ready(self) -> bool:
        """Whether the request may be sent: a reason, and the typed word where everything is hit."""
        typed = self.scope in ONE_RUN or self.typed == TYPED
        return bool(self.reason.strip()) and typed and not self.sending and not self.result.id

    @rx.event
    def ask_run(self, run_id: str) -> None:
        """Open the dialog for one run."""
        self.reset()
        self.open, self.scope, self.run_id = True, "run", run_id

    @rx.event
    def ask_desk_run(self, desk: str, run_id: str) -> None:
        """Open the dialog for one run of a desk, of the workflows as well."""
        self.reset()
        self.open, self.desk, self.run_id = True, desk, run_id
        self.scope = "run" if desk == "workflows" else "desk-run"

    @rx.event
    async def ask_desk(self, desk: str) -> None:
        """Open the dialog for everything that a desk runs, and count it."""
        self.reset()
        actor, control = await actor_of(self), services().control
        self.desk_title = desk_named(desk).title
        self.open, self.scope, self.desk = True, "desk", desk
        try:
            count = await rx.run_in_thread(lambda: active_counts(control, actor)[desk_name(desk)])
        except Unavailable:
            self.counts = UNCOUNTED
            return
        self.nothing = count == 0
        self.counts = (
            f"{count} {'run' if count == 1 else 'runs'} of this desk."
            if count
            else "Nothing runs on this desk."
        )

    @rx.event
    async def ask_workflows(self) -> None:
        """Open the dialog for all workflow runs, and count them."""
        self.reset()
        self.open, self.scope = True, "workflows"
        actor, control = await actor_of(self), services().control
        try:
            self.counts, self.nothing, self.propagation_off = await rx.run_in_thread(
                lambda: _outlook(control, actor)
            )
        except Unavailable:
            self.counts = UNCOUNTED

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
        """Close the dialog; a halt that has been sent goes on."""
        self.open = False

    @rx.event
    def set_open(self, is_open: bool) -> None:  # noqa: FBT001  the browser's event
        """Follow the dialog when Escape or a click beside it closes it."""
        self.open = is_open

    @rx.event(background=True)
    async def confirm(self) -> None:
        """Send the request, then show how far it has come until every item is proved."""
        async with self:
            if not self.ready:
                return
            self.sending, self.problem = True, ""
            scope, desk, run_id = self.scope, self.desk, self.run_id
            reason, typed = self.reason, self.typed
        actor, control = await actor_of(self), services().control
        try:
            record = await rx.run_in_thread(
                _request(control, actor, scope, (desk, run_id), reason=reason, typed=typed)
            )
        except StudioError as error:
            async with self:
                self.sending, self.problem = False, error.message
            return
        await self._watch(control, record)

    async def _watch(self, control: Control, record: HaltRecord) -> None:
        for _ in range(LOOKS):
            async with self:
                self.sending, self.result = False, halt_view(record)
                if record.proved or record.refused or not self.open:
                    return
            await control.clock.sleep(POLL)
            record = await rx.run_in_thread(lambda last=record: next_look(control, last))


def _request(
    control: Control, actor: Actor, scope: Scope, which: tuple[str, str], *, reason: str, typed: str
) -> Callable[[], HaltRecord]:
    desk, run_id = which
    match scope:
        case "run":
            return lambda: halt_run(control, actor, run_id, reason)
        case "desk-run":
            return lambda: halt_desk_run(control, actor, desk_named(desk).name, run_id, reason)
        case "desk":
            return lambda: halt_desk(control, actor, desk_named(desk).name, reason)
        case "workflows":
            return lambda: halt_workflows(control, actor, reason, typed)


def next_look(control: Control, last: HaltRecord) -> HaltRecord:
    """Return the halt as it is now; what cannot be read is not proved, so what was known stays on the screen."""
    try:
        return halt_status(control, HaltId(last.id))
    except StudioError:
        return last


def _outlook(control: Control, actor: Actor) -> tuple[str, bool, bool]:
    runs = active_runs(control, actor, limit=1_000)
    on = settings_in_force(control).live.orchestration_kill_propagation_enabled
    if not runs:
        return "No workflow run is under way.", True, not on
    words = [f"{count} {word}" for word in ("running", "waiting", "pending") if (count := _count(runs, word))]
    return f"{len(runs)} workflow {'run' if len(runs) == 1 else 'runs'}: {', '.join(words)}.", False, not on


def _count(runs: list[RunSummary], status: str) -> int:
    return sum(run.status == status for run in runs)
