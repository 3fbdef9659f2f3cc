"""The eight data tools: names, arguments and envelope as documented; what changes something only by a token that may."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from persistence.runs import NewRun, RunRepository
from runtime.ids import RunId, SpecName, TaskId, new_id
from studio.mcp.registry import data_tools
from tasks.control.settings import open_local_rollout
from tests.fakes import EPOCH
from tests.studio.conftest import Office

READING = {
    "data.orchestration.list_adapters": {},
    "data.orchestration.list_runs": {},
    "data.orchestration.get_run": {"run_id": "r1"},
    "data.orchestration.list_workflows": {"include_yaml": True},
    "data.orchestration.fusion_inputs_for_run": {"run_id": "r1"},
    "data.orchestration.health": {},
    "data.automation.list_schedules": {},
    "data.automation.get_schedule_status": {"key": "workflow-stall-watchdog"},
}
ACTING = {"data.orchestration.start_run", "data.orchestration.halt_run"}


def a_run(office: Office, run_id: str = "r1") -> None:
    """Put a run into the rows."""
    run = NewRun(
        run_id=RunId(run_id),
        task_id=TaskId(new_id()),
        spec_name=SpecName("desk.momentum"),
        spec={},
        spec_hash="0" * 64,
        created_by=None,
        created_by_name="ann",
    )
    with office.container.database.write() as session:
        RunRepository(session).insert_pending(run, EPOCH)


def ask(browser: TestClient, name: str, arguments: dict[str, Any] | None = None) -> dict[str, Any]:
    """Call a tool over REST."""
    return browser.post(f"/mcp/data/tools/{name}/invoke", json={"arguments": arguments or {}}).json()


def test_a_person_is_shown_exactly_the_eight_tools_that_read(browser: TestClient) -> None:
    listed = browser.get("/mcp/data/tools").json()

    assert [tool["name"] for tool in listed] == sorted(READING)
    assert {tool["scope"] for tool in listed} == {"data:read"}
    assert data_tools().keys() == READING.keys() | ACTING
    described = browser.get("/mcp/data/tools/data.orchestration.list_runs").json()
    limit = described["input_schema"]["properties"]["limit"]
    assert (limit["default"], limit["minimum"], limit["maximum"]) == (50, 1, 500)
    assert browser.get("/mcp/data/tools/data.orchestration.halt_run").status_code == 404


@pytest.mark.parametrize(("name", "arguments"), READING.items())
def test_every_tool_answers_with_the_envelope(
    browser: TestClient, office: Office, name: str, arguments: dict[str, Any]
) -> None:
    open_local_rollout(office.container.control)
    a_run(office)

    answer = ask(browser, name, arguments)

    assert answer.keys() == {"ok", "data", "error", "summary", "rows_returned"}
    assert answer["ok"], answer
    assert answer["error"] is None


def test_a_run_is_found_by_its_id_and_status(browser: TestClient, office: Office) -> None:
    open_local_rollout(office.container.control)
    a_run(office)

    listed = ask(browser, "data.orchestration.list_runs", {"status": "pending"})["data"]
    none = ask(browser, "data.orchestration.list_runs", {"status": "halted"})["data"]
    detail = ask(browser, "data.orchestration.get_run", {"run_id": "r1"})["data"]

    assert [run["run_id"] for run in listed["runs"]] == ["r1"]
    assert none == {"runs": [], "table_present": True}
    assert detail.keys() >= {
        "run_id",
        "workflow_spec_name",
        "spec_version_id",
        "breadcrumbs",
        "cost_usd",
        "error",
    }
    missing = ask(browser, "data.orchestration.get_run", {"run_id": "nobody"})
    assert (missing["ok"], missing["error"]) == (False, "not_found")
    fused = ask(browser, "data.orchestration.fusion_inputs_for_run", {"run_id": "nobody"})
    assert (fused["ok"], fused["data"]["fusion_output"]) == (True, {})


def test_with_the_studio_off_nothing_is_read_and_it_is_said(browser: TestClient, office: Office) -> None:
    a_run(office)

    runs = ask(browser, "data.orchestration.list_runs")
    health = ask(browser, "data.orchestration.health")
    run = ask(browser, "data.orchestration.get_run", {"run_id": "r1"})

    assert runs["data"] == {"runs": [], "table_present": False}
    assert (health["ok"], health["data"]["running"], health["data"]["table_present"]) == (True, 0, False)
    assert not run["ok"]
    assert "ORCHESTRATION_STUDIO_ENABLED" in run["error"]


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("data.orchestration.list_runs", {"limit": 501}, "limit"),
        ("data.orchestration.list_runs", {"colour": "red"}, "colour"),
        ("data.orchestration.get_run", {"run_id": ""}, "run_id"),
        ("data.automation.get_schedule_status", {"key": "celery-x"}, "invalid key prefix"),
        ("data.automation.get_schedule_status", {"key": "workflow-nothing"}, "not_found"),
    ],
)
def test_bad_arguments_are_named_in_the_envelope(
    browser: TestClient, office: Office, name: str, arguments: dict[str, Any], words: str
) -> None:
    open_local_rollout(office.container.control)

    answer = ask(browser, name, arguments)

    assert not answer["ok"]
    assert words in answer["error"]
