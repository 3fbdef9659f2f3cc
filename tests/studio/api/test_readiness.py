"""`/readyz`: ready only when everything that a request needs answers, and otherwise which part does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from studio.api.app import create_api
from tasks.control.context import Control, build_control
from tests.studio.api.conftest import HOST
from tests.studio.conftest import Office
from tests.tasks.broken_database import BrokenDatabase

NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def control(office: Office, clean_redis_url: str) -> Iterator[Control]:
    """The office with the Redis of the tests."""
    settings = office.container.settings.model_copy(update={"redis_url": clean_redis_url})
    control = build_control(settings, database=office.container.database, clock=office.clock)
    yield control
    control.redis.close()
    control.celery.close()


def ask(office: Office, control: Control) -> tuple[int, dict[str, Any]]:
    """Ask as a stranger, without a session."""
    container = replace(office.container, control=control)
    with TestClient(create_api(container), base_url=HOST) as stranger:
        answer = stranger.get("/readyz")
    return answer.status_code, answer.json()


def test_it_is_ready_when_every_part_answers(office: Office, control: Control) -> None:
    assert ask(office, control) == (200, {"status": "ready"})


def test_a_database_that_is_away_is_named_without_its_host(office: Office, control: Control) -> None:
    away: Control = replace(control, database=BrokenDatabase(control.database))  # pyright: ignore[reportArgumentType]

    status, told = ask(office, away)

    assert (status, told["code"]) == (503, "not-ready")
    assert told["problems"] == ["The database does not answer."]
    assert away.database.where not in str(told)


def test_a_redis_that_is_away_is_named(office: Office, control: Control) -> None:
    lonely = build_control(
        control.settings.model_copy(update={"redis_url": NOWHERE}),
        database=control.database,
        clock=control.clock,
    )

    status, told = ask(office, lonely)
    lonely.redis.close()

    assert (status, told["problems"]) == (503, ["Redis does not answer."])
    assert "127.0.0.1" not in str(told)


def test_a_schema_that_is_behind_is_not_ready(office: Office, control: Control) -> None:
    def at(revision: str) -> str:
        with control.database.write() as session:
            before = session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
            session.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": revision})
        return str(before)

    head = at("0046_workflow_versioning")
    try:
        status, told = ask(office, control)
    finally:
        at(head)

    assert status == 503
    assert told["problems"] == ["The database is not at the revision that this code needs."]
    assert ask(office, control)[0] == 200
