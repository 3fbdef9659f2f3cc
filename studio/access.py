"""The gate of the UI: no event of somebody who is not signed in reaches a handler.

Reflex calls `SignInGate.preprocess` for every event, also for chained and background ones, before anything else
happens to it. The session comes from the socket's handshake and is checked against the database each time (an answer
may be two seconds old), so a revoked session is out within two seconds even on an open page.
"""

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import reflex as rx
from reflex.middleware.middleware import Middleware
from reflex.state import BaseState, StateUpdate
from reflex_base.event import Event

from runtime.errors import Unavailable
from studio import routes
from studio.kill_switch.state import KillSwitchState
from studio.kill_switch.views import unread_view
from studio.session_state import SessionState, belongs_to, session_of, show_actor
from studio.wiring import services
from tasks.access import Actor

if TYPE_CHECKING:
    from reflex.app import App


SWITCH_BEAT = "kill_switch_state.look"


class SignInGate(Middleware):
    """Lets an event pass only with a live session; keeps one tab's state to one session."""

    async def preprocess(self, app: "App", state: BaseState, event: Event) -> StateUpdate | None:  # noqa: ARG002
        """Return None to let the event pass, an update to answer it here."""
        session = session_of(state)
        try:
            actor = await rx.run_in_thread(lambda: services().accounts.actor(session)) if session else None
        except Unavailable:
            if not event.name.endswith(SWITCH_BEAT):
                raise
            return await _unreadable(state)
        path, query = state.router.url.path.rstrip("/") or routes.GALLERY, state.router.url.query
        if actor is None:
            return _refusal(path, query)
        if path == routes.LOGIN:
            return _go(_after_sign_in(query))
        await _adopt(state, actor, session)
        return None


async def _unreadable(state: BaseState) -> StateUpdate:
    """Answer the beat of the kill switch while nobody can be looked up: the page must not go on saying "released"."""
    shown = await state.get_state(KillSwitchState)
    if shown.switch != unread_view():
        shown.switch = unread_view()
    root = _root_of(state)
    delta = root.get_delta()
    root._clean()  # pyright: ignore[reportPrivateUsage]  what Reflex itself does with a delta that it sends
    return StateUpdate(delta=delta)


async def _adopt(state: BaseState, actor: Actor, session: str) -> None:
    shown = await state.get_state(SessionState)
    if not belongs_to(shown, session):
        # Somebody else signed in on this tab: nothing of the person before may be left in it.
        _root_of(state).reset()
    show_actor(shown, actor, session)


def _root_of(state: BaseState) -> BaseState:
    while state.parent_state is not None:
        state = state.parent_state
    return state


def _refusal(path: str, query: str) -> StateUpdate:
    if path == routes.LOGIN:
        return StateUpdate()
    here = f"{path}?{query}" if query else path
    return _go(routes.login(then=here if here != routes.GALLERY else ""))


def _after_sign_in(query: str) -> str:
    wanted = parse_qs(query).get("next", [routes.GALLERY])[0]
    return wanted if routes.is_own_address(wanted) else routes.GALLERY


def _go(address: str) -> StateUpdate:
    return StateUpdate(events=Event.from_event_type(rx.redirect(address, replace=True)))
