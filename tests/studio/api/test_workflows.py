"""`/workflows/*`: what it takes, what it answers, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from persistence.models import DispatchRow
from runtime.settings import Settings
from studio.api.app import create_api
from studio.api.auth import COOKIE
from studio.services.accounts import hash_token
from studio.wiring import Container
from tasks.control.context import build_control
from tasks.control.halts import halt_run
from tasks.control.settings import open_local_rollout
from tests.studio.api.conftest import HOST
from tests.studio.conftest import Office

GRAPH = {
    "nodes": [
        {"id": "prices", "kind": "data.prices", "config": {"symbols": ["AAPL"]}},
        {"id": "report", "kind": "output.report", "config": {}},
    ],
    "edges": [
        {
            "id": "xy-edge__pricesprices-reportprices",
            "source": "prices",
            "source_port": "prices",
            "target": "report",
            "target_port": "prices",
        }
    ],
}
SPEC = {"name": "daily", "adapter": "WorkflowStudioAdapter", "params": {"graph": GRAPH}}


@pytest.fixture
def closed(office: Office, clean_redis_url: str, tmp_path: Path) -> Iterator[tuple[TestClient, Container]]:
    """A signed-in browser and its container, with every flag off."""
    settings = Settings(home=tmp_path, redis_url=clean_redis_url)
    control = build_control(settings, database=office.container.database, clock=office.clock)
    container = replace(office.container, settings=settings, control=control)
    with TestClient(
        create_api(container), base_url=HOST, headers={"Origin": HOST}, raise_server_exceptions=False
    ) as client:
        client.cookies.set(COOKIE, office.token, domain="studio.test")
        yield client, container
    control.redis.close()
    control.celery.close()


@pytest.fixture
def container(closed: tuple[TestClient, Container]) -> Container:
    """The container with the rollout switched on."""
    open_local_rollout(closed[1].control)
    return closed[1]


@pytest.fixture
def client(closed: tuple[TestClient, Container], container: Container) -> TestClient:
    """The browser, with the rollout switched on."""
    return closed[0]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/workflows"),
        ("POST", "/workflows"),
        ("GET", "/workflows/adapters"),
        ("GET", "/workflows/daily"),
        ("GET", "/workflows/daily/versions"),
        ("POST", "/workflows/daily/run"),
        ("GET", "/workflows/runs"),
        ("GET", "/workflows/runs/unknown"),
        ("GET", "/workflows/runs/unknown/events"),
        ("GET", "/workflows/approvals"),
        ("POST", "/workflows/runs/unknown/approvals/ask"),
        ("POST", "/workflows/halt"),
        ("GET", "/workflows/halt/unknown"),
        ("PUT", "/workflows/daily"),
        ("DELETE", "/workflows/daily"),
        ("GET", "/api/deleted-workflows"),
        ("POST", "/api/deleted-workflows/daily/restore"),
        ("DELETE", "/api/deleted-workflows/daily"),
    ],
)
def test_with_the_studio_off_every_route_answers_503(
    closed: tuple[TestClient, Container], method: str, path: str
) -> None:
    answer = closed[0].request(method, path, json=SPEC if path == "/workflows" else None)

    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert "ALPHASWARM_ORCHESTRATION_STUDIO_ENABLED" in answer.json()["detail"]


def test_nothing_is_told_to_a_stranger_even_with_the_studio_off(
    closed: tuple[TestClient, Container],
) -> None:
    closed[0].cookies.clear()

    assert closed[0].get("/workflows").status_code == 401


def test_a_workflow_is_created_with_all_fields_listed_and_read(client: TestClient) -> None:
    sent = SPEC | {"guardrails": {"max_calls": 7}, "schedule": {"cron": "0 9 * * *"}, "extras": {"a": 1}}

    created = client.post("/workflows", json=sent)

    assert created.status_code == 201
    assert created.headers["location"] == "/workflows/daily"
    payload = created.json()["payload"]
    assert (payload["guardrails"]["max_calls"], payload["schedule"]["cron"]) == (7, "0 9 * * *")
    assert client.get("/workflows/daily").json() == created.json()
    listed = client.get("/workflows").json()
    assert [(one["name"], one["snapshot_hash"]) for one in listed] == [
        ("daily", created.json()["snapshot_hash"])
    ]
    versions = client.get("/workflows/daily/versions").json()
    assert [(one["version"], one["spec_hash"]) for one in versions] == [(1, created.json()["snapshot_hash"])]


@pytest.mark.parametrize(
    ("change", "code", "word"),
    [
        ({"adapter": "WorkflowStudioAdaptor"}, "invalid-spec", "Did you mean 'WorkflowStudioAdapter'"),
        ({"adapter_kind": "graph"}, "invalid-spec", "of kind 'studio'"),
        ({"name": "runs"}, "invalid-spec", "reserved"),
        ({"name": "a/b"}, "invalid-spec", "cannot be used"),
        ({"name": "übung"}, "invalid-spec", "cannot be used"),
        ({"max_rounds": 0}, "invalid-spec", "max_rounds"),
        ({"surprise": 1}, "invalid-spec", "surprise"),
        ({"params": {"graph": []}}, "invalid-spec", "params.graph"),
    ],
)
def test_a_bad_spec_is_refused_with_the_field_and_the_reason(
    client: TestClient, change: dict[str, Any], code: str, word: str
) -> None:
    answer = client.post("/workflows", json=SPEC | change)

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert word in answer.json()["detail"]
    assert client.get("/workflows").json() == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "malformed-json"),
        (b"[]", 422, "invalid-value"),
        (json.dumps(SPEC | {"extras": {"x": float("nan")}}).encode(), 422, "invalid-spec"),
        (b'{"name": "' + b"a" * 10_000_000 + b'"}', 413, "too-large"),
    ],
    ids=["not JSON", "no object", "NaN", "10 MB"],
)
def test_a_body_that_is_no_spec_is_a_problem(client: TestClient, body: bytes, status: int, code: str) -> None:
    answer = client.post("/workflows", content=body, headers={"content-type": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_name_is_taken_once(client: TestClient) -> None:
    client.post("/workflows", json=SPEC)

    assert client.post("/workflows", json=SPEC).status_code == 409


def test_literal_routes_win_over_names(client: TestClient) -> None:
    assert client.get("/workflows/runs").json() == []
    assert {one["alias"] for one in client.get("/workflows/adapters").json()} >= {"WorkflowStudioAdapter"}
    assert client.get("/workflows/nobody").json()["code"] == "not-found"


@pytest.mark.parametrize("body", [None, {}, {"inputs": {"as_of": "2022-01-03"}}, {"spec_name": "daily"}])
def test_a_run_is_accepted_with_or_without_a_body(client: TestClient, body: dict[str, Any] | None) -> None:
    client.post("/workflows", json=SPEC)

    answer = client.post("/workflows/daily/run", json=body)

    assert answer.status_code == 202
    accepted = answer.json()
    assert (accepted["status"], accepted["dispatched"]) == ("accepted", True)
    run = client.get(f"/workflows/runs/{accepted['run_id']}").json()
    assert (run["status"], run["task_id"]) == ("pending", accepted["task_id"])
    assert run["inputs"] == (body or {}).get("inputs", {})
    assert [one["id"] for one in client.get("/workflows/runs?spec_name=daily").json()] == [run["id"]]
    assert client.get("/workflows/runs?status=completed").json() == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/workflows/nobody/run", None, 404),
        ("/workflows/daily/run", {"spec_name": "other"}, 422),
        ("/workflows/daily/run", {"surprise": 1}, 422),
        ("/workflows/daily/run", {"inputs": {"text": "x" * 300_000}}, 413),
    ],
)
def test_a_run_that_cannot_be_is_refused(
    client: TestClient, path: str, body: dict[str, Any] | None, status: int
) -> None:
    client.post("/workflows", json=SPEC)

    assert client.post(path, json=body).status_code == status
    assert client.get("/workflows/runs").json() == []


def test_a_drawing_with_errors_is_refused_with_all_of_them(client: TestClient) -> None:
    broken = SPEC | {"params": {"graph": {"nodes": [{"id": "x", "kind": "no.such"}], "edges": []}}}
    client.post("/workflows", json=broken)

    answer = client.post("/workflows/daily/run")

    assert (answer.status_code, answer.json()["code"]) == (422, "drawing-refused")
    assert any("no.such" in problem for problem in answer.json()["problems"])


def test_a_halt_without_a_body_halts_everything_and_can_be_looked_at(client: TestClient) -> None:
    client.post("/workflows", json=SPEC)
    runs = {client.post("/workflows/daily/run").json()["run_id"] for _ in range(2)}

    answer = client.post("/workflows/halt").json()

    assert (answer["ok"], answer["halted_count"]) == (True, 2)
    assert {one["run_id"] for one in answer["halted"]} == runs
    assert {one["reason"] for one in answer["halted"]} == {"user_halt"}
    assert answer["proved"]
    seen = client.get(f"/workflows/halt/{answer['halt_id']}").json()
    assert [step["state"] for step in seen["runs"]] == ["proved", "proved"]


def test_halting_nothing_is_no_error_and_one_run_leaves_the_others(client: TestClient) -> None:
    client.post("/workflows", json=SPEC)
    assert client.post("/workflows/halt", json={}).json()["halted_count"] == 0
    first, second = (client.post("/workflows/daily/run").json()["run_id"] for _ in range(2))

    answer = client.post("/workflows/halt", json={"run_id": first, "reason": "Drill"}).json()

    assert [one["run_id"] for one in answer["halted"]] == [first]
    assert client.get(f"/workflows/runs/{first}").json()["status"] == "halted"
    assert client.get(f"/workflows/runs/{second}").json()["status"] == "pending"
    assert client.post("/workflows/halt", json={"run_id": "nobody"}).status_code == 404
    assert client.post("/workflows/halt", json={"run_id": second, "reason": " "}).status_code == 422


def test_the_events_of_an_ended_run_stream_to_their_end_and_then_there_is_no_content(
    client: TestClient, container: Container, office: Office
) -> None:
    client.post("/workflows", json=SPEC)
    run_id = client.post("/workflows/daily/run").json()["run_id"]
    admin = office.container.accounts.actor(hash_token(office.token))
    assert admin
    halt_run(container.control, admin, run_id, "Drill")

    streamed = client.get(f"/workflows/runs/{run_id}/events")

    assert streamed.headers["content-type"].startswith("text/event-stream")
    lines = streamed.text.splitlines()
    assert "id: 1" in lines
    (data,) = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
    assert data["result"]["reason"] == "Drill"
    again = client.get(f"/workflows/runs/{run_id}/events", headers={"Last-Event-ID": "1"})
    assert again.status_code == 204
    assert client.get("/workflows/runs/nobody/events").status_code == 404


def test_a_run_is_replayed_as_a_child_or_refused_with_409(browser: TestClient, container: Container) -> None:
    browser.post("/workflows", json=SPEC)
    run_id = browser.post("/workflows/daily/run").json()["run_id"]

    accepted = browser.post(f"/workflows/runs/{run_id}/replay")
    with container.control.database.write() as session:
        session.execute(update(DispatchRow).where(DispatchRow.run_id == run_id).values(spec_hash="0" * 64))
    refused = browser.post(f"/workflows/runs/{run_id}/replay")

    assert accepted.status_code == 202
    child = browser.get(f"/workflows/runs/{accepted.json()['run_id']}").json()
    assert child["parent_run_id"] == run_id
    assert (refused.status_code, refused.json()["code"]) == (409, "not-reproducible")
    assert browser.post("/workflows/runs/none/replay").status_code == 404


def test_what_a_caller_has_already_is_not_sent_again(client: TestClient) -> None:
    client.post("/workflows", json=SPEC)
    first = client.get("/workflows/daily")

    again = client.get("/workflows/daily", headers={"If-None-Match": first.headers["etag"]})
    other = client.get("/workflows/daily", headers={"If-None-Match": '"other"'})

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert other.status_code == 200


def test_a_workflow_is_replaced_only_where_it_is_still_what_the_caller_saw(client: TestClient) -> None:
    client.post("/workflows", json=SPEC)
    seen = client.get("/workflows/daily").headers["etag"]
    body = {key: value for key, value in SPEC.items() if key != "name"} | {"description": "New words"}

    done = client.put("/workflows/daily", json=body, headers={"If-Match": seen})
    late = client.put("/workflows/daily", json=body | {"max_rounds": 3}, headers={"If-Match": seen})
    blind = client.put("/workflows/daily", json=body | {"max_rounds": 3})

    assert (done.status_code, done.json()["description"], done.json()["revision"]) == (200, "New words", 2)
    assert done.headers["etag"] != seen
    assert (late.status_code, late.json()["code"]) == (412, "precondition-failed")
    assert (blind.status_code, blind.json()["revision"]) == (200, 3)
    assert client.put("/workflows/unknown", json=body).status_code == 404


def test_a_deleted_workflow_is_in_the_bin_until_it_is_restored_or_gone_for_good(client: TestClient) -> None:
    client.post("/workflows", json=SPEC)

    assert client.delete("/workflows/daily").status_code == 204
    assert client.delete("/workflows/daily").status_code == 404
    assert client.get("/workflows/daily").status_code == 404
    assert [each["name"] for each in client.get("/api/deleted-workflows").json()] == ["daily"]
    assert client.post("/workflows", json=SPEC).json()["code"] == "already-exists"
    restored = client.post("/api/deleted-workflows/daily/restore")
    assert (restored.status_code, restored.json()["name"]) == (200, "daily")
    client.delete("/workflows/daily")
    assert client.delete("/api/deleted-workflows/daily").status_code == 204
    assert client.get("/api/deleted-workflows").json() == []


def test_an_idempotency_key_makes_one_run_of_many_requests(client: TestClient) -> None:
    client.post("/workflows", json=SPEC)
    key = {"Idempotency-Key": "order-66"}

    first, second = (client.post("/workflows/daily/run", json={}, headers=key) for _ in range(2))
    other = client.post("/workflows/daily/run", json={"inputs": {"a": 1}}, headers=key)

    assert first.status_code == second.status_code == 202
    assert first.json()["run_id"] == second.json()["run_id"]
    empty = client.post("/workflows/daily/run", json={}, headers={"Idempotency-Key": ""})
    assert (other.status_code, other.json()["code"]) == (422, "key-reused")
    assert (empty.status_code, empty.json()["field"]) == (422, "Idempotency-Key")
    assert len(client.get("/workflows/runs").json()) == 1


def test_the_node_catalogue_tells_ports_config_and_what_is_switched_off(
    closed: tuple[TestClient, Container],
) -> None:
    listed = {each["kind"]: each for each in closed[0].get("/api/nodes").json()}
    fusion = closed[0].get("/api/nodes/decision.signal_fusion").json()
    near = closed[0].get("/api/nodes/decision.signal_fusio")

    assert (listed["agents.crew"]["enabled"], listed["agents.crew"]["extra"]) == (False, "crew")
    assert listed["data.prices"]["enabled"]
    assert (fusion["requires"], fusion["enabled"]) == ("orchestration_fusion_enabled", False)
    assert next(port["type"] for port in fusion["outputs"]) == "weights"
    assert fusion["config_schema"]["properties"]
    assert near.status_code == 404
    assert "decision.signal_fusion" in near.json()["detail"]
