"""`/api/schedules`: set, look, pause, preview; and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tasks.control.settings import open_local_rollout
from tests.studio.conftest import Office

NINE = {"cron": "0 9 * * 1-5", "timezone": "Europe/Berlin"}


@pytest.fixture
def client(browser: TestClient, office: Office) -> TestClient:
    """The admin's browser, with the rollout on and one workflow."""
    open_local_rollout(office.container.control)
    made = browser.post("/workflows", json={"name": "daily", "adapter": "WorkflowStudioAdapter"})
    assert made.status_code == 201
    return browser


def test_a_schedule_is_set_shown_paused_resumed_and_deleted(client: TestClient) -> None:
    assert client.get("/api/schedules").json() == []

    saved = client.put("/api/schedules/daily", json=NINE | {"inputs": {"as_of": "2020-01-02"}}).json()

    assert (saved["workflow"], saved["key"], saved["idle"]) == ("daily", "workflow-daily", "")
    assert (saved["misfire"], saved["most"], saved["inputs"]) == ("once", 10, {"as_of": "2020-01-02"})
    assert saved["words"] == "At 09:00 on Monday through Friday"
    assert saved["next_run"] == saved["next_times"][0]["at"]
    assert len(saved["next_times"]) == 10
    assert client.get("/api/schedules").json() == [client.get("/api/schedules/daily").json()] == [saved]
    paused = client.post("/api/schedules/daily/pause").json()
    assert (paused["paused"], paused["idle"], paused["next_run"]) == (True, "It is paused.", None)
    assert client.post("/api/schedules/daily/resume").json()["idle"] == ""
    assert client.delete("/api/schedules/daily").status_code == 204
    assert client.get("/api/schedules/daily").status_code == 404


def test_times_are_previewed_without_saving(client: TestClient) -> None:
    times = client.post("/api/schedules/preview", json=NINE).json()

    assert len(times) == 10
    assert all(time["local"][11:19] == "09:00:00" for time in times)
    assert client.get("/api/schedules").json() == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"cron": "0 9 * *"}, "cron"),
        ({"cron": "0 9 * * *", "timezone": "Mars"}, "timezone"),
        ({"interval_seconds": 1}, "interval_seconds"),
        ({}, "cron"),
    ],
)
def test_a_bad_rhythm_is_422_and_names_its_field(
    client: TestClient, body: dict[str, Any], field: str
) -> None:
    for answer in (
        client.put("/api/schedules/daily", json=body),
        client.post("/api/schedules/preview", json=body),
    ):
        assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_what_is_not_there_is_404_and_an_unknown_field_422(client: TestClient) -> None:
    assert client.put("/api/schedules/nobody", json=NINE).status_code == 404
    assert client.put("/api/schedules/daily", json=NINE | {"colour": "red"}).status_code == 422
    assert client.put("/api/schedules/daily", json=NINE | {"misfire": "twice"}).status_code == 422


def test_with_the_studio_off_it_answers_503(browser: TestClient) -> None:
    assert browser.get("/api/schedules").status_code == 503
