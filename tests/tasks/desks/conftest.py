"""A worker process's parts in the test's own process, with the desks of the product."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from persistence.accounts import AccountRepository
from persistence.database import Database
from runtime.settings import Settings
from tasks.access import Actor, Role
from tasks.control.context import Control, build_control
from tasks.halt.keys import EPOCH_KEY
from tasks.worker.process import WorkerProcess
from tests.conftest import Backend


@pytest.fixture
def control(
    database_of: Callable[[Backend], Database], clean_redis_url: str, tmp_path: Path
) -> Iterator[Control]:
    """What fronts use, without a worker."""
    built = build_control(Settings(home=tmp_path, redis_url=clean_redis_url), database=database_of("sqlite"))
    yield built
    built.close()


@pytest.fixture
def process(control: Control, migrated: Callable[[Backend], str]) -> Iterator[WorkerProcess]:
    """A worker on the same database and Redis."""
    settings = control.settings.model_copy(
        update={"database_url": migrated("sqlite"), "run_lease_seconds": 2.0}
    )
    made = WorkerProcess(settings)
    made.control.redis.set(EPOCH_KEY, "now")
    yield made
    made.close()


@pytest.fixture
def ann(control: Control) -> Actor:
    """An analyst with an account."""
    return account(control, "ann", Role.ANALYST)


@pytest.fixture
def ops(control: Control) -> Actor:
    """An operator with an account."""
    return account(control, "ops", Role.OPERATOR)


def account(control: Control, name: str, role: Role) -> Actor:
    with control.database.write() as session:
        user = AccountRepository(session).create_user(
            name=name, role=role.value, password_hash="-", now=control.clock.now()
        )
    return Actor(id=user.id, name=user.name, role=role)
