"""Who is looking: filled by `studio.access` on every event, shown by the frame, asked by handlers.

The vars are for the screen only. A handler that does something calls `actor_of` and passes the actor on; what the
browser holds is never trusted.
"""

import reflex as rx
from reflex.state import BaseState

from runtime.errors import SignInRequired
from studio.api.door import SESSION_HEADER
from studio.services.accounts import initials_of
from studio.wiring import services
from tasks.access import ALLOWED, Actor, Permission


class SessionState(rx.State):
    """The signed-in person of this tab."""

    signed_in: bool = False
    user_id: str = ""
    name: str = ""
    role: str = ""
    initials: str = ""
    can_draw: bool = False
    can_run: bool = False
    can_halt: bool = False
    can_halt_all: bool = False
    can_engage: bool = False
    can_release: bool = False
    can_audit: bool = False
    can_settings: bool = False
    can_accounts: bool = False
    _session: str = ""

    @rx.event
    async def sign_out(self) -> rx.event.EventSpec:
        """Revoke the session on the server and leave for the sign-in page with a fresh document."""
        session = session_of(self)
        await rx.run_in_thread(lambda: services().accounts.sign_out(session))
        return rx.redirect("/login?code=signed-out", is_external=False, replace=True)


def show_actor(shown: SessionState, actor: Actor, session: str) -> None:
    """Show an actor; assigns only what changed, so that an unchanged session sends nothing.

    A function and no method: each method of a state with a public name can be called from a browser.
    """
    allowed = ALLOWED[actor.role]
    values = {
        "signed_in": True,
        "user_id": actor.id,
        "name": actor.name,
        "role": actor.role.value,
        "initials": initials_of(actor.name),
        "can_draw": Permission.DRAW in allowed,
        "can_run": Permission.RUN in allowed,
        "can_halt": Permission.HALT in allowed,
        "can_halt_all": Permission.HALT_ALL in allowed,
        "can_engage": Permission.ENGAGE in allowed,
        "can_release": Permission.RELEASE in allowed,
        "can_audit": Permission.AUDIT in allowed,
        "can_settings": Permission.SETTINGS in allowed,
        "can_accounts": Permission.ACCOUNTS in allowed,
        "_session": session,
    }
    for key, value in values.items():
        if getattr(shown, key) != value:
            setattr(shown, key, value)


def belongs_to(shown: SessionState, session: str) -> bool:
    """Tell whether this tab's state was made by the same session (or by none yet)."""
    return shown._session in {"", session}  # pyright: ignore[reportPrivateUsage]  see show_actor


def session_of(state: BaseState) -> str:
    """Return the hash of the session that this tab's socket was opened with; empty when there was none."""
    return state.router.headers.raw_headers.get(SESSION_HEADER, "")


async def actor_of(state: BaseState) -> Actor:
    """Return who is behind this event, checked against the database (an answer may be two seconds old).

    Raises `SignInRequired` when the session has ended meanwhile; `studio.failure` turns that into the sign-in page.
    Long-lived background handlers call it again from time to time.
    """
    session = session_of(state)
    actor = await rx.run_in_thread(lambda: services().accounts.actor(session))
    if actor is None:
        raise SignInRequired("Your session has ended. Sign in again.")
    return actor
