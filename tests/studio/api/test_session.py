from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from studio.api.auth import COOKIE
from studio.services.accounts import FAILURES_PER_NAME, hash_token
from tests.studio.conftest import NAME, PASSWORD, Office

RIGHT = {"name": NAME, "password": PASSWORD}
WRONG = {"name": NAME, "password": "wrong password"}


def the_cookie(response: Response) -> str:
    cookies = [value for value in response.headers.get_list("set-cookie") if value.startswith(COOKIE)]
    assert len(cookies) == 1
    return cookies[0]


def query(response: Response) -> dict[str, list[str]]:
    return parse_qs(urlsplit(response.headers["location"]).query)


def test_signing_in_with_json_sets_a_cookie_out_of_reach(stranger: TestClient) -> None:
    answer = stranger.post("/api/session", json=RIGHT)

    assert answer.status_code == 200
    assert answer.json() == {"name": NAME, "role": "admin"}
    cookie = the_cookie(answer)
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Secure" not in cookie  # over plain HTTP a secure cookie would never come back


def test_over_tls_the_cookie_is_secure(stranger: TestClient) -> None:
    answer = stranger.post("/api/session", json=RIGHT, headers={"X-Forwarded-Proto": "https"})

    assert "Secure" in the_cookie(answer)


def test_the_cookie_signs_in(stranger: TestClient) -> None:
    assert stranger.get("/api/session").status_code == 401

    stranger.post("/api/session", json=RIGHT)

    assert stranger.get("/api/session").json() == {"name": NAME, "role": "admin"}


def test_a_form_signs_in_and_goes_where_the_person_wanted(stranger: TestClient) -> None:
    answer = stranger.post("/api/session", data=RIGHT | {"next": "/runs/abc?tab=x"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/runs/abc?tab=x")
    assert the_cookie(answer)


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/a\\b",
        "javascript:alert(1)",
        "/a\r\nb",
        "",
    ],
)
def test_a_form_never_sends_anybody_to_another_site(stranger: TestClient, address: str) -> None:
    answer = stranger.post("/api/session", data=RIGHT | {"next": address})

    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_a_refused_form_comes_back_with_the_reason_and_without_the_password(stranger: TestClient) -> None:
    answer = stranger.post("/api/session", data=WRONG | {"next": "/runs"})

    assert answer.status_code == 303
    assert query(answer) == {"next": ["/runs"], "code": ["sign-in-refused"], "name": [NAME]}
    assert "set-cookie" not in answer.headers


def test_refused_json_is_a_problem(stranger: TestClient) -> None:
    answer = stranger.post("/api/session", json=WRONG)

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "sign-in-refused"


def test_too_many_attempts_say_when_to_come_back(stranger: TestClient) -> None:
    for _ in range(FAILURES_PER_NAME):
        stranger.post("/api/session", json=WRONG)

    answer = stranger.post("/api/session", json=RIGHT)

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "900")


def test_signing_out_ends_the_session_and_the_cookie(browser: TestClient, office: Office) -> None:
    answer = browser.delete("/api/session")

    assert answer.status_code == 204
    assert "Max-Age=0" in the_cookie(answer)
    assert office.container.accounts.actor(hash_token(office.token)) is None


def test_nobody_signs_out_without_a_session(stranger: TestClient) -> None:
    assert stranger.delete("/api/session").status_code == 401


def test_a_first_run_link_is_refused_once_there_is_an_account(stranger: TestClient) -> None:
    body = RIGHT | {"link": "whatever"}

    as_json = stranger.post("/api/session/first-run", json=body)
    as_form = stranger.post("/api/session/first-run", data=body)

    assert as_json.json()["code"] == "link-spent"
    assert query(as_form)["code"] == ["link-spent"]


def test_the_first_run_form_creates_the_admin(
    office: Office, stranger: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = office.container.accounts
    opened = accounts.sign_in(NAME, PASSWORD, address="x")

    def redeem(link: str, name: str, password: str, *, address: str, client: str) -> object:
        assert (link, name, password) == ("the-link", "Grace", PASSWORD)
        assert (address, client) == ("testclient", "testclient")
        return opened

    monkeypatch.setattr(accounts, "create_first_admin", redeem)
    answer = stranger.post(
        "/api/session/first-run", data={"link": "the-link", "name": "Grace", "password": PASSWORD}
    )

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert opened.token in the_cookie(answer)


@pytest.mark.parametrize(
    ("content", "content_type", "code"),
    [
        (b'{"name": ', "application/json", "malformed-json"),
        (b"[]", "application/json", "invalid-value"),
        (b'{"name": "Ada"}', "application/json", "invalid-value"),
        (b'{"name": 3, "password": "x"}', "application/json", "invalid-value"),
        (b"name=Ada", "application/x-www-form-urlencoded", "invalid-value"),
        (b"\xff\xfe", "application/json", "malformed-json"),
        (b"a=1&" * 64, "application/x-www-form-urlencoded", "invalid-value"),
    ],
)
def test_a_body_that_is_none_is_a_problem(
    stranger: TestClient, content: bytes, content_type: str, code: str
) -> None:
    answer = stranger.post("/api/session", content=content, headers={"Content-Type": content_type})

    assert 400 <= answer.status_code < 500
    assert answer.json()["code"] == code


def test_a_problem_does_not_repeat_what_was_sent(stranger: TestClient) -> None:
    answer = stranger.post("/api/session", json={"name": 1, "password": ["swordfish-swordfish"]})

    assert answer.status_code == 422
    assert "swordfish" not in answer.text
