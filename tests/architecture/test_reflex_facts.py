"""Facts of Reflex 0.10.1 that our code rests on; an upgrade that changes one fails here by name."""

from dataclasses import dataclass
from typing import Any, TypedDict

import pytest
import reflex as rx
from reflex.app import App
from reflex.middleware.middleware import Middleware
from reflex.state import State, StateUpdate
from reflex_base.environment import environment
from reflex_base.event.processor.base_state_processor import (
    BaseStateEventProcessor,
    _transform_event_payload,
)
from reflex_base.registry import RegistrationContext
from starlette.testclient import TestClient


class Wire(TypedDict):
    source: str


@dataclass
class Move:
    id: str


class Watching(rx.State):
    """A state with a background handler and one that asks for another state."""

    seen: int = 0

    @rx.event(background=True, supersedes=True)
    async def follow(self) -> str:
        return "followed"

    @rx.event
    async def visit(self) -> int:
        other = await self.get_state(Elsewhere)
        other.visits += 1
        return other.visits


class Elsewhere(rx.State):
    """Another page's state."""

    visits: int = 0


def test_event_arguments_are_only_half_converted() -> None:
    hints = {"wire": Wire, "move": Move, "moves": list[Move]}
    sent = {"wire": {"source": "a"}, "move": {"id": "a"}, "moves": [{"id": "a"}]}

    got = _transform_event_payload(sent, hints)

    assert type(got["wire"]) is dict
    assert got["move"] == Move("a")
    assert got["moves"] == [{"id": "a"}]  # a list of dataclasses stays a list of dicts


def test_the_exception_handlers_parameter_must_be_called_exception() -> None:
    def wrong(error: Exception) -> None:
        del error

    class Checked:
        frontend_exception_handler = staticmethod(rx.app.default_frontend_exception_handler)
        backend_exception_handler = staticmethod(wrong)

    with pytest.raises(ValueError, match="`exception`"):
        App._validate_exception_handlers(Checked())  # pyright: ignore[reportArgumentType]


async def test_a_background_handler_refuses_a_direct_call() -> None:
    state = await State(_reflex_internal_init=True).get_state(Watching)  # pyright: ignore[reportCallIssue]

    with pytest.raises(RuntimeError, match="background"):
        await state.follow()


async def test_a_background_handler_is_tested_through_its_function() -> None:
    state = await State(_reflex_internal_init=True).get_state(Watching)  # pyright: ignore[reportCallIssue]

    assert Watching.event_handlers["follow"].is_background
    assert await Watching.event_handlers["follow"].fn(state) == "followed"


async def test_a_handler_that_asks_for_another_state_needs_the_whole_tree() -> None:
    root = State(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]

    assert await Watching.event_handlers["visit"].fn(await root.get_state(Watching)) == 1
    with pytest.raises(LookupError):
        await Watching.event_handlers["visit"].fn(Watching(_reflex_internal_init=True))  # pyright: ignore[reportCallIssue]


def test_middleware_is_asked_before_anything_else_happens_to_an_event() -> None:
    import inspect

    body = inspect.getsource(BaseStateEventProcessor._execute_event)

    asked = body.index("self.middleware._preprocess(state, event)")
    assert asked < body.index("await self._rehydrate(")
    assert asked < body.index("await process_event(")


async def test_an_update_of_the_middleware_ends_the_event() -> None:
    class Stop(Middleware):
        async def preprocess(self, app: Any, state: Any, event: Any) -> StateUpdate | None:
            return StateUpdate()

    class Never(Middleware):
        async def preprocess(self, app: Any, state: Any, event: Any) -> StateUpdate | None:
            pytest.fail("asked after an answer was given")

    class Chain:
        _middlewares = (Stop(), Never())

    state: Any = None
    assert await App._preprocess(Chain(), state, state) == StateUpdate()  # pyright: ignore[reportArgumentType]


def test_the_lifespan_of_a_mounted_api_does_not_run_but_registered_ones_do() -> None:
    from contextlib import asynccontextmanager

    from fastapi import FastAPI

    entered: list[str] = []

    @asynccontextmanager
    async def inner(_app: FastAPI) -> Any:
        entered.append("api")
        yield

    @asynccontextmanager
    async def registered() -> Any:
        entered.append("registered")
        yield

    # One process holds one app per registration context, and other tests load the product's.
    context = RegistrationContext.set(RegistrationContext.ensure_context().fork())
    environment.REFLEX_SKIP_COMPILE.set(True)
    try:
        app = rx.App(api_transformer=FastAPI(lifespan=inner))
        app.register_lifespan_task(registered)
        with TestClient(app()):
            assert entered == ["registered"]
    finally:
        environment.REFLEX_SKIP_COMPILE.set(None)
        RegistrationContext.reset(context)
