"""Somebody of a role in front of a tab: sends events as a browser would, and what they write is seen."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import reflex as rx
from reflex.state import State
from sqlalchemy import Engine, event

from runtime.errors import StudioError
from studio.api.door import SESSION_HEADER
from studio.services.accounts import hash_token
from tasks.access import Actor, Permission, Role
from tasks.control.context import Control
from tests.studio.conftest import PASSWORD, Office
from tests.studio.tabs import open_tab, state_of

S = TypeVar("S", bound=rx.State)
ENDLESS = 1.0
"""Seconds after which a handler that follows something for as long as somebody watches is told to stop."""


@dataclass(kw_only=True)
class Seat:
    """A tab of somebody, and whatever an administrator may prepare for it."""

    office: Office
    role: Role
    actor: Actor
    root: State
    number: int
    """Tells this seat from all others of a test; part of the names of what it works on."""
    told: list[str] = field(default_factory=list)
    """Errors and effects, as texts."""

    @classmethod
    def take(cls, office: Office, role: Role, number: int, path: str) -> Seat:
        """Sign somebody of a role in, in a new tab; admins are the office's own."""
        accounts = office.container.accounts
        name = office.admin.name
        if role is not Role.ADMIN:
            name = f"{role.value} {number}"
            accounts.create_account(office.admin, name, PASSWORD, role)
        signed_in = accounts.sign_in(name, PASSWORD, address="127.0.0.1")
        root = open_tab(replace(office, token=signed_in.token), path.format(number=number))
        assert root.router.headers.raw_headers[SESSION_HEADER] == hash_token(signed_in.token)
        return cls(office=office, role=role, actor=signed_in.actor, root=root, number=number)

    @property
    def control(self) -> Control:
        """What an administrator prepares with."""
        return self.office.container.control

    @property
    def name(self) -> str:
        """The workflow of this seat."""
        return f"test.flow-{self.number}"

    def state(self, kind: type[S]) -> S:
        """Return one page's state in this tab."""
        return state_of(self.root, kind)

    async def send(self, kind: type[rx.State], name: str, *args: Any) -> None:
        """Send an event; an error that is raised on purpose is told, any other one is the test's failure."""
        handler = kind.event_handlers[name].fn
        try:
            async with asyncio.timeout(ENDLESS if name in {"follow", "watch"} else None):
                made = handler(self.state(kind), *args)
                if inspect.isasyncgen(made):
                    async for effect in made:
                        self.told.append(str(effect))
                elif inspect.isawaitable(made):
                    self.told.append(str(await made))
                else:
                    self.told.append(str(made))
        except TimeoutError:
            return
        except StudioError as error:
            self.told.append(error.message)

    def heard(self) -> str:
        """Return everything that the tab shows or was told."""
        return " ".join([*self.told, str(self.root.dict())])


@contextmanager
def writes() -> Iterator[list[str]]:
    """Collect the statements that change rows, on any engine; that a session was seen is no change."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        verb = statement.lstrip().split(maxsplit=1)[0].upper()
        if verb in {"INSERT", "UPDATE", "DELETE"} and "last_seen_at" not in statement.partition("SET")[2]:
            found.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def may_any(role: Role, needs: tuple[Permission, ...]) -> bool:
    """Tell whether a role has one of several permissions; none needed means anybody."""
    from tasks.access import ALLOWED

    return not needs or any(each in ALLOWED[role] for each in needs)
