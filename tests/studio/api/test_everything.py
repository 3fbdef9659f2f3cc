"""`/api/halt-everything`: one request, every desk, and a status to follow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from runtime.settings import Settings
from studio.api.app import create_api
from studio.api.auth import COOKIE
from studio.wiring import Container
from tasks.access import Role
from tasks.control.context import build_control
from tests.studio.api.conftest import HOST
from tests.studio.conftest import NAME, PASSWORD, Office
from tests.tasks.desk_rows import queued, under_way
from tests.tasks.desks import probe

ADDRESS = "/api/halt-everything"
BODY = {"reason": "Drill", "typed": "HALT"}


@pytest.fixture
def container(
    office: Office, clean_redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Container]:
    """A web process with Redis and one desk beside the workflows."""
    probe.install(monkeypatch)
    control = build_control(
        Settings(home=tmp_path, redis_url=clean_redis_url),
        database=office.container.database,
        clock=office.clock,
    )
    yield replace(office.container, settings=control.settings, control=control)
    control.redis.close()
    control.celery.close()


@pytest.fixture
def client(office: Office, container: Container) -> Iterator[TestClient]:
    """A signed-in browser."""
    with TestClient(create_api(container), base_url=HOST, headers={"Origin": HOST}) as client:
        client.cookies.set(COOKIE, office.token, domain="studio.test")
        yield client


def test_every_lane_answers_and_the_status_can_be_followed(client: TestClient, container: Container) -> None:
    waiting, running = queued(container.control, "paper"), under_way(container.control, "paper")

    answer = client.post(ADDRESS, json=BODY).json()

    assert (answer["kill_switch"], answer["proved"], answer["actor_name"]) == ("engaged", False, NAME)
    paper, workflows = answer["lanes"]
    assert (paper["desk"], paper["state"], paper["hit"]) == ("paper", "halting", 2)
    assert {run["run_id"]: run["state"] for run in paper["runs"]} == {waiting: "proved", running: "requested"}
    # Every flag is off here, and so is kill propagation: the lane says so, and nothing ran there.
    assert (workflows["state"], workflows["hit"]) == ("stopped", 0)
    assert "kill propagation is off" in workflows["refused"]
    assert client.get(f"{ADDRESS}/{answer['id']}").json() == answer


def test_the_word_has_to_be_typed_and_an_unknown_halt_is_not_found(client: TestClient) -> None:
    wrong = client.post(ADDRESS, json=BODY | {"typed": "halt"})
    missing = client.get(f"{ADDRESS}/nothing")

    assert (wrong.status_code, wrong.json()["field"]) == (422, "typed")
    assert missing.status_code == 404


def test_an_analyst_may_not(client: TestClient, container: Container, office: Office) -> None:
    accounts = container.accounts
    admin = accounts.sign_in(NAME, PASSWORD, address="x").actor
    accounts.create_account(admin, "Vera", PASSWORD, Role.ANALYST)
    client.cookies.clear()
    client.cookies.set(COOKIE, accounts.sign_in("Vera", PASSWORD, address="x").token, domain="studio.test")

    answer = client.post(ADDRESS, json=BODY)

    assert answer.status_code == 403
    assert "operator" in answer.json()["detail"]
