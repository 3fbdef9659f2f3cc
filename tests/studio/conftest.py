"""A web process without a server: database, clock, accounts and container, all real but the clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import reflex as rx
from argon2 import PasswordHasher

from persistence.database import Database
from runtime.settings import Settings
from studio.services.accounts import Accounts
from studio.wiring import Container, assemble
from tasks.access import Actor
from tasks.control.context import build_control
from tests.fakes import FakeClock

NAME, PASSWORD = "Ada Lovelace", "correct horse battery"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Same algorithm, little work: the tests hash often."""


@pytest.fixture
def clock() -> FakeClock:
    """Time that stands still until told."""
    return FakeClock()


@pytest.fixture
def accounts(database: Database, clock: FakeClock) -> Accounts:
    """Accounts on an empty database."""
    return Accounts(database, clock, hasher=QUICK)


@dataclass(frozen=True, kw_only=True)
class Office:
    """A container with one admin in it."""

    container: Container
    clock: FakeClock
    token: str
    """Of the admin's open session."""
    admin: Actor


@pytest.fixture
def office(database: Database, clock: FakeClock, tmp_path: Path) -> Iterator[Office]:
    """A web process in which the first account exists and is signed in."""
    control = build_control(Settings(home=tmp_path), database=database, clock=clock)
    container = assemble(control, hasher=QUICK)
    link = container.accounts.first_run_token()
    assert link
    signed_in = container.accounts.create_first_admin(link, NAME, PASSWORD)
    yield Office(container=container, clock=clock, token=signed_in.token, admin=signed_in.actor)
    control.redis.close()
    control.celery.close()


@pytest.fixture
def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let background handlers run on a plain state: it has no tab whose lock it could take."""

    async def enter(state: rx.State) -> rx.State:
        return state

    async def leave(*_: object) -> None:
        return None

    monkeypatch.setattr(rx.State, "__aenter__", enter, raising=False)
    monkeypatch.setattr(rx.State, "__aexit__", leave, raising=False)
