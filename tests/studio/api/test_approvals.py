"""Answering over HTTP: who may, once, and what everybody sees of it."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from tasks.control.settings import open_local_rollout
from tests.fakes import EPOCH
from tests.studio.conftest import Office
from tests.tasks.runs import budget_question, question, waiting


@pytest.fixture
def client(browser: TestClient, office: Office) -> TestClient:
    """A signed-in admin with the rollout on."""
    open_local_rollout(office.container.control)
    return browser


def test_what_waits_is_listed_and_seen_in_its_run(client: TestClient, office: Office) -> None:
    run_id = waiting(office.container.control.database, EPOCH, question(who="admin"))

    (listed,) = client.get("/workflows/approvals").json()

    assert (listed["run_id"], listed["node_id"], listed["question"]) == (run_id, "ask", "Go?")
    assert (listed["state"], listed["who"], listed["may_answer"]) == ("pending", "admin", True)
    run = client.get(f"/workflows/runs/{run_id}").json()
    assert (run["status"], run["approvals"]) == ("waiting", [listed])
    assert [each["id"] for each in client.get("/workflows/runs", params={"status": "waiting"}).json()] == [
        run_id
    ]


def test_a_question_is_answered_once(client: TestClient, office: Office) -> None:
    run_id = waiting(office.container.control.database, EPOCH)
    path = f"/workflows/runs/{run_id}/approvals/ask"

    answered = client.post(path, json={"approve": False, "comment": "too much"})
    again = client.post(path, json={"approve": True})

    assert (answered.status_code, answered.json()["state"], answered.json()["comment"]) == (
        200,
        "rejected",
        "too much",
    )
    assert (again.status_code, again.json()["code"]) == (409, "already-answered")
    assert client.get("/workflows/approvals").json() == []
    assert client.get(f"/workflows/runs/{run_id}").json()["status"] == "pending"


def test_a_budget_is_raised_by_what_is_given(client: TestClient, office: Office) -> None:
    run_id = waiting(office.container.control.database, EPOCH, budget_question())
    path = f"/workflows/runs/{run_id}/approvals/guardrail:cost:1"

    assert client.post(path, json={"approve": True, "amount_usd": 0}).status_code == 422
    answered = client.post(path, json={"approve": True, "amount_usd": 1.5})

    assert (answered.status_code, answered.json()["amount_usd"]) == (200, 1.5)


@pytest.mark.parametrize(
    ("path", "body", "problem"),
    [
        ("nowhere/approvals/ask", {"approve": True}, (404, "not-found")),
        ("{run}/approvals/other", {"approve": True}, (404, "not-found")),
        ("{run}/approvals/ask", {}, (422, "invalid-value")),
        ("{run}/approvals/ask", {"approve": True, "surprise": 1}, (422, "invalid-value")),
        ("{run}/approvals/ask", {"approve": True, "comment": "x" * 2_001}, (422, "invalid-value")),
        ("{run}/approvals/ask", {"approve": True, "amount_usd": 1}, (422, "invalid-value")),
    ],
)
def test_what_cannot_be_answered_is_refused_with_the_reason(
    client: TestClient, office: Office, path: str, body: dict[str, object], problem: tuple[int, str]
) -> None:
    run_id = waiting(office.container.control.database, EPOCH)

    refused = client.post(f"/workflows/runs/{path.format(run=run_id)}", json=body)

    assert (refused.status_code, refused.json()["code"]) == problem
