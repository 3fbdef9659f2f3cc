from collections.abc import Iterator
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, Path
from fastapi.testclient import TestClient
from pydantic import BaseModel

from runtime import errors
from studio.api.app import PUBLIC
from studio.api.auth import allowed
from studio.api.failure import STATUS, status_of
from studio.api.guards import BODY_MAX
from tasks.access import Actor, Permission, Role
from tests.studio.api.conftest import HOST
from tests.studio.conftest import PASSWORD, Office


class Order(BaseModel):
    quantity: float


def all_errors(base: type[errors.StudioError] = errors.StudioError) -> Iterator[type[errors.StudioError]]:
    yield base
    for child in base.__subclasses__():
        yield from all_errors(child)


@pytest.fixture
def trouble(api: FastAPI, browser: TestClient) -> TestClient:
    """The API with routes that fail in chosen ways."""

    def broken() -> None:
        raise RuntimeError("the password is hunter2")

    def refused() -> None:
        raise errors.NotFound("workflow", "momentun", known=["momentum"])

    def drawing() -> None:
        raise errors.DrawingRefused(("Node 'a' has no input.", "Node 'b' is never reached."))

    def order(body: Order, number: Annotated[int, Path(ge=1)]) -> Order:
        del number
        return body

    api.add_api_route("/api/trouble/broken", broken, methods=["GET"])
    api.add_api_route("/api/trouble/refused", refused, methods=["GET"])
    api.add_api_route("/api/trouble/drawing", drawing, methods=["GET"])
    api.add_api_route("/api/trouble/order/{number}", order, methods=["POST"])
    return browser


def test_every_error_class_has_a_status_of_its_own_or_of_a_parent() -> None:
    assert {status_of(cls.__new__(cls)).value for cls in all_errors()} <= {
        400,
        401,
        403,
        404,
        409,
        413,
        422,
        429,
        500,
        503,
    }
    assert errors.StudioError in STATUS


def test_a_wrong_name_names_the_nearest(trouble: TestClient) -> None:
    answer = trouble.get("/api/trouble/refused")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:alphaswarm:problem:not-found",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no workflow 'momentun'. Did you mean 'momentum'?",
        "code": "not-found",
    }


def test_a_refused_drawing_lists_its_problems(trouble: TestClient) -> None:
    body = trouble.get("/api/trouble/drawing").json()

    assert (body["status"], body["field"]) == (422, "params.graph")
    assert body["problems"] == ["Node 'a' has no input.", "Node 'b' is never reached."]


def test_an_unforeseen_error_tells_the_client_nothing(trouble: TestClient) -> None:
    answer = trouble.get("/api/trouble/broken")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal-error")
    assert "hunter2" not in answer.text
    assert "Traceback" not in answer.text


def test_every_wrong_field_is_named(trouble: TestClient) -> None:
    body = trouble.post("/api/trouble/order/0", json={"quantity": "many"}).json()

    assert (body["status"], body["code"]) == (422, "invalid-value")
    assert {item["field"] for item in body["errors"]} == {"number", "quantity"}
    assert body["field"] == "number"


def test_malformed_json_is_said_to_be_that(trouble: TestClient) -> None:
    answer = trouble.post(
        "/api/trouble/order/1", content=b'{"quantity": ', headers={"Content-Type": "application/json"}
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed-json")


def test_an_unknown_path_is_a_problem_and_no_page(browser: TestClient) -> None:
    answer = browser.get("/api/no/such/thing")

    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert answer.json()["detail"] == "There is nothing at /api/no/such/thing."


def test_a_wrong_method_says_which_are_right(browser: TestClient) -> None:
    answer = browser.put("/api/session", json={})

    assert (answer.status_code, answer.json()["code"]) == (405, "method-not-allowed")
    assert answer.headers["allow"]


def test_a_body_of_ten_megabytes_is_refused(browser: TestClient) -> None:
    answer = browser.post("/api/session", content=b"x" * 10 * 1024 * 1024)

    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


def test_a_body_that_hides_its_length_is_refused_too(browser: TestClient) -> None:
    def drip() -> Iterator[bytes]:
        for _ in range(BODY_MAX // 65536 + 2):
            yield b"x" * 65536

    assert browser.post("/api/session", content=drip()).status_code == 413


def test_a_body_just_within_the_limit_arrives(trouble: TestClient) -> None:
    padding = " " * (BODY_MAX - len('{"quantity": 1}'))

    answer = trouble.post(
        "/api/trouble/order/1",
        content=f'{{"quantity": 1}}{padding}'.encode(),
        headers={"Content-Type": "application/json"},
    )

    assert answer.json() == {"quantity": 1.0}


@pytest.mark.parametrize(
    "origin", [None, "null", "https://evil.example", f"{HOST}.evil.example", "http://studio.test:81"]
)
@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT", "PATCH"])
def test_a_change_from_elsewhere_is_refused(browser: TestClient, method: str, origin: str | None) -> None:
    del browser.headers["Origin"]
    headers = {} if origin is None else {"Origin": origin}

    answer = browser.request(method, "/api/session", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (403, "foreign-origin")


def test_reading_needs_no_origin(browser: TestClient) -> None:
    del browser.headers["Origin"]

    assert browser.get("/api/session").status_code == 200


def test_nothing_but_the_public_paths_answers_a_stranger(api: FastAPI, stranger: TestClient) -> None:
    paths = [(method.upper(), path) for path, item in api.openapi()["paths"].items() for method in item]
    asked = [*paths, ("GET", "/openapi.json")]

    answered = {
        (method, path)
        for method, path in asked
        if stranger.request(method, path.replace("{", "").replace("}", "")).status_code != 401
    }

    assert len(asked) > len(PUBLIC)
    assert answered == PUBLIC


def test_the_description_of_the_api_is_complete_and_for_members(browser: TestClient) -> None:
    described = browser.get("/openapi.json").json()

    assert described["info"]["title"] == "AlphaSwarm Studio"
    assert "Problem" in described["components"]["schemas"]


def test_a_route_asks_for_a_permission(api: FastAPI, office: Office, browser: TestClient) -> None:
    accounts = office.container.accounts
    admin = accounts.sign_in("Ada Lovelace", PASSWORD, address="x").actor
    accounts.create_account(admin, "Vera", PASSWORD, Role.VIEWER)

    def settings(actor: Annotated[Actor, Depends(allowed(Permission.SETTINGS))]) -> str:
        return actor.name

    api.add_api_route("/api/trouble/settings", settings, methods=["GET"])
    as_admin = browser.get("/api/trouble/settings")
    browser.post("/api/session", json={"name": "Vera", "password": PASSWORD})
    as_viewer = browser.get("/api/trouble/settings")

    assert as_admin.json() == "Ada Lovelace"
    assert (as_viewer.status_code, as_viewer.json()["code"]) == (403, "access-denied")
