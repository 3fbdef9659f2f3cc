"""`/agents/*` and `/quant-agents/*`: agents by name, runs with their steps, bounded waits, halts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from persistence.agent_steps import AgentStepRepository
from persistence.desk_runs import DeskOutcome, DeskRunRepository
from runtime.agents.record import AgentStep
from runtime.ids import RunId
from runtime.settings import Settings
from studio.api.app import create_api
from studio.api.auth import COOKIE
from studio.wiring import Container
from tasks.control.context import build_control
from tests.studio.api.conftest import HOST
from tests.studio.conftest import Office

ANALYST = {"spec": "research.analyst", "symbols": ["JNJ", "KO"], "symbol": "JNJ", "as_of": "2020-06-30"}
LEASE = timedelta(seconds=6)
PROPOSAL = {"name": "reversal", "formula": "-delta(close, 5)"}


@pytest.fixture
def container(office: Office, clean_redis_url: str, tmp_path: Path) -> Iterator[Container]:
    """A container with a Redis of its own."""
    settings = Settings(home=tmp_path, redis_url=clean_redis_url)
    control = build_control(settings, database=office.container.database, clock=office.clock)
    yield replace(office.container, settings=settings, control=control)
    control.redis.close()
    control.celery.close()


@pytest.fixture
def browser(container: Container, office: Office) -> Iterator[TestClient]:
    """A browser that is signed in as the admin."""
    with TestClient(
        create_api(container), base_url=HOST, headers={"Origin": HOST}, raise_server_exceptions=False
    ) as client:
        client.cookies.set(COOKIE, office.token, domain="studio.test")
        yield client


def do_the_run(office: Office, run_id: str, *, recalled: int = 0) -> None:
    """End a run as a worker would."""
    control, now = office.container.control, office.clock.now()
    step = AgentStep(kind="output", name="answer", milliseconds=1.5, output={"direction": "long"})
    told = {"agent": "research.analyst", "execution": 1, "step": 1, **step.record()}
    with control.database.write() as session:
        runs = DeskRunRepository(session)
        claim = runs.claim(RunId(run_id), worker="w", now=now, lease=LEASE)
        assert claim is not None
        AgentStepRepository(session).append(RunId(run_id), [(1, now, told)])
        outcome = DeskOutcome(status="completed", result={"output": {}, "recalled": recalled})
        assert runs.finish(RunId(run_id), claim.token, outcome, now)
        assert runs.close(RunId(run_id), now)


def test_agents_are_listed_saved_and_read(browser: TestClient) -> None:
    spec = {"name": "mine", "role": "Sceptic", "system_prompt": "Doubt.", "memory": 2}

    saved = browser.post("/agents/specs", json=spec)

    assert saved.status_code == 201
    assert (saved.json()["model"], saved.json()["shipped"]) == ("quant:measures", False)
    listed = browser.get("/agents/specs").json()
    assert [entry["name"] for entry in listed] == ["research.analyst", "mine"]
    read = browser.get("/agents/specs/mine").json()
    assert (read["spec"]["memory"], read["updated_by"]) == (2, "Ada Lovelace")
    assert browser.get("/agents/specs/mime").status_code == 404
    assert browser.post("/agents/specs", json=spec | {"name": "research.analyst"}).status_code == 409


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"role": ""}, "role"),
        ({"model": {"provider": "openai", "model": "sk-0123456789abcdef"}}, "model.model"),
        ({"api_key": "x"}, "api_key"),
    ],
)
def test_a_bad_agent_is_refused_by_field(browser: TestClient, change: dict[str, Any], field: str) -> None:
    spec = {"name": "mine", "role": "Sceptic", "system_prompt": "Doubt."}

    refused = browser.post("/agents/specs", json=spec | change)

    assert refused.status_code in (400, 422)
    assert field in refused.text
    assert "sk-0123456789abcdef" not in refused.text


def test_a_run_is_started_listed_and_read_with_its_steps(browser: TestClient, office: Office) -> None:
    started = browser.post("/agents/runs/v2", json=ANALYST)
    assert started.status_code == 202
    run_id = started.json()["run_id"]
    assert browser.get("/agents/runs/v2?active=true").json()[0]["run_id"] == run_id

    do_the_run(office, run_id)

    detail = browser.get(f"/agents/runs/v2/{run_id}").json()
    assert (detail["status"], detail["name"], detail["kind"]) == ("completed", "research.analyst", "quant")
    assert detail["config"]["agent"]["role"] == "Quantitative analyst"
    assert [(step["kind"], step["name"], step["ms"]) for step in detail["steps"]] == [
        ("output", "answer", 1.5)
    ]
    assert browser.get("/agents/runs/v2?active=true").json() == []
    assert browser.get("/agents/runs/v2/nobody").status_code == 404


def test_a_synchronous_run_that_takes_too_long_answers_202_with_the_run(browser: TestClient) -> None:
    answered = browser.post("/agents/runs/v2/sync", json=ANALYST | {"timeout_seconds": 1})

    assert answered.status_code == 202
    assert answered.json()["status"] == "pending"
    assert browser.post("/agents/runs/v2/sync", json=ANALYST | {"timeout_seconds": 900}).status_code == 422


def test_a_replay_is_exact_or_refused(browser: TestClient, office: Office) -> None:
    plain, reminded = (browser.post("/agents/runs/v2", json=ANALYST).json()["run_id"] for _ in range(2))
    do_the_run(office, plain)
    do_the_run(office, reminded, recalled=2)

    again = browser.post(f"/agents/runs/v2/{plain}/replay")
    refused = browser.post(f"/agents/runs/v2/{reminded}/replay")

    assert again.status_code == 202
    detail = browser.get(f"/agents/runs/v2/{again.json()['run_id']}").json()
    assert (detail["config"]["replay_of"], detail["parent_id"]) == (plain, plain)
    assert (refused.status_code, refused.json()["code"]) == (409, "not-reproducible")


def test_halting_agents_leaves_the_switch_alone_when_told_to(browser: TestClient) -> None:
    started = browser.post("/agents/runs/v2", json=ANALYST).json()

    halted = browser.post("/agents/halt?engage_risk=false").json()

    assert (halted["stopped"], halted["task_ids"]) == (1, [started["task_id"]])
    assert halted["risk_kill_switch_engaged"] is False
    again = browser.post("/agents/halt?engage_risk=false", json={"reason": "again"}).json()
    assert (again["stopped"], again["task_ids"]) == (0, [])


def test_halting_agents_engages_the_switch_by_default(browser: TestClient) -> None:
    browser.post("/agents/runs/v2", json=ANALYST)

    halted = browser.post("/agents/halt").json()

    assert (halted["stopped"], halted["risk_kill_switch_engaged"]) == (1, True)
    assert browser.post("/agents/runs/v2", json=ANALYST).status_code == 503


def test_a_formula_is_previewed(browser: TestClient) -> None:
    good = browser.post(
        "/quant-agents/factor/compile-preview", json={"formula": "rank(-delta(close, 5))"}
    ).json()
    bad = browser.post("/quant-agents/factor/compile-preview", json={"formula": "close.values"}).json()

    assert good == {
        "ok": True,
        "used_operators": ["delta", "rank"],
        "used_fields": ["close"],
        "error": None,
    }
    assert bad["ok"] is False
    assert "a dot between names" in bad["error"]


def test_there_are_exactly_two_quant_agents(browser: TestClient) -> None:
    specs = browser.get("/quant-agents/specs").json()

    assert [spec["name"] for spec in specs] == ["alpha_researcher", "strategy_executor"]
    assert [field["name"] for field in specs[0]["spec"]["output"]] == [
        "name",
        "formula",
        "rationale",
        "expected_horizon_bars",
        "expected_direction",
    ]


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("alpha-researcher/propose", {"evaluations": 3}, "propose"),
        ("alpha-researcher/evaluate", {"proposal": PROPOSAL}, "evaluate"),
        ("strategy-executor/dispatch", {"proposal": PROPOSAL, "action": "train"}, "dispatch"),
    ],
)
def test_quant_agents_are_asked_and_halted(
    browser: TestClient, path: str, body: dict[str, Any], kind: str
) -> None:
    accepted = browser.post(f"/quant-agents/{path}", json=body)

    assert (accepted.status_code, accepted.json()["kind"]) == (202, kind)
    halted = browser.post("/quant-agents/halt").json()
    assert halted == {
        "ok": True,
        "stopped": 1,
        "task_ids": [accepted.json()["task_id"]],
        "failures": [],
        "specs": ["alpha_researcher", "strategy_executor"],
    }


def test_what_a_quant_agent_cannot_do_is_refused_by_field(browser: TestClient) -> None:
    nothing = browser.post(
        "/quant-agents/strategy-executor/dispatch", json={"proposal": PROPOSAL, "action": "replay"}
    )
    unread = browser.post(
        "/quant-agents/alpha-researcher/evaluate", json={"proposal": {"name": "x", "formula": "1 +"}}
    )

    assert nothing.status_code == 422
    assert nothing.json()["field"] == "target.run_id"
    assert unread.status_code == 422
    assert unread.json()["field"] == "proposal.formula"
