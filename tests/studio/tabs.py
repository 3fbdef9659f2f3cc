"""A browser tab without a browser: the state tree of somebody who is signed in."""

from typing import TypeVar, cast

import reflex as rx
from reflex.state import State

from studio.api.door import SESSION_HEADER
from studio.services.accounts import hash_token
from tests.studio.conftest import Office

S = TypeVar("S", bound=rx.State)


def open_tab(office: Office, path: str = "/", **parameters: str) -> State:
    """Return the root of a new tab on a page, signed in as the office's admin."""
    tab = State(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]
    data = {
        "pathname": path, "asPath": path, "query": dict(parameters),
        "headers": {"origin": "http://studio.test", SESSION_HEADER: hash_token(office.token)},
    }  # fmt: skip
    tab.router_data = tab._update_router_vars(data, dict(tab.router_data))
    return tab


def state_of(tab: State, kind: type[S]) -> S:
    """Return one page's state in a tab."""
    return cast(S, tab.get_substate(kind.get_full_name().split(".")))
