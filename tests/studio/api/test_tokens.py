"""Tokens over HTTP: made by a person, used without a cookie and without an origin, and refused when they are no good."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.studio.api.conftest import HOST


def test_a_token_works_without_cookie_and_origin_and_within_its_scopes(
    browser: TestClient, api: FastAPI
) -> None:
    made = browser.post("/api/tokens", json={"name": "nightly", "scopes": ["halt"], "days": 1}).json()
    assert made["scopes"] == ["read", "halt"]
    with TestClient(api, base_url=HOST, headers={"Authorization": f"Bearer {made['secret']}"}) as program:
        assert program.get("/api/session").json()["name"]
        assert program.post("/api/desks/nothing/halt").status_code == 404
        denied = program.post("/api/settings/revert", json={"reason": "why"})
        again = program.post("/api/tokens", json={"name": "child"})
        listed = browser.get("/api/tokens").json()
        browser.delete(f"/api/tokens/{made['id']}")
        after = program.get("/api/session")

    assert (denied.status_code, denied.json()["code"]) == (403, "access-denied")
    assert "scope 'settings'" in denied.json()["detail"]
    assert again.status_code == 403
    assert "secret" not in listed[0]
    assert listed[0]["last_used_at"] is not None
    assert after.status_code == 401


def test_a_bad_token_is_not_hidden_by_a_good_cookie(browser: TestClient) -> None:
    answer = browser.get("/api/session", headers={"Authorization": "Bearer ast_unknown"})

    assert (answer.status_code, answer.json()["code"]) == (401, "sign-in-required")
