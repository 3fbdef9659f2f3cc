from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from studio.api.auth import COOKIE
from studio.api.door import PAGE_HEADERS, SESSION_HEADER, Door
from studio.services.accounts import hash_token
from tests.studio.api.conftest import HOST
from tests.studio.conftest import Office


async def echo(request: Request) -> JSONResponse:
    return JSONResponse({"ui": request.url.path})


async def socket(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_json(dict(websocket.headers))
    await websocket.close()


@pytest.fixture
def visitor(api: FastAPI, office: Office) -> Iterator[TestClient]:
    """A browser before the door; behind it the API, and a UI that tells what it was asked."""
    ui = Starlette(
        routes=[
            WebSocketRoute("/_event", socket),
            WebSocketRoute("/_event/", socket),
            Route("/{path:path}", echo, methods=["GET", "POST"]),
        ]
    )
    door = Door(api=api, ui=ui, is_live=lambda session: office.container.accounts.actor(session) is not None)
    with TestClient(door, base_url=HOST, follow_redirects=False) as client:
        yield client


def test_api_paths_go_to_the_api_and_the_rest_to_the_pages(visitor: TestClient) -> None:
    assert visitor.get("/healthz").json() == {"status": "ok"}
    assert visitor.get("/api/nothing").json()["code"] == "not-found"
    assert visitor.get("/openapi.json").status_code == 401
    assert visitor.get("/").json() == {"ui": "/"}
    assert visitor.get("/apiary").json() == {"ui": "/apiary/"}


def test_a_page_is_asked_for_as_a_folder_but_a_file_as_a_file(visitor: TestClient) -> None:
    assert visitor.get("/login?next=%2Fruns").json() == {"ui": "/login/"}
    assert visitor.get("/assets/app-x1.js").json() == {"ui": "/assets/app-x1.js"}
    assert visitor.get("/ping").json() == {"ui": "/ping"}


def test_pages_stay_out_of_frames_and_away_from_other_hosts(visitor: TestClient) -> None:
    headers = visitor.get("/login").headers

    assert {name: headers[name] for name in PAGE_HEADERS} == PAGE_HEADERS
    assert "http" not in PAGE_HEADERS["content-security-policy"]
    assert headers["cache-control"] == "no-cache"


def test_built_assets_are_kept_by_the_browser(visitor: TestClient) -> None:
    assert "immutable" in visitor.get("/assets/app-x1.js").headers["cache-control"]


@pytest.mark.parametrize("path", ["/_upload", "/_upload/secret.csv", "/_health", "/_all_routes"])
def test_the_other_endpoints_of_the_ui_are_for_members(
    visitor: TestClient, office: Office, path: str
) -> None:
    assert visitor.get(path).status_code == 401

    visitor.cookies.set(COOKIE, "made-up", domain="studio.test")
    assert visitor.get(path).status_code == 401

    visitor.cookies.set(COOKIE, office.token, domain="studio.test")
    assert visitor.get(path).status_code == 200


def test_an_upload_from_elsewhere_is_refused(visitor: TestClient, office: Office) -> None:
    visitor.cookies.set(COOKIE, office.token, domain="studio.test")

    assert visitor.post("/_upload").status_code == 401
    assert visitor.post("/_upload", headers={"Origin": "https://evil.example"}).status_code == 401
    assert visitor.post("/_upload", headers={"Origin": HOST}).status_code == 200


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "http://studio.test:81"])
def test_the_socket_opens_for_our_own_pages_only(visitor: TestClient, origin: str | None) -> None:
    headers = {} if origin is None else {"Origin": origin}

    with (
        pytest.raises(WebSocketDisconnect),
        visitor.websocket_connect("ws://studio.test/_event", headers=headers),
    ):
        pytest.fail("the handshake was accepted")


def test_no_other_socket_exists(visitor: TestClient) -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        visitor.websocket_connect("ws://studio.test/elsewhere", headers={"Origin": HOST}),
    ):
        pytest.fail("the handshake was accepted")


def test_the_ui_sees_the_hash_of_the_session_and_never_the_cookie(
    visitor: TestClient, office: Office
) -> None:
    headers = {"Origin": HOST, "Cookie": f"theme=dark; {COOKIE}={office.token}", SESSION_HEADER: "forged"}

    with visitor.websocket_connect("ws://studio.test/_event", headers=headers) as connection:
        seen = connection.receive_json()

    assert seen[SESSION_HEADER] == hash_token(office.token)
    assert "cookie" not in seen
    assert office.token not in str(seen)


def test_a_forged_session_header_is_dropped(visitor: TestClient, office: Office) -> None:
    forged = {"Origin": HOST, SESSION_HEADER: hash_token(office.token)}

    with visitor.websocket_connect("ws://studio.test/_event", headers=forged) as connection:
        assert SESSION_HEADER not in connection.receive_json()
