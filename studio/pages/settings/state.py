"""The settings page: which phase is open, what is to be flipped, and what the checks found."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace

import reflex as rx
from reflex.event import EventSpec

from runtime.errors import ChecksFailed, StudioError
from studio.pages.settings.views import (
    ChangeLine,
    CheckLine,
    PhaseLine,
    PhaseText,
    SettingCard,
    change_lines,
    check_lines,
    parsed,
    phase_lines,
    phase_text,
    setting_cards,
)
from studio.session_state import actor_of
from studio.wiring import services
from tasks.access import Actor
from tasks.control.context import Control
from tasks.control.rollout import rollout

HISTORY = 30


class SettingsState(rx.State):
    """Where the rollout stands, and the form of the phase that is open."""

    phases: list[PhaseLine] = []
    text: PhaseText = PhaseText()
    cards: list[SettingCard] = []
    history: list[ChangeLine] = []
    checks: list[CheckLine] = []
    effects: list[str] = []
    """What a flip would change, in sentences."""
    reason: str = ""
    override: str = ""
    problem: str = ""
    done: str = ""
    revert_reason: str = ""
    checking: bool = False
    flipping: bool = False
    blocked: bool = False
    """A check has failed: a flip needs to say why it may be done all the same."""
    loaded: bool = False
    _staged: dict[str, str] = {}

    @rx.var
    def staged_count(self) -> int:
        """How many settings would be flipped."""
        return len(self._staged)

    @rx.var
    def staged_on(self) -> bool:
        """Whether anything would be switched on or set to a number: then there are checks first."""
        return any(value != "false" for value in self._staged.values())

    @rx.event
    async def open(self) -> None:
        """Show the phase that comes next."""
        actor, control = await actor_of(self), services().control
        found = await rx.run_in_thread(lambda: rollout.rollout(control, actor))
        upcoming = [view.phase.number for view in found.phases if view.state == "next"]
        self._show(found, upcoming[0] if upcoming else found.phases[-1].phase.number)
        self._clear()
        await self._read_history(control, actor)
        self.loaded = True

    @rx.event
    async def look(self) -> None:
        """Read again; sends only what has changed."""
        if not self.loaded:
            return
        actor, control = await actor_of(self), services().control
        found = await rx.run_in_thread(lambda: rollout.rollout(control, actor))
        if self._show(found, self.text.number):
            await self._read_history(control, actor)

    @rx.event
    async def choose_phase(self, number: int) -> None:
        """Open a phase; what was staged in the one before is dropped."""
        actor, control = await actor_of(self), services().control
        found = await rx.run_in_thread(lambda: rollout.rollout(control, actor))
        self._clear()
        self._show(found, number)

    @rx.event
    async def want(self, name: str, value: str) -> None:
        """Stage a value, and say what it would change."""
        self.problem, self.done, self.checks, self.blocked = "", "", [], False
        card = next((card for card in self.cards if card.name == name), None)
        if card is None:
            return
        staged = {**self._staged, name: value}
        if value == _now(card):
            staged.pop(name)
        self._staged = staged
        self.cards = [replace(each, wanted=value) if each.name == name else each for each in self.cards]
        actor, control = await actor_of(self), services().control
        wanted = {each: parsed(each, text) for each, text in staged.items()}
        self.effects = await rx.run_in_thread(lambda: _preview(control, actor, wanted))

    @rx.event
    def write_reason(self, text: str) -> None:
        """Take the reason."""
        self.reason = text

    @rx.event
    def write_override(self, text: str) -> None:
        """Take why it may be done although a check failed."""
        self.override = text

    @rx.event
    def write_revert_reason(self, text: str) -> None:
        """Take the reason of the full revert."""
        self.revert_reason = text

    @rx.event
    async def run_checks(self) -> AsyncGenerator[None, None]:
        """Run the checks of the phase that is open, and show what each found."""
        self.checking, self.checks, self.problem = True, [], ""
        yield
        actor, control = await actor_of(self), services().control
        names = [card.name for card in self.cards]
        try:
            found = await rx.run_in_thread(lambda: rollout.preflight(control, actor, names))
            self.checks = check_lines(found)
            self.blocked = any(not check.ok for check in found)
        except StudioError as error:
            self.problem = error.message
        finally:
            self.checking = False

    @rx.event
    async def flip(self) -> AsyncGenerator[EventSpec | None, None]:
        """Do what is staged, behind its checks."""
        self.flipping, self.problem, self.done = True, "", ""
        yield None
        actor, control = await actor_of(self), services().control
        wanted = {name: parsed(name, text) for name, text in self._staged.items()}
        reason, override, count = self.reason, self.override, len(wanted)
        try:
            done = await rx.run_in_thread(
                lambda: rollout.flip(control, actor, wanted, reason, override=override)  # pyright: ignore[reportArgumentType]  checked there
            )
        except ChecksFailed as error:
            self.problem, self.blocked = error.message, True
        except StudioError as error:
            self.problem = error.message
        else:
            number = self.text.number
            self._clear()
            self._show(done.rollout, number)
            self.checks = check_lines(done.checks)
            word = "setting is" if count == 1 else "settings are"
            self.done = f"{count} {word} in force for every worker from its next transition on."
            await self._read_history(control, actor)
        finally:
            self.flipping = False

    @rx.event
    async def revert(self) -> None:
        """Give every setting back to its default."""
        self.problem, self.done = "", ""
        actor, control = await actor_of(self), services().control
        reason, number = self.revert_reason, self.text.number
        try:
            done = await rx.run_in_thread(lambda: rollout.full_revert(control, actor, reason))
        except StudioError as error:
            self.problem = error.message
            return
        self._clear()
        self.revert_reason = ""
        self._show(done.rollout, number)
        held = f" Still held by the environment: {', '.join(done.pinned)}." if done.pinned else ""
        self.done = f"Every setting is back at its default.{held}"
        await self._read_history(control, actor)

    def _show(self, found: rollout.Rollout, number: int) -> bool:
        """Show where things stand, keeping what is staged; True when anything changed."""
        phases, text = phase_lines(found), phase_text(found, number)
        cards = [
            replace(card, wanted=self._staged.get(card.name, card.wanted))
            for card in setting_cards(found, number)
        ]
        if (phases, text, cards) == (self.phases, self.text, self.cards):
            return False
        self.phases, self.text, self.cards = phases, text, cards
        return True

    def _clear(self) -> None:
        self._staged = {}
        self.checks, self.effects = [], []
        self.reason = self.override = self.problem = self.done = ""
        self.blocked = False

    async def _read_history(self, control: Control, actor: Actor) -> None:
        changes = await rx.run_in_thread(lambda: rollout.history(control, actor, limit=HISTORY))
        self.history = change_lines(changes)


def _now(card: SettingCard) -> str:
    """Return what the form of a card would hold if nothing were staged."""
    if card.is_flag:
        return "true" if card.is_on else "false"
    return card.value.split(" ")[0]


def _preview(control: Control, actor: Actor, wanted: Mapping[str, object]) -> list[str]:
    try:
        return rollout.preview(control, actor, wanted)  # pyright: ignore[reportArgumentType]  only shown
    except StudioError:
        return []
