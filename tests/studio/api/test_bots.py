"""`/bots/*`: what it takes, what it answers, and what it refuses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError

from persistence.desk_runs import DeskRunRepository
from persistence.models import BotVersionRow, DeskRunRow
from runtime.bots.spec import BotSpec
from runtime.ids import RunId
from studio.wiring import Container
from tests.studio.api import test_paper
from tests.studio.conftest import Office

# The same browser and container.
container = test_paper.container
client = test_paper.client

SPEC: dict[str, Any] = {
    "name": "Trend follower",
    "slug": "trend",
    "universe": ["AAPL", "MSFT", "JPM"],
    "strategy": "momentum",
    "backtest": {"start": "2019-01-02", "end": "2019-06-28"},
    "metrics": [{"metric": "sharpe", "minimum": 0.5}],
    "deployment": {"target": "paper_session", "start": "2020-01-02", "max_bars": 20},
}


def save(client: TestClient, **fields: Any) -> dict[str, Any]:
    answer = client.post("/bots", json={"spec": SPEC | fields})
    assert answer.status_code == 201, answer.text
    return answer.json()


def post(client: TestClient, path: str, **body: Any) -> dict[str, Any]:
    answer = client.post(path, json=body) if body else client.post(path)
    assert answer.status_code in (200, 202), answer.text
    return answer.json()


def claim(container: Container, run_id: str) -> None:
    with container.control.database.write() as session:
        assert DeskRunRepository(session).claim(
            RunId(run_id), worker="w1", now=container.control.clock.now(), lease=timedelta(minutes=1)
        )


def test_a_bot_is_saved_found_by_slug_and_id_and_listed(client: TestClient) -> None:
    made = save(client)

    assert (made["version"], made["kind"]) == (1, "trading")
    assert made["spec_hash"] == BotSpec.parse(SPEC).snapshot_hash()
    assert client.get("/bots/trend").json() == client.get(f"/bots/{made['id']}").json() == made
    assert client.get("/bots").json() == [made]


def test_a_change_is_a_new_version_and_a_content_that_was_there_is_that_version_again(
    client: TestClient,
) -> None:
    save(client)

    second = client.put("/bots/trend", json={"spec": SPEC | {"name": "Renamed"}, "notes": "new name"}).json()
    back = client.put("/bots/trend", json={"spec": SPEC}).json()

    assert (second["version"], second["name"]) == (2, "Renamed")
    assert (back["version"], back["name"]) == (1, "Trend follower")
    assert [(one["version"], one["notes"]) for one in client.get("/bots/trend/versions").json()] == [
        (2, "new name"),
        (1, ""),
    ]


def test_the_database_refuses_to_change_a_version(client: TestClient, container: Container) -> None:
    save(client)

    with pytest.raises(DBAPIError, match="never changed"), container.control.database.write() as session:
        session.execute(update(BotVersionRow).values(payload={}))


def test_a_slug_is_taken_for_good(client: TestClient) -> None:
    save(client)
    assert client.post("/bots", json={"spec": SPEC}).status_code == 409

    assert client.delete("/bots/trend").status_code == 204

    assert client.get("/bots/trend").status_code == 404
    assert client.get("/bots").json() == []
    again = client.post("/bots", json={"spec": SPEC})
    assert (again.status_code, again.json()["field"]) == (409, "slug")


def test_the_slug_of_a_bot_does_not_change(client: TestClient) -> None:
    save(client)

    answer = client.put("/bots/trend", json={"spec": SPEC | {"slug": "other"}})

    assert (answer.status_code, answer.json()["field"]) == (422, "slug")


@pytest.mark.parametrize(
    ("fields", "status", "field"),
    [
        ({"slug": "halt-all"}, 422, "slug"),
        ({"universe": []}, 422, "universe"),
        ({"metrics": [{"metric": "luck", "minimum": 1}]}, 422, "metrics.0.metric"),
        ({"params": {"lookback": 1}}, 422, "params.lookback"),
        ({"strategy": "momentun"}, 404, None),
        ({"kind": "research"}, 422, "bot"),
    ],
)
def test_a_bot_that_could_not_work_is_refused_by_the_field(
    client: TestClient, fields: dict[str, Any], status: int, field: str | None
) -> None:
    answer = client.post("/bots", json={"spec": SPEC | fields})

    assert (answer.status_code, answer.json().get("field")) == (status, field)


def test_a_deployment_freezes_the_version_it_runs(client: TestClient, office: Office) -> None:
    made = save(client)
    started = post(client, "/bots/trend/backtest")
    client.put("/bots/trend", json={"spec": SPEC | {"name": "Renamed"}})
    office.clock.advance(1)
    post(client, "/bots/trend/backtest", version=1)
    office.clock.advance(1)
    post(client, "/bots/trend/deploy")

    newest, pinned, first = client.get("/bots/trend/deployments").json()

    assert (newest["target"], newest["version"]) == ("paper_session", 2)
    assert (pinned["target"], pinned["version"]) == ("backtest", 1)
    assert (first["run_id"], first["version"], first["spec_hash"]) == (
        started["run_id"],
        1,
        made["spec_hash"],
    )
    assert (first["status"], started["status"]) == ("pending", "queued")
    assert client.get(started["stream_url"]).status_code == 200


def test_nobody_can_slip_a_content_of_their_own_into_a_deployment(client: TestClient) -> None:
    made = save(client)
    forged = {"bot": "trend", "target": "backtest", "spec": SPEC | {"name": "Forged"}, "spec_hash": "f" * 64}

    answer = client.post("/api/desks/bots/runs", json={"config": forged, "name": "elsewhere"})

    (deployment,) = client.get("/bots/trend/deployments").json()
    assert answer.status_code == 202
    assert (deployment["bot"], deployment["spec_hash"]) == ("trend", made["spec_hash"])


def test_a_research_bot_cannot_paper_trade(client: TestClient) -> None:
    save(client, kind="research", deployment={"target": "backtest"})

    for path in ("/bots/trend/paper/start", "/bots/trend/deploy"):
        answer = client.post(path, json={"target": "paper_session"} if "deploy" in path else None)
        assert answer.status_code == 422
        assert "research bot: it cannot paper-trade" in answer.json()["detail"]
    assert post(client, "/bots/trend/deploy")["status"] == "queued"


def test_the_session_of_a_bot_is_a_paper_session_and_is_stopped_as_one(client: TestClient) -> None:
    save(client)
    save(client, slug="other")
    started = post(client, "/bots/trend/paper/start", run_name="morning")

    (run,) = client.get("/paper/runs").json()
    assert (run["id"], run["desk"]) == (started["run_id"], "bots")
    assert client.post(f"/bots/other/paper/stop/{started['task_id']}").status_code == 404
    stopped = post(client, f"/bots/trend/paper/stop/{started['task_id']}")
    assert (stopped["stopped"], stopped["task_ids"]) == (1, [started["task_id"]])


def test_gap_8_3_stopping_all_paper_sessions_stops_those_of_bots_and_leaves_their_backtests(
    client: TestClient,
) -> None:
    save(client)
    session = post(client, "/bots/trend/paper/start")
    tested = post(client, "/bots/trend/backtest")

    stopped = post(client, "/paper/stop-all")

    assert stopped["task_ids"] == [session["task_id"]]
    statuses = {one["run_id"]: one["status"] for one in client.get("/bots/trend/deployments").json()}
    assert statuses == {session["run_id"]: "halted", tested["run_id"]: "pending"}


def test_gap_8_3_halting_all_bots_reaches_paper_sessions_and_counts_them(
    client: TestClient, container: Container
) -> None:
    save(client)
    session = post(client, "/bots/trend/paper/start")
    tested = post(client, "/bots/trend/backtest")
    claim(container, session["run_id"])

    halted = post(client, "/bots/halt-all")

    assert (halted["stopped"], halted["paper_stop_signals"], halted["failures"]) == (2, 1, [])
    assert set(halted["task_ids"]) == {session["task_id"], tested["task_id"]}
    statuses = {one["run_id"]: one["status"] for one in client.get("/bots/trend/deployments").json()}
    assert statuses == {session["run_id"]: "halting", tested["run_id"]: "halted"}


def test_gap_8_3_a_deployment_without_a_task_id_is_halted_too_and_its_end_has_a_time(
    client: TestClient, container: Container
) -> None:
    save(client)
    run_id = post(client, "/bots/trend/backtest")["run_id"]
    with container.control.database.write() as session:
        session.execute(update(DeskRunRow).where(DeskRunRow.id == run_id).values(task_id=""))

    halted = post(client, "/bots/halt-all")

    assert (halted["stopped"], halted["task_ids"]) == (1, [])
    (deployment,) = client.get("/bots/trend/deployments").json()
    assert deployment["status"] == "halted"
    assert deployment["ended_at"] is not None


def test_halting_one_bot_leaves_the_others_alone_and_nothing_to_halt_is_no_error(client: TestClient) -> None:
    save(client)
    save(client, slug="other")
    mine, theirs = post(client, "/bots/trend/backtest"), post(client, "/bots/other/backtest")

    assert post(client, "/bots/trend/halt")["task_ids"] == [mine["task_id"]]
    assert post(client, "/bots/trend/halt")["stopped"] == 0
    assert post(client, "/bots/halt-all")["task_ids"] == [theirs["task_id"]]
    assert post(client, "/bots/halt-all")["stopped"] == 0


def test_a_bot_is_not_deleted_while_it_runs(client: TestClient) -> None:
    save(client)
    post(client, "/bots/trend/backtest")

    refused = client.delete("/bots/trend")
    post(client, "/bots/trend/halt")

    assert "halt it first" in refused.json()["detail"]
    assert client.delete("/bots/trend").status_code == 204


def test_the_strategies_and_their_parameters_are_described(client: TestClient) -> None:
    found = {one["name"]: one for one in client.get("/bots/strategies").json()}

    assert {"momentum", "mean_reversion"} <= set(found)
    assert "lookback" in found["momentum"]["params"]["properties"]


def test_what_there_is_not_is_not_found(client: TestClient) -> None:
    save(client)

    assert client.get("/bots/trent").json()["detail"].endswith("Did you mean 'trend'?")
    assert client.post("/bots/trend/backtest", json={"version": 7}).status_code == 404
    assert client.post("/bots/nobody/halt").status_code == 404
