from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from studio.api.app import create_api
from studio.api.auth import COOKIE
from studio.services.accounts import FAILURES_PER_NAME
from tasks.access import Role
from tasks.control.context import Control
from tests.studio.api.conftest import HOST
from tests.studio.conftest import NAME, PASSWORD, Office
from tests.tasks.broken_database import BrokenDatabase

SWITCH = "/portfolio/kill_switch"
COLLEAGUE = "another sentence to keep"


@pytest.fixture
def office(office: Office, clean_redis_url: str) -> Iterator[Office]:
    """The office with a Redis of its own, and every flag off."""
    from tasks.control.context import build_control

    settings = office.container.settings.model_copy(update={"redis_url": clean_redis_url})
    control = build_control(settings, database=office.container.database, clock=office.clock)
    yield replace(office, container=replace(office.container, settings=settings, control=control))
    control.redis.close()
    control.celery.close()


def colleague(office: Office, api: FastAPI, role: Role) -> TestClient:
    """Return the browser of somebody else who is signed in."""
    accounts = office.container.accounts
    admin = accounts.sign_in(NAME, PASSWORD, address="test").actor
    accounts.create_account(admin, f"the {role}", COLLEAGUE, role)
    token = accounts.sign_in(f"the {role}", COLLEAGUE, address="test").token
    client = TestClient(api, base_url=HOST, headers={"Origin": HOST}, raise_server_exceptions=False)
    client.cookies.set(COOKIE, token, domain="studio.test")
    return client


def test_it_is_engaged_by_default_and_says_by_whom_and_why(browser: TestClient) -> None:
    answer = browser.post(SWITCH)

    assert answer.status_code == 200
    told = answer.json()
    assert (told["state"], told["engaged"], told["reason"], told["by"]) == ("engaged", True, "manual", NAME)
    assert told["source"] == {"row": True, "key": True}
    assert told["halted_count"] == 0
    assert browser.get(SWITCH).json() == {
        key: told[key] for key in ("state", "engaged", "reason", "by", "at", "source")
    }


def test_it_is_there_while_the_studio_is_off(browser: TestClient) -> None:
    assert browser.get("/workflows").status_code == 503

    assert browser.get(SWITCH).json()["engaged"] is False
    assert browser.post(SWITCH, json={"reason": "Storm", "engage": True}).status_code == 200
    assert browser.get(SWITCH).json()["reason"] == "Storm"


def test_releasing_takes_the_password(browser: TestClient) -> None:
    browser.post(SWITCH, json={"reason": "Storm"})

    without = browser.post(SWITCH, json={"engage": False, "reason": "Over"})
    wrong = browser.post(SWITCH, json={"engage": False, "reason": "Over", "password": "guess"})

    assert (without.status_code, without.json()["field"]) == (422, "password")
    assert (wrong.status_code, wrong.json()["code"]) == (403, "password-refused")
    assert "guess" not in wrong.text
    assert browser.get(SWITCH).json()["engaged"] is True
    answer = browser.post(SWITCH, json={"engage": False, "reason": "Over", "password": PASSWORD})
    assert (answer.status_code, answer.json()["state"], answer.json()["reason"]) == (200, "released", "Over")


def test_guessing_the_password_is_limited(browser: TestClient) -> None:
    browser.post(SWITCH, json={"reason": "Storm"})
    for _ in range(FAILURES_PER_NAME):
        browser.post(SWITCH, json={"engage": False, "password": "guess"})

    answer = browser.post(SWITCH, json={"engage": False, "password": PASSWORD})

    assert (answer.status_code, answer.json()["code"]) == (429, "too-many-attempts")
    assert browser.get(SWITCH).json()["engaged"] is True


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST])
def test_who_may_not_move_it_sees_it(office: Office, api: FastAPI, role: Role) -> None:
    client = colleague(office, api, role)

    assert client.post(SWITCH, json={"reason": "x"}).status_code == 403
    released = client.post(SWITCH, json={"engage": False, "password": COLLEAGUE})
    assert (released.status_code, released.json()["code"]) == (403, "access-denied")
    assert client.get(SWITCH).json()["state"] == "released"


def test_an_operator_engages_and_releases_it(office: Office, api: FastAPI) -> None:
    client = colleague(office, api, Role.OPERATOR)

    assert client.post(SWITCH, json={"reason": "Storm"}).json()["engaged"] is True
    answer = client.post(SWITCH, json={"engage": False, "password": COLLEAGUE})

    assert answer.json()["engaged"] is False


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"engage": "perhaps"}, "engage"),
        ({"reason": " "}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"force": True}, "force"),
    ],
)
def test_a_bad_request_names_its_field(browser: TestClient, body: dict[str, object], field: str) -> None:
    answer = browser.post(SWITCH, json=body)

    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert browser.get(SWITCH).json()["engaged"] is False


def test_what_cannot_be_read_is_unknown_and_not_released(office: Office) -> None:
    control = office.container.control
    away: Control = replace(control, database=BrokenDatabase(control.database))  # pyright: ignore[reportArgumentType]
    api = create_api(replace(office.container, control=away))
    with TestClient(api, base_url=HOST) as client:
        client.cookies.set(COOKIE, office.token, domain="studio.test")
        told = client.get(SWITCH).json()

    assert (told["state"], told["engaged"]) == ("unknown", None)
    assert told["source"] == {"row": None, "key": False}
