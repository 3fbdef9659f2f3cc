"""The real app, spoken to over a real socket as a browser would, with and without a session."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from reflex_base.environment import environment
from starlette.testclient import TestClient, WebSocketTestSession

from persistence.database import open_database
from persistence.migrate import upgrade
from studio.api.auth import COOKIE
from studio.services.accounts import Accounts
from tests.fakes import FakeClock
from tests.studio.conftest import NAME, PASSWORD, QUICK

HOST = "http://studio.test"
TOKEN = "4d9c6a1e-7a54-4f3e-9f0c-1f6b7a3f2c11"
HYDRATE = "reflex___state____state.hydrate_and_load"


@pytest.fixture
def home(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("ALPHASWARM_HOME", str(tmp_path))
    monkeypatch.setenv("ALPHASWARM_DATABASE_URL", sqlite_url)
    upgrade(sqlite_url)
    return sqlite_url


@pytest.fixture
def session_token(home: str) -> str:
    """An open session of the admin. Its clock is the wall's: the app has its own."""
    database = open_database(home)
    clock = FakeClock()
    clock.advance((_now() - clock.now()).total_seconds())
    accounts = Accounts(database, clock, hasher=QUICK)
    link = accounts.first_run_token()
    assert link
    token = accounts.create_first_admin(link, NAME, PASSWORD).token
    database.dispose()
    return token


def _now() -> Any:
    from datetime import UTC, datetime

    return datetime.now(UTC)


@pytest.fixture
def server(home: str) -> Iterator[TestClient]:
    """The ASGI app of the product, with its lifespan, without a compiled front end."""
    environment.REFLEX_SKIP_COMPILE.set(True)
    from studio.app import app

    with TestClient(app(), base_url=HOST) as client:
        yield client
    environment.REFLEX_SKIP_COMPILE.set(None)


def connect(server: TestClient, cookie: str = "") -> WebSocketTestSession:
    headers = {"Origin": HOST, "Upgrade": "websocket", **({"Cookie": f"{COOKIE}={cookie}"} if cookie else {})}
    return server.websocket_connect(
        f"ws://studio.test/_event/?EIO=4&transport=websocket&token={TOKEN}", headers=headers
    )


def greet(socket: WebSocketTestSession) -> None:
    assert socket.receive_text().startswith("0{")
    socket.send_text("40/_event,")
    assert socket.receive_text().startswith("40/_event,")


def ask(socket: WebSocketTestSession, name: str, path: str = "/runs") -> dict[str, Any]:
    event = {
        "token": TOKEN,
        "name": name,
        "payload": {},
        "router_data": {"pathname": path, "asPath": path, "query": {}},
    }
    socket.send_text(f"42/_event,{json.dumps(['event', event])}")
    kind, update = json.loads(socket.receive_text().removeprefix("42/_event,"))
    assert kind == "event"
    return update


def test_a_stranger_gets_a_redirect_and_no_state(server: TestClient) -> None:
    with connect(server) as socket:
        greet(socket)
        update = ask(socket, HYDRATE)

    assert "delta" not in update
    assert [event["name"] for event in update["events"]] == ["_redirect"]
    assert update["events"][0]["payload"]["path"] == "/login?next=%2Fruns"


def test_a_member_gets_the_state_of_their_tab(session_token: str, server: TestClient) -> None:
    with connect(server, session_token) as socket:
        greet(socket)
        update = ask(socket, HYDRATE)

    session = next(value for key, value in update["delta"].items() if key.endswith("session_state"))
    assert next(value for key, value in session.items() if key.startswith("name")) == NAME
    assert session_token not in json.dumps(update)


@pytest.mark.parametrize("path", ["/api/session", "/openapi.json"])
def test_the_api_answers_on_the_same_port(server: TestClient, path: str) -> None:
    assert server.get(path).json()["code"] == "sign-in-required"


def test_the_process_says_that_it_lives(server: TestClient) -> None:
    assert server.get("/healthz").json() == {"status": "ok"}
    assert server.get("/ping").json() == "pong"
