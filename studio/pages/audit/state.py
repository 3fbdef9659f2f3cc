"""The audit log as one page of it is shown: what is asked for, and what was found."""

from dataclasses import replace

import reflex as rx

from runtime.errors import InvalidValue
from studio.pages.audit.views import Asked, AuditLine, audit_filter, audit_lines, csv_address
from studio.session_state import actor_of
from studio.wiring import services
from tasks.access import Actor, Permission, may
from tasks.control.audit import AuditPage, audit_actions, search_audit
from tasks.control.context import Control

PAGE = 50
ALL = "all"


class AuditState(rx.State):
    """The filters and the page of the log that fits them."""

    denied: bool = False
    loaded: bool = False
    problem: str = ""
    """What is wrong with the filters."""
    text: str = ""
    actor: str = ""
    action: str = ALL
    first_day: str = ""
    last_day: str = ""
    actions: list[str] = []
    lines: list[AuditLine] = []
    has_older: bool = False
    _before: list[int] = []

    @rx.var
    def filtered(self) -> bool:
        """Whether anything is filtered out."""
        return self._asked() != Asked()

    @rx.var
    def has_newer(self) -> bool:
        """Whether this is not the first page."""
        return bool(self._before)

    @rx.var
    def csv(self) -> str:
        """Where everything that fits can be had as CSV."""
        return csv_address(self._asked())

    @rx.event
    async def open(self) -> None:
        """Show the newest entries, to who may read them."""
        actor, control = await actor_of(self), services().control
        self.denied = not may(actor, Permission.AUDIT)
        if self.denied:
            return
        self._before = []
        self.actions = await rx.run_in_thread(lambda: audit_actions(control, actor))
        await self._find(actor, control)

    @rx.event
    async def look(self) -> None:
        """Read the first page again; an older one stays as it is while it is read."""
        if self.denied or self._before or not self.loaded:
            return
        await self._find(await actor_of(self), services().control)

    @rx.event
    def write_text(self, text: str) -> None:
        """Take the words over."""
        self.text = text

    @rx.event
    def write_actor(self, actor: str) -> None:
        """Take the name over."""
        self.actor = actor

    @rx.event
    async def search(self) -> None:
        """Look for what the filters say, from the newest on."""
        self._before = []
        await self._find(await actor_of(self), services().control)

    @rx.event
    async def choose_action(self, action: str) -> None:
        """Show only entries of this action."""
        self.action = action
        await self.search()

    @rx.event
    async def choose_first_day(self, day: str) -> None:
        """Show only entries of this day and later ones."""
        self.first_day = day
        await self.search()

    @rx.event
    async def choose_last_day(self, day: str) -> None:
        """Show only entries of this day and earlier ones."""
        self.last_day = day
        await self.search()

    @rx.event
    async def show_all(self) -> None:
        """Take the filters back."""
        self.text, self.actor, self.action, self.first_day, self.last_day = "", "", ALL, "", ""
        await self.search()

    @rx.event
    async def older(self) -> None:
        """Turn the page."""
        if self.lines and self.has_older:
            self._before = [*self._before, self.lines[-1].id]
            await self._find(await actor_of(self), services().control)

    @rx.event
    async def newer(self) -> None:
        """Turn the page back."""
        self._before = self._before[:-1]
        await self._find(await actor_of(self), services().control)

    async def _find(self, actor: Actor, control: Control) -> None:
        asked, before = self._asked(), self._before[-1] if self._before else None
        try:
            page = await rx.run_in_thread(lambda: _read(control, actor, asked, before))
        except InvalidValue as error:
            self.problem, self.lines, self.has_older, self.loaded = error.message, [], False, True
            return
        lines = audit_lines(page.entries)
        if lines != self.lines:
            self.lines = lines
        self.problem, self.has_older, self.loaded = "", page.next_before is not None, True

    def _asked(self) -> Asked:
        action = "" if self.action == ALL else self.action
        return Asked(
            text=self.text,
            actor=self.actor,
            action=action,
            first_day=self.first_day,
            last_day=self.last_day,
        )


def _read(control: Control, actor: Actor, asked: Asked, before: int | None) -> AuditPage:
    wanted = replace(audit_filter(asked), before_id=before)
    return search_audit(control, actor, wanted, limit=PAGE)
