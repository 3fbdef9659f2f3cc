"""`/rl/*`: what it takes, what it answers, and what it refuses. What a run does is in `tests/tasks/desks/test_rl.py`."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.studio.conftest import Office

EXPERIMENT: dict[str, Any] = {"name": "two-shares", "market": {"symbols": ["AAPL", "XOM"]}}


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("train", {"config": EXPERIMENT}, "train"),
        ("walk-forward", {"config": EXPERIMENT, "folds": 3}, "walk_forward"),
        ("best-of-n", {"config": EXPERIMENT, "candidates": 2}, "best_of_n"),
    ],
)
def test_a_run_is_accepted_shown_and_halted(
    browser: TestClient, path: str, body: dict[str, Any], kind: str
) -> None:
    answer = browser.post(f"/rl/{path}", json=body | {"run_name": "first"})

    assert answer.status_code == 202
    accepted = answer.json()
    assert accepted["status"] == "queued"
    assert browser.get(accepted["stream_url"]).json() == []
    detail = browser.get(f"/rl/runs/{accepted['run_id']}").json()
    assert (detail["kind"], detail["name"], detail["status"]) == (kind, "first", "pending")
    assert detail["config"]["experiment"]["market"]["fee_bps"] == 1.0
    assert (detail["metrics"], detail["checkpoint"]) == (None, None)
    assert [run["run_id"] for run in browser.get("/rl/runs?active=true").json()] == [accepted["run_id"]]

    halted = browser.post("/rl/halt-all").json()

    assert halted == {"stopped": 1, "task_ids": [accepted["task_id"]], "failures": []}
    assert browser.get(f"/rl/runs/{accepted['run_id']}").json()["completed_at"] is not None
    assert browser.post("/rl/halt-all", json={"reason": "again"}).json()["stopped"] == 0


def test_experiments_are_listed_with_their_hash(browser: TestClient) -> None:
    browser.post("/rl/train", json={"config": EXPERIMENT})

    (frozen,) = browser.get("/rl/experiments").json()

    assert (frozen["name"], frozen["version"]) == ("two-shares", 1)
    assert browser.get(f"/rl/experiments/{frozen['id']}").json() == frozen
    assert "market" in browser.get("/rl/experiments/schema").json()["properties"]


@pytest.mark.parametrize(
    ("path", "body", "status", "field"),
    [
        ("train", {"config": {"name": "x"}}, 422, "experiment.market"),
        ("train", {"config": EXPERIMENT | {"algorithm": {"name": "oracle"}}}, 422, "experiment.algorithm"),
        ("walk-forward", {"config": EXPERIMENT, "folds": 99}, 422, "folds"),
        ("evaluate", {"run_id": "nobody"}, 404, None),
        ("replay", {"run_id": ""}, 422, "run_id"),
    ],
)
def test_what_is_wrong_is_named(
    browser: TestClient, path: str, body: dict[str, Any], status: int, field: str | None
) -> None:
    answer = browser.post(f"/rl/{path}", json=body)

    assert (answer.status_code, answer.json().get("field")) == (status, field)


def test_a_run_that_has_learnt_nothing_yet_has_no_checkpoint_to_download(browser: TestClient) -> None:
    run_id = browser.post("/rl/train", json={"config": EXPERIMENT}).json()["run_id"]

    assert browser.get(f"/rl/runs/{run_id}/checkpoint").status_code == 422
    assert browser.get("/rl/runs/nobody/checkpoint").status_code == 404
    assert browser.get("/rl/runs/nobody").status_code == 404


def test_nobody_gets_in_without_a_session(stranger: TestClient, office: Office) -> None:
    assert stranger.get("/rl/runs").status_code == 401
    assert stranger.post("/rl/halt-all").status_code == 401
