"""Who may change what on the screen: every event of every page, sent by every role.

What lets a role change nothing is shown by the statements that reach the database, not by what a button looks like.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import reflex as rx
from reflex.state import State

import studio.app  # noqa: F401  every page, so that every state is there
from persistence.database import open_database
from persistence.migrate import upgrade
from runtime.settings import Settings
from studio.wiring import assemble, serving
from tasks.access import Role
from tasks.control.context import build_control
from tasks.control.rollout import checks
from tasks.control.settings import open_local_rollout
from tests.fakes import FakeClock
from tests.studio.conftest import NAME, PASSWORD, QUICK, Office
from tests.studio.event_roles.scenes import SCENES
from tests.studio.event_roles.seat import Seat, may_any, writes

SAMPLES: dict[str, Any] = {
    "text": "x", "reason": "x", "typed": "HALT", "name": "x", "subject": "x", "query": "x", "action": "undo",
    "template": "nothing", "comment": "x", "title": "x", "tag": "x", "port": "x", "chosen": "x", "kind": "x",
    "node": "x", "edge": "x", "nodes": ["x"], "edges": ["x"], "at": {"x": 1.0, "y": 1.0, "left": 1.0, "top": 1.0},
    "release": {}, "wire": {}, "moves": [], "have": -1, "number": 1, "value": "x", "on": True, "is_open": True,
    "run_id": "x", "halt_id": "x", "transition_id": "x", "desk": "paper", "tab": "timeline", "status": "completed",
    "workflow": "x", "cron": "0 9 * * *", "every": "5", "unit": "hours", "timezone": "UTC", "misfire": "skip",
    "enabled": True, "naming": True, "asking": "create", "account_id": "x", "role": "viewer", "scope": "run",
    "is_chosen": True, "day": "2026-01-01", "actor": "x", "form": {}, "session_id": "x", "token_id": "x",
    "approve": True,
}  # fmt: skip
"""What is sent for a parameter of an event that is not acted out."""


REFUSALS = ("may not", "may halt runs only where you started them")


def states(parent: type[rx.State] = State) -> Iterator[type[rx.State]]:
    """All states of the product."""
    for child in parent.get_substates():
        if child.__module__.startswith("studio."):
            yield child
        yield from states(child)


EVENTS: dict[str, tuple[type[rx.State], str]] = {
    f"{kind.__name__}.{name}": (kind, name)
    for kind in states()
    for name in kind.event_handlers
    if name != "setvar"
}
ACTED = {label.partition(":")[0] for label in SCENES}
LOOKS = sorted(set(EVENTS) - ACTED)
"""What changes nothing but the tab that sends it, whoever sends it."""


@pytest.fixture
async def office(
    sqlite_url: str, clean_redis_url: str, tmp_path: Path, unlocked: None, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Office]:
    """A served installation with everything switched on, and checks of a flip that need no workers."""
    upgrade(sqlite_url)
    clock = FakeClock()
    settings = Settings(home=tmp_path, database_url=sqlite_url, redis_url=clean_redis_url)
    control = build_control(settings, database=open_database(sqlite_url), clock=clock)
    open_local_rollout(control)
    for name in checks._CHECKS:
        title, command, _ = checks._CHECKS[name]
        monkeypatch.setitem(checks._CHECKS, name, (title, command, lambda _c, _r: (True, "as told")))
    container = assemble(control, hasher=QUICK)
    link = container.accounts.first_run_token()
    assert link
    signed_in = container.accounts.create_first_admin(link, NAME, PASSWORD)
    async with serving(container):
        yield Office(container=container, clock=clock, token=signed_in.token, admin=signed_in.actor)


def test_every_scene_is_of_an_event_that_there_is() -> None:
    assert set(EVENTS) >= ACTED
    assert len(EVENTS) > 150


def test_no_helper_of_a_state_can_be_called_from_a_browser() -> None:
    unmarked = [
        label
        for label, (kind, name) in EVENTS.items()
        if not inspect.getsource(kind.event_handlers[name].fn).lstrip().startswith("@rx.event")
    ]

    assert unmarked == []


@pytest.mark.parametrize("label", sorted(SCENES))
async def test_who_may_changes_something_and_who_may_not_changes_nothing_and_is_told_why(
    office: Office, label: str
) -> None:
    scene = SCENES[label]

    for number, role in enumerate(Role):
        seat = Seat.take(office, role, number, scene.path)
        acting = scene.play(seat)
        await anext(acting)
        with writes() as written:
            async for _ in acting:
                pass
        if may_any(role, scene.needs):
            assert written, f"{role}: {seat.told}"
        else:
            assert written == [], role
            assert any(words in seat.heard() for words in REFUSALS), f"{role}: {seat.told}"


@pytest.mark.parametrize("label", LOOKS)
async def test_what_only_looks_changes_nothing_for_anybody(office: Office, label: str) -> None:
    kind, name = EVENTS[label]
    parameters = list(inspect.signature(kind.event_handlers[name].fn).parameters)[1:]

    for number, role in enumerate(Role):
        seat = Seat.take(office, role, number, "/studio/no-such-thing")
        with writes() as written:
            await seat.send(kind, name, *(SAMPLES[each] for each in parameters))

        assert written == [], role
