from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import reflex as rx
from reflex.state import State
from reflex_base.event import Event

from studio.access import SignInGate
from studio.api.door import SESSION_HEADER
from studio.services.accounts import hash_token
from studio.session_state import SessionState, actor_of
from studio.wiring import serving
from tasks.access import Role
from tests.studio.conftest import NAME, PASSWORD, Office


class Secrets(rx.State):
    """Stands for any page's state."""

    holding: str = ""


APP: Any = None
"""The gate does not look at the app."""


@pytest.fixture
async def process(office: Office) -> AsyncIterator[Office]:
    async with serving(office.container):
        yield office


def a_tab(session: str, path: str = "/runs", query: str = "") -> State:
    tab = State(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]
    show(tab, session, path, query)
    return tab


def show(tab: State, session: str, path: str = "/runs", query: str = "") -> None:
    headers = {"origin": "http://studio.test", **({SESSION_HEADER: session} if session else {})}
    data = {
        "pathname": path,
        "asPath": f"{path}?{query}" if query else path,
        "query": {},
        "headers": headers,
    }
    previous: Mapping[str, Any] = tab.router_data
    tab.router_data = tab._update_router_vars(data, dict(previous))


def event(name: str = "anything") -> Event:
    return Event(name=name)


async def went_to(tab: State, name: str = "anything") -> str | None:
    """Return where the gate sends the browser; None when it lets the event pass."""
    update = await SignInGate().preprocess(APP, tab, event(name))
    if update is None:
        return None
    assert not update.delta
    return next((str(each.payload["path"]) for each in update.events), "")


async def test_an_event_with_a_session_passes_and_the_tab_knows_who(process: Office) -> None:
    tab = a_tab(hash_token(process.token))

    assert await went_to(tab) is None

    shown = await tab.get_state(SessionState)
    assert (shown.signed_in, shown.name, shown.role, shown.initials) == (True, NAME, "admin", "AL")
    assert shown.can_draw
    assert shown.can_halt_all


@pytest.mark.parametrize("session", ["", "made-up", "0" * 64])
async def test_no_event_without_a_session_passes(process: Office, session: str) -> None:
    assert await went_to(a_tab(session)) == "/login?next=%2Fruns"


@pytest.mark.parametrize(
    "name",
    [
        "reflex___state____state.hydrate",
        "reflex___state____state.hydrate_and_load",
        "reflex___state____on_load_internal_state.on_load_internal",
        "reflex___state____update_vars_internal_state.update_vars_internal",
        "reflex___state____state.set_is_hydrated",
    ],
)
async def test_not_even_reflexs_own_events_pass(process: Office, name: str) -> None:
    assert await went_to(a_tab(""), name)


async def test_the_address_survives_the_sign_in(process: Office) -> None:
    tab = a_tab("", "/studio/research.debate", "node=risk&tab=problems")

    assert await went_to(tab) == "/login?next=%2Fstudio%2Fresearch.debate%3Fnode%3Drisk%26tab%3Dproblems"


async def test_the_sign_in_page_needs_no_event_and_gets_none(process: Office) -> None:
    assert await went_to(a_tab("", "/login", "link=abc")) == ""


@pytest.mark.parametrize(
    ("query", "target"),
    [
        ("", "/"),
        ("next=%2Fruns%2F1", "/runs/1"),
        ("next=%2F%2Fevil.example", "/"),
        ("next=https%3A%2F%2Fx", "/"),
    ],
)
async def test_who_is_signed_in_does_not_stay_on_the_sign_in_page(
    process: Office, query: str, target: str
) -> None:
    assert await went_to(a_tab(hash_token(process.token), "/login", query)) == target


async def test_an_expired_session_is_out(process: Office) -> None:
    tab = a_tab(hash_token(process.token))
    assert await went_to(tab) is None
    process.clock.advance(12 * 3600 + 1)

    assert await went_to(tab) == "/login?next=%2Fruns"


async def test_a_revoked_session_is_out_on_the_next_event(process: Office) -> None:
    tab = a_tab(hash_token(process.token))
    assert await went_to(tab) is None
    process.container.accounts.sign_out(hash_token(process.token))

    assert await went_to(tab) == "/login?next=%2Fruns"


async def test_nothing_of_one_person_is_left_for_the_next(process: Office) -> None:
    accounts = process.container.accounts
    admin = accounts.sign_in(NAME, PASSWORD, address="x").actor
    accounts.create_account(admin, "Vera", PASSWORD, Role.VIEWER)
    tab = a_tab(hash_token(process.token))
    await went_to(tab)
    (await tab.get_state(Secrets)).holding = "position 400 AAPL"

    vera = accounts.sign_in("Vera", PASSWORD, address="x")
    show(tab, hash_token(vera.token))
    await went_to(tab)

    shown = await tab.get_state(SessionState)
    assert (await tab.get_state(Secrets)).holding == ""
    assert (shown.name, shown.role, shown.can_draw, shown.can_halt_all) == ("Vera", "viewer", False, False)


async def test_the_same_person_keeps_the_tab(process: Office) -> None:
    tab = a_tab(hash_token(process.token))
    await went_to(tab)
    (await tab.get_state(Secrets)).holding = "kept"

    await went_to(tab)

    assert (await tab.get_state(Secrets)).holding == "kept"


async def test_an_unchanged_session_sends_nothing(process: Office) -> None:
    tab = a_tab(hash_token(process.token))
    await went_to(tab)
    tab._clean()

    await went_to(tab)

    assert not (await tab.get_state(SessionState)).dirty_vars


async def test_a_handler_learns_who_acts(process: Office) -> None:
    tab = a_tab(hash_token(process.token))

    assert (await actor_of(tab)).name == NAME


async def test_signing_out_revokes_and_leaves(process: Office) -> None:
    tab = a_tab(hash_token(process.token))
    await went_to(tab)
    state = await tab.get_state(SessionState)

    left = await SessionState.event_handlers["sign_out"].fn(state)

    assert "code=signed-out" in str(left.args)
    assert await went_to(tab) == "/login?next=%2Fruns"
