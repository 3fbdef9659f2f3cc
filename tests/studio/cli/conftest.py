"""The command line against a real SQLite and a real Redis, named by the environment as a person would."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from persistence.accounts import AccountRepository
from persistence.database import Database
from runtime.ids import UserId
from runtime.library import shipped
from runtime.settings import FLAGS, Settings, environment_name
from studio.cli.app import app
from tasks.access import Actor, Role
from tasks.control.context import Control, build_control
from tasks.control.settings import open_local_rollout
from tasks.control.specs import create_workflow
from tests.conftest import Backend
from tests.studio.conftest import PASSWORD, QUICK

WORKFLOW = "research.debate_fusion"


class Shell:
    """Runs commands in this process."""

    def __call__(self, *arguments: str, typed: str | None = None) -> Result:
        """Run a command; what is unforeseen fails the test."""
        result = CliRunner().invoke(app, list(arguments), input=typed)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def json(self, *arguments: str) -> Any:
        """Run a command that is done, and return what it prints as JSON."""
        result = self(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


@pytest.fixture
def shell() -> Shell:
    return Shell()


@pytest.fixture
def here(
    database_of: Callable[[Backend], Database],
    migrated: Callable[[Backend], str],
    clean_redis_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Control]:
    """The installation that the environment names: the local rollout is on, with an admin, an analyst and a viewer."""
    url = migrated("sqlite")
    database = database_of("sqlite")
    for name in (*map(environment_name, FLAGS), "ALPHASWARM_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ALPHASWARM_HOME", str(tmp_path))
    monkeypatch.setenv("ALPHASWARM_DATABASE_URL", url)
    monkeypatch.setenv("ALPHASWARM_REDIS_URL", clean_redis_url)
    control = build_control(Settings(), database=database)
    open_local_rollout(control)
    yield control
    control.redis.close()
    control.celery.close()


@pytest.fixture
def admin(here: Control) -> Actor:
    return _account(here, "ada", Role.ADMIN)


@pytest.fixture
def viewer(here: Control) -> Actor:
    return _account(here, "vic", Role.VIEWER)


@pytest.fixture
def workflow(here: Control, admin: Actor) -> str:
    """A saved workflow of the gallery."""
    [entry] = [entry for entry in shipped() if entry.spec.name == WORKFLOW]
    create_workflow(here, admin, entry.spec.dump(), entry.layout)
    return WORKFLOW


def _account(control: Control, name: str, role: Role) -> Actor:
    with control.database.write() as session:
        user = AccountRepository(session).create_user(
            name=name, role=role.value, password_hash=QUICK.hash(PASSWORD), now=control.clock.now()
        )
    return Actor(id=UserId(user.id), name=name, role=role)
