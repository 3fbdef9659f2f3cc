"""One's own account: password, signed-in browsers, API tokens."""

from typing import Any

import reflex as rx

from runtime.errors import InvalidValue, StudioError
from studio.pages.account.views import SessionLine, TokenLine, session_lines, token_lines
from studio.services.tokens import DAYS_MAX, MadeToken, possible_scopes
from studio.session_state import actor_of, session_of
from studio.wiring import services
from tasks.access import Actor, Permission


class AccountState(rx.State):
    """What the page shows. Passwords come with the form and are never part of the state."""

    loaded: bool = False
    sessions: list[SessionLine] = []
    tokens: list[TokenLine] = []
    scopes: list[str] = []
    """What a token may be allowed besides reading."""
    chosen: list[str] = []
    secret: str = ""
    """Of the token that was just made; gone as soon as the page is left or the box is closed."""
    has_password: bool = True
    """Whether they sign in here, and not only at an identity provider."""
    password_problem: str = ""
    password_done: bool = False
    token_problem: str = ""
    session_problem: str = ""

    @rx.event
    async def open(self) -> None:
        """Show sessions and tokens."""
        self.reset()
        self.scopes = [
            scope for scope in possible_scopes(await actor_of(self)) if scope != Permission.READ.value
        ]
        await self.look()

    @rx.event
    async def look(self) -> None:
        """Read again; sends only what has changed."""
        actor, session = await actor_of(self), session_of(self)
        sessions, tokens, has_password = await rx.run_in_thread(lambda: _read(actor, session))
        if has_password != self.has_password:
            self.has_password = has_password
        if (self.sessions, self.tokens) != (sessions, tokens):
            self.sessions, self.tokens = sessions, tokens
        self.loaded = True

    @rx.event
    async def change_password(self, form: dict[str, Any]) -> None:
        """Replace the password; the other browsers are signed out."""
        actor, session = await actor_of(self), session_of(self)
        self.password_problem, self.password_done = "", False
        new, old = str(form.get("password") or ""), str(form.get("your_password") or "")
        try:
            await rx.run_in_thread(lambda: _change_password(actor, new, old, session))
        except StudioError as error:
            self.password_problem = error.message
            return
        self.password_done = True
        await self.look()

    @rx.event
    async def end_session(self, session_id: str) -> None:
        """Sign a browser out."""
        actor = await actor_of(self)
        self.session_problem = ""
        try:
            await rx.run_in_thread(lambda: services().directory.revoke_session(actor, session_id))
        except StudioError as error:
            self.session_problem = error.message
        await self.look()

    @rx.event
    def choose_scope(self, scope: str, is_chosen: bool) -> None:  # noqa: FBT001  the browser's event
        """Take a scope in or out."""
        others = [each for each in self.chosen if each != scope]
        self.chosen = [*others, scope] if is_chosen else others

    @rx.event
    async def make_token(self, form: dict[str, Any]) -> None:
        """Make a token, and show its secret this once."""
        actor, chosen = await actor_of(self), list(self.chosen)
        self.token_problem = self.secret = ""
        name, days = str(form.get("token_name") or ""), str(form.get("token_days") or "")
        try:
            made = await rx.run_in_thread(lambda: _make_token(actor, name, chosen, days))
        except StudioError as error:
            self.token_problem = error.message
            return
        self.secret, self.chosen = made.secret, []
        await self.look()

    @rx.event
    def forget_secret(self) -> None:
        """Take the secret off the screen."""
        self.secret = ""

    @rx.event
    async def revoke_token(self, token_id: str) -> None:
        """Make a token useless."""
        actor = await actor_of(self)
        self.token_problem = ""
        try:
            await rx.run_in_thread(lambda: services().tokens.revoke(actor, token_id))
        except StudioError as error:
            self.token_problem = error.message
        await self.look()


def _read(actor: Actor, session: str) -> tuple[list[SessionLine], list[TokenLine], bool]:
    directory, now = services().directory, services().control.clock.now()
    records = directory.sessions(actor, actor.id)
    sessions = session_lines(records, directory.session_id(session))
    has_password = services().accounts.has_password(actor.id)
    return sessions, token_lines(services().tokens.of(actor), now), has_password


def _change_password(actor: Actor, new: str, old: str, session: str) -> None:
    proof = services().accounts.reauthenticate(actor, old, session=session, field="your_password")
    services().directory.change_own_password(actor, new, proof, session_hash=session)


def _make_token(actor: Actor, name: str, scopes: list[str], days: str) -> MadeToken:
    if not days.isdecimal():
        raise InvalidValue(f"A token lives 1 to {DAYS_MAX} days, not {days!r}.", field="days")
    return services().tokens.create(actor, name, scopes, days=int(days[:9]))
