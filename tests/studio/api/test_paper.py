"""`/paper/*`: what it takes, what it answers, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from persistence.desk_runs import DeskClaim, DeskRunRepository
from persistence.models import DeskRunRow
from persistence.paper_sessions import PaperSessionRepository
from runtime.ids import RunId
from runtime.paper.config import PaperConfig
from runtime.paper.replay import replay
from runtime.paper.trading import Standing, Step
from runtime.settings import Settings
from runtime.strategy import OrderIntent
from studio.api.app import create_api
from studio.api.auth import COOKIE
from studio.wiring import Container
from tasks.control.context import build_control
from tests.runtime.paper.sessions import ramp
from tests.studio.api.conftest import HOST
from tests.studio.conftest import Office

CONFIG: dict[str, Any] = {"universe": ["AAPL", "MSFT"], "start": "2020-01-02", "max_bars": 50}


@pytest.fixture
def container(office: Office, clean_redis_url: str, tmp_path: Path) -> Iterator[Container]:
    """A container with a Redis of its own."""
    settings = Settings(home=tmp_path, redis_url=clean_redis_url)
    control = build_control(settings, database=office.container.database, clock=office.clock)
    yield replace(office.container, settings=settings, control=control)
    control.redis.close()
    control.celery.close()


@pytest.fixture
def client(container: Container, office: Office) -> Iterator[TestClient]:
    """A browser that is signed in as the admin."""
    with TestClient(
        create_api(container), base_url=HOST, headers={"Origin": HOST}, raise_server_exceptions=False
    ) as client:
        client.cookies.set(COOKIE, office.token, domain="studio.test")
        yield client


def start(client: TestClient, **request: Any) -> dict[str, Any]:
    answer = client.post("/paper/start", json={"config": CONFIG} | request)
    assert answer.status_code == 202, answer.text
    return answer.json()


def claim(container: Container, run_id: str) -> DeskClaim:
    """Let a worker have the session."""
    with container.control.database.write() as session:
        claimed = DeskRunRepository(session).claim(
            RunId(run_id), worker="w1", now=container.control.clock.now(), lease=timedelta(minutes=1)
        )
    assert claimed is not None
    return claimed


def trade(container: Container, run_id: str) -> None:
    """Book two bars: a fill, and a limit order that rests."""
    config = PaperConfig.parse({"universe": ["A"], "risk": {"max_position_pct": 1}, "strategy": "momentum"})
    bars = replay(ramp(10, 11, 12), config, bars_needed=1)
    standing = Standing.opened(1000.0)
    wishes = [OrderIntent(symbol="A", side="buy", quantity=2.0)]
    for number in (1, 2):
        step = Step(standing, config=config, reference=f"paper:{run_id}")
        step.receive(bars.bar(number))
        step.act(bars.bar(number), wishes, kill_switch=None)
        wishes = [OrderIntent(symbol="A", side="buy", quantity=2.0, limit_price=5.0)]
        standing = step.standing
        with container.control.database.write() as session:
            PaperSessionRepository(session).book(RunId(run_id), step.booking(), container.control.clock.now())


def test_a_session_is_queued_and_tells_where_its_story_is(client: TestClient) -> None:
    told = start(client, run_name="morning")

    assert told["status"] == "queued"
    assert client.get(told["stream_url"]).status_code == 200
    (run,) = client.get("/paper/runs").json()
    assert (run["id"], run["task_id"], run["run_name"]) == (told["run_id"], told["task_id"], "morning")
    assert (run["status"], run["bars_seen"], run["final_equity"]) == ("pending", 0, None)


def test_without_a_name_a_session_is_an_ad_hoc_one(client: TestClient) -> None:
    start(client)

    assert client.get("/paper/runs").json()[0]["run_name"] == "paper-adhoc"


def test_a_session_shows_its_config_its_state_and_the_latest_of_its_books(
    client: TestClient, container: Container
) -> None:
    run_id = start(client)["run_id"]
    claim(container, run_id)
    trade(container, run_id)

    shown = client.get(f"/paper/runs/{run_id}").json()

    assert (shown["bars_seen"], shown["orders_submitted"], shown["fills"], shown["open_orders"]) == (
        2,
        2,
        1,
        1,
    )
    assert shown["equity"] == pytest.approx(shown["state"]["cash"] + 2 * 11)
    assert shown["final_equity"] is None
    assert shown["config"]["universe"] == ["AAPL", "MSFT"]
    assert [order["status"] for order in shown["orders"]] == ["open", "filled"]
    assert [fill["quantity"] for fill in shown["executions"]] == [2.0]
    assert {entry["reference"] for entry in shown["ledger"]} == {f"paper:{run_id}"}
    assert [entry["kind"] for entry in shown["ledger"]] == ["ORDER", "STRATEGY", "FILL", "ORDER", "STRATEGY"]


def test_stopping_one_session_leaves_the_others_alone(client: TestClient) -> None:
    first, second = start(client), start(client)

    stopped = client.post(f"/paper/stop/{first['task_id']}", params={"reason": "enough"}).json()

    assert stopped == {"stopped": 1, "task_ids": [first["task_id"]], "failures": [], "reason": "enough"}
    statuses = {run["id"]: run["status"] for run in client.get("/paper/runs").json()}
    assert statuses == {first["run_id"]: "halted", second["run_id"]: "pending"}


def test_stop_all_hits_queued_and_running_sessions_and_a_running_one_is_halting_until_proved(
    client: TestClient, container: Container
) -> None:
    waiting, running = start(client), start(client)
    claim(container, running["run_id"])

    stopped = client.post("/paper/stop-all").json()

    assert (stopped["stopped"], stopped["failures"], stopped["reason"]) == (2, [], "kill_switch")
    assert set(stopped["task_ids"]) == {waiting["task_id"], running["task_id"]}
    statuses = {run["id"]: run["status"] for run in client.get("/paper/runs").json()}
    assert statuses == {waiting["run_id"]: "halted", running["run_id"]: "halting"}


def test_stop_all_with_nothing_to_stop_is_no_error(client: TestClient) -> None:
    assert client.post("/paper/stop-all").json() == {
        "stopped": 0,
        "task_ids": [],
        "failures": [],
        "reason": "kill_switch",
    }


def test_gap_8_3_a_session_without_a_task_id_is_stopped_too_and_its_end_has_a_time(
    client: TestClient, container: Container
) -> None:
    run_id = start(client)["run_id"]
    with container.control.database.write() as session:
        session.execute(update(DeskRunRow).where(DeskRunRow.id == run_id).values(task_id=""))

    stopped = client.post("/paper/stop-all").json()

    assert (stopped["stopped"], stopped["task_ids"]) == (1, [])
    run = client.get(f"/paper/runs/{run_id}").json()
    assert run["status"] == "halted"
    assert run["stopped_at"] is not None


def test_gap_12_a_session_that_waited_longer_than_any_signal_lives_is_still_stopped(
    client: TestClient, container: Container, office: Office
) -> None:
    run_id = start(client)["run_id"]
    client.post("/paper/stop-all")
    office.clock.advance(3600)
    container.control.redis.flushall()

    with container.control.database.write() as session:
        claimed = DeskRunRepository(session).claim(
            RunId(run_id), worker="w1", now=office.clock.now(), lease=timedelta(minutes=1)
        )

    assert claimed is None, "the row, not a signal that expires, keeps a halted session from starting"


@pytest.mark.parametrize(
    ("config", "status", "field"),
    [
        ({}, 422, "universe"),
        (CONFIG | {"cash": -1}, 422, "cash"),
        (CONFIG | {"universe": ["AAPLE"]}, 404, None),
        (CONFIG | {"strategy": "momentun"}, 404, None),
        (CONFIG | {"params": {"lookback": 1}}, 422, "params.lookback"),
        (CONFIG | {"start": "2031-01-01"}, 422, "start"),
        (CONFIG | {"stop_on_kill_switch": False}, 422, "stop_on_kill_switch"),
    ],
)
def test_a_session_that_could_not_trade_is_refused_by_the_field(
    client: TestClient, config: dict[str, Any], status: int, field: str | None
) -> None:
    answer = client.post("/paper/start", json={"config": config})

    assert (answer.status_code, answer.json().get("field")) == (status, field)
    assert client.get("/paper/runs").json() == []


def test_what_there_is_not_is_not_found(client: TestClient) -> None:
    assert client.get("/paper/runs/nobody").status_code == 404
    assert client.post("/paper/stop/nobody").status_code == 404
