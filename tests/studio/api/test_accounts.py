"""Accounts over HTTP: an admin manages everybody, everybody manages their own, nobody more than that."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.studio.api.conftest import HOST
from tests.studio.conftest import NAME, PASSWORD, Office

OTHER = "a sentence for Grace"


def create(browser: TestClient, name: str = "Grace", role: str = "analyst") -> str:
    made = browser.post(
        "/api/accounts",
        json={"name": name, "password": OTHER, "role": role, "your_password": PASSWORD},
    )
    assert made.status_code == 201, made.text
    return made.json()["id"]


@pytest.fixture
def grace(api: FastAPI, browser: TestClient) -> TestClient:
    """A browser that an analyst has signed in with."""
    create(browser)
    client = TestClient(api, base_url=HOST, headers={"Origin": HOST, "User-Agent": "Lynx"})
    client.post("/api/session", json={"name": "Grace", "password": OTHER})
    return client


def test_an_admin_makes_lists_and_disables_accounts(browser: TestClient, grace: TestClient) -> None:
    [admin, made] = browser.get("/api/accounts").json()
    assert (admin["name"], made["name"], made["role"], made["sessions"]) == (NAME, "Grace", "analyst", 1)
    assert "password" not in str(made)

    promoted = browser.put(
        f"/api/accounts/{made['id']}/role",
        json={"role": "operator", "reason": "night desk", "your_password": PASSWORD},
    )
    assert promoted.json()["role"] == "operator"
    assert grace.get("/api/session").json()["role"] == "operator"

    disabled = browser.post(f"/api/accounts/{made['id']}/disable", json={"reason": "left"})
    assert disabled.json()["disabled_at"]
    assert grace.get("/api/session").status_code == 401
    refused = grace.post("/api/session", json={"name": "Grace", "password": OTHER})
    assert refused.json()["code"] == "account-disabled"

    back = {"reason": "back", "your_password": PASSWORD}
    assert browser.post(f"/api/accounts/{made['id']}/enable", json=back).json()["disabled_at"] is None
    reset = {"password": "another sentence", "reason": "forgot it", "your_password": PASSWORD}
    assert browser.put(f"/api/accounts/{made['id']}/password", json=reset).status_code == 204
    assert (
        grace.post("/api/session", json={"name": "Grace", "password": "another sentence"}).status_code == 200
    )


def test_a_missing_or_wrong_password_of_ones_own_is_refused_by_its_field(browser: TestClient) -> None:
    body = {"name": "Grace", "password": OTHER, "role": "analyst"}

    missing = browser.post("/api/accounts", json={**body, "your_password": ""})
    wrong = browser.post("/api/accounts", json={**body, "your_password": "a guess"})

    assert (missing.status_code, missing.json()["field"]) == (422, "your_password")
    assert (wrong.status_code, wrong.json()["code"]) == (403, "password-refused")
    assert len(browser.get("/api/accounts").json()) == 1


def test_the_last_admin_cannot_be_disabled(browser: TestClient, office: Office) -> None:
    answer = browser.post(f"/api/accounts/{office.admin.id}/disable", json={"reason": "so long"})

    assert (answer.status_code, answer.json()["code"]) == (422, "last-admin")


def test_everybody_sees_and_ends_their_own_sessions_and_changes_their_own_password(
    browser: TestClient, grace: TestClient, api: FastAPI
) -> None:
    mine = next(one for one in browser.get("/api/accounts").json() if one["name"] == "Grace")
    assert grace.get(f"/api/accounts/{mine['id']}").json()["role"] == "analyst"
    second = TestClient(api, base_url=HOST, headers={"Origin": HOST, "User-Agent": "Firefox"})
    second.post("/api/session", json={"name": "Grace", "password": OTHER})
    listed = grace.get(f"/api/accounts/{mine['id']}/sessions").json()
    assert {one["client"] for one in listed} == {"Lynx", "Firefox"}

    other = next(one for one in listed if one["client"] == "Firefox")
    assert grace.delete(f"/api/sessions/{other['id']}").status_code == 204
    assert second.get("/api/session").status_code == 401
    wrong = grace.put("/api/session/password", json={"password": "another one!", "your_password": "a guess"})
    assert wrong.status_code == 403
    changed = grace.put(
        "/api/session/password", json={"password": "another sentence", "your_password": OTHER}
    )
    assert changed.status_code == 204
    assert grace.get("/api/session").status_code == 200


def test_nobody_looks_into_the_account_of_another(
    browser: TestClient, grace: TestClient, office: Office
) -> None:
    for answer in (
        grace.get("/api/accounts"),
        grace.get(f"/api/accounts/{office.admin.id}"),
        grace.get(f"/api/accounts/{office.admin.id}/sessions"),
        grace.post(f"/api/accounts/{office.admin.id}/disable", json={"reason": "a coup"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "access-denied")
    assert browser.get("/api/accounts/nobody").status_code == 404
