"""A `Control` over a real database with the local rollout on, and people who use it."""

from collections.abc import Iterator

import pytest

from persistence.accounts import AccountRepository
from persistence.database import Database
from runtime.ids import UserId
from runtime.settings import Settings
from tasks.access import Actor, Role
from tasks.control.context import Control, build_control
from tasks.control.settings import open_local_rollout


@pytest.fixture
def control(database: Database, clean_redis_url: str) -> Iterator[Control]:
    """Everything that control functions use, on an empty database."""
    built = build_control(Settings(redis_url=clean_redis_url), database=database)
    open_local_rollout(built)
    yield built
    built.close()


@pytest.fixture
def analyst(control: Control) -> Actor:
    """Somebody who draws and runs; has an account, since workflows have owners."""
    return _account(control, "ann", Role.ANALYST)


@pytest.fixture
def viewer(control: Control) -> Actor:
    """Somebody who may only look."""
    return _account(control, "vic", Role.VIEWER)


def _account(control: Control, name: str, role: Role) -> Actor:
    with control.database.write() as session:
        user = AccountRepository(session).create_user(
            name=name, role=role.value, password_hash="x", now=control.clock.now()
        )
    return Actor(id=UserId(user.id), name=name, role=role)
