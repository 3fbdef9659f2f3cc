from __future__ import annotations

import csv
import io

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from studio.api.auth import COOKIE
from tasks.access import Role
from tests.studio.conftest import NAME, PASSWORD, Office


def test_entries_come_newest_first_a_page_at_a_time(browser: TestClient, office: Office) -> None:
    accounts = office.container.accounts
    admin = accounts.sign_in(NAME, PASSWORD, address="test").actor
    for number in (1, 2):
        accounts.create_account(admin, f"new {number}", "a sentence to keep", Role.VIEWER)

    first = browser.get("/api/audit", params={"action": "account.create", "limit": 2}).json()
    second = browser.get(
        "/api/audit", params={"action": "account.create", "before": first["next_before"]}
    ).json()

    assert [entry["target"] for entry in first["entries"]] == ["new 2", "new 1"]
    (oldest,) = second["entries"]
    assert (oldest["target"], oldest["reason"], oldest["actor_name"]) == (NAME, "first-run link", NAME)
    assert oldest["detail"]["role"] == "admin"
    assert second["next_before"] is None


def test_the_csv_is_a_file_of_the_entries_that_fit(browser: TestClient) -> None:
    answer = browser.get("/api/audit.csv", params={"text": "first-run"})

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["action"], row["target"]) == ("account.create", NAME)
    assert len(browser.get("/api/audit.csv", params={"text": "nothing"}).text.splitlines()) == 1


@pytest.mark.parametrize("path", ["/api/audit", "/api/audit.csv"])
@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"from": "2024-01-02T00:00:00"}, "from"),
        ({"to": "yesterday"}, "to"),
        ({"from": "2024-01-02T00:00:00Z", "to": "2024-01-01T00:00:00Z"}, "from"),
        ({"before": "0"}, "before"),
        ({"text": "x" * 201}, "text"),
    ],
)
def test_a_bad_filter_is_named(browser: TestClient, path: str, params: dict[str, str], field: str) -> None:
    answer = browser.get(path, params=params)

    assert (answer.status_code, answer.json()["field"]) == (422, field)


@pytest.mark.parametrize("path", ["/api/audit", "/api/audit.csv"])
def test_it_is_for_those_who_may_read_it(api: FastAPI, office: Office, path: str) -> None:
    accounts = office.container.accounts
    admin = accounts.sign_in(NAME, PASSWORD, address="test").actor
    accounts.create_account(admin, "Vic", "a sentence to keep", Role.ANALYST)
    token = accounts.sign_in("Vic", "a sentence to keep", address="test").token
    with TestClient(api, base_url="http://studio.test") as client:
        client.cookies.set(COOKIE, token, domain="studio.test")
        answer = client.get(path)

    assert (answer.status_code, answer.json()["code"]) == (403, "access-denied")
