"""The accounts as admins manage them, and the dialog that is open about one."""

from collections.abc import Mapping
from typing import Any, Literal

import reflex as rx

from runtime.errors import StudioError
from studio.pages.accounts.views import AccountLine, account_lines
from studio.session_state import actor_of, session_of
from studio.wiring import services
from tasks.access import Actor, Permission, Reauthentication, Role, may, require

Asking = Literal["", "create", "role", "password", "disable", "enable"]
_DONE = {
    "create": "can sign in now.",
    "role": "has another role; it counts in open tabs as well.",
    "password": "has a new password and is signed out everywhere.",
    "disable": "cannot sign in any more, and is signed out everywhere.",
    "enable": "can sign in again.",
}


class AccountsState(rx.State):
    """The list, and the change that is being made. Passwords come with the form and are never part of the state."""

    denied: bool = False
    loaded: bool = False
    lines: list[AccountLine] = []
    asking: Asking = ""
    account_id: str = ""
    """Whom the open dialog is about; empty for somebody new."""
    account_name: str = ""
    role: str = Role.ANALYST.value
    problem: str = ""
    done: str = ""

    @rx.event
    async def open(self) -> None:
        """Show all accounts, to who may see them."""
        self.asking, self.problem, self.done = "", "", ""
        await self.look()

    @rx.event
    async def look(self) -> None:
        """Read again; sends only what has changed."""
        actor = await actor_of(self)
        if not may(actor, Permission.ACCOUNTS):
            # Also of who was an admin until a moment ago, with the page open.
            self.denied, self.lines, self.asking = True, [], ""
            return
        self.denied = False
        found = account_lines(await rx.run_in_thread(lambda: services().directory.all(actor)))
        if found != self.lines:
            self.lines = found
        self.loaded = True

    @rx.event
    def ask(self, asking: Asking, account_id: str) -> None:
        """Open a dialog about an account, or about a new one."""
        line = next((line for line in self.lines if line.id == account_id), None)
        self.asking, self.problem, self.done = asking, "", ""
        self.account_id, self.account_name = (line.id, line.name) if line else ("", "")
        self.role = line.role if line else Role.ANALYST.value

    @rx.event
    def choose_role(self, role: str) -> None:
        """Take the role over."""
        self.role = role

    @rx.event
    def close(self) -> None:
        """Close the dialog."""
        self.asking = ""

    @rx.event
    def set_open(self, is_open: bool) -> None:  # noqa: FBT001  the browser's event
        """Follow the dialog when Escape or a click beside it closes it."""
        if not is_open:
            self.asking = ""

    @rx.event
    async def send(self, form: dict[str, Any]) -> None:
        """Make the change; what is refused is said in the dialog, and nothing that was written is lost."""
        actor, session, asking = await actor_of(self), session_of(self), self.asking
        if not asking:
            return
        told = {name: str(form.get(name) or "") for name in ("name", "password", "reason", "your_password")}
        told |= {"account_id": self.account_id, "role": self.role}
        self.problem = ""
        try:
            name = await rx.run_in_thread(lambda: _change(actor, session, asking, told))
        except StudioError as error:
            self.problem = error.message
            return
        self.asking, self.done = "", f"{name} {_DONE[asking]}"
        await self.look()


def _change(actor: Actor, session: str, asking: Asking, told: Mapping[str, str]) -> str:
    """Make one change, and return the name of the account that it was about."""
    directory, reason = services().directory, told["reason"]
    account_id, role = told["account_id"], told["role"]
    match asking:
        case "create":
            proof = _proof(actor, session, told)
            return directory.create(actor, told["name"], told["password"], role, proof).record.name
        case "role":
            return directory.set_role(
                actor, account_id, role, reason, _proof(actor, session, told)
            ).record.name
        case "password":
            directory.reset_password(
                actor, account_id, told["password"], reason, _proof(actor, session, told)
            )
            return directory.get(actor, account_id).record.name
        case "enable":
            return directory.enable(actor, account_id, reason, _proof(actor, session, told)).record.name
        case _:
            return directory.disable(actor, account_id, reason).record.name


def _proof(actor: Actor, session: str, told: Mapping[str, str]) -> Reauthentication:
    # First: who may not manage accounts spends none of their attempts at a password here.
    require(actor, Permission.ACCOUNTS)
    return services().accounts.reauthenticate(
        actor, told["your_password"], session=session, field="your_password"
    )
