"""Enqueueing another workflow: never itself, never while the flag is off or a halt is engaged, with its time zone."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runtime.embedded import FixedSettings, MemoryJournal
from runtime.engine import WorkflowRunResult, WorkflowRuntime
from runtime.errors import AccessDenied
from runtime.ids import RunId, TaskId, VersionId
from runtime.ports import HaltReading, QueuedRun, QueueRequest
from runtime.settings import LiveSettings
from runtime.spec import WorkflowSpec
from tests.contracts.inputs import ALL_ON
from tests.fakes import ScriptedSettings
from tests.runtime.builders.market import ports_over
from tests.runtime.probes import Switch

GO, STOP = HaltReading(engaged=False), HaltReading(engaged=True, reason="drill", source="switch")


class Queue:
    """Takes requests, or refuses them."""

    def __init__(self, refusal: Exception | None = None) -> None:
        self.taken: list[QueueRequest] = []
        self._refusal = refusal

    async def enqueue(self, request: QueueRequest) -> QueuedRun:
        if self._refusal is not None:
            raise self._refusal
        self.taken.append(request)
        return QueuedRun(run_id=RunId("child"), task_id=TaskId("child-task"))


async def run(folder: Path, queue: Queue | None, params: dict[str, Any], **ports: Any) -> WorkflowRunResult:
    spec = WorkflowSpec(name="parent", adapter="AutomationScheduleAdapter", params=params)
    runtime = WorkflowRuntime(
        spec,
        run_id=RunId("run"),
        task_id=TaskId("task"),
        ports=replace(ports_over(folder), queue=queue, **ports),
        spec_version_id=VersionId("v1"),
        actor="ann",
    )
    return await runtime.run({})


async def test_it_enqueues_a_child_and_writes_what_it_did(tmp_path: Path) -> None:
    queue = Queue()

    result = await run(
        tmp_path,
        queue,
        {
            "target_spec_name": "child",
            "inputs": {"as_of": "2020-01-02"},
            "timezone": "America/New_York",
            "countdown_seconds": 30,
        },
    )

    assert (result.status, result.error) == ("completed", None)
    assert [(r.workflow, r.inputs, r.parent_run_id, r.actor) for r in queue.taken] == [
        ("child", {"as_of": "2020-01-02"}, "run", "ann")
    ]
    metadata = result.state["schedule_metadata"]
    assert metadata["scheduled_at"].endswith("-05:00")
    assert {
        key: metadata[key] for key in ("celery_task_id", "target_spec_name", "parent_run_id", "timezone")
    } == {
        "celery_task_id": "child-task",
        "target_spec_name": "child",
        "parent_run_id": "run",
        "timezone": "America/New_York",
    }
    assert metadata["countdown_seconds"] == 30
    assert "enqueue:child" in [crumb["node"] for crumb in result.breadcrumbs]
    assert result.last_effect_at is not None


@pytest.mark.parametrize(
    "params", [{}, {"target_spec_name": "parent"}, {"target_spec_name": "x", "target_spec_version_id": "v1"}]
)
async def test_it_never_enqueues_itself(params: dict[str, Any], tmp_path: Path) -> None:
    """Without a target the older platform scheduled itself for ever."""
    queue = Queue()

    result = await run(tmp_path, queue, params)

    assert result.status == "error"
    assert "enqueue itself for ever" in (result.error or "")
    assert queue.taken == []


async def test_a_flag_that_goes_off_during_the_countdown_keeps_it_from_enqueueing(tmp_path: Path) -> None:
    queue = Queue()
    off = LiveSettings()

    result = await run(
        tmp_path,
        queue,
        {"target_spec_name": "child", "countdown_seconds": 5},
        settings=ScriptedSettings(ALL_ON, ALL_ON, off),
    )

    assert result.failure is not None
    assert result.failure.kind == "policy"
    assert queue.taken == []


async def test_a_halt_during_the_countdown_keeps_it_from_enqueueing(tmp_path: Path) -> None:
    queue = Queue()

    result = await run(
        tmp_path,
        queue,
        {"target_spec_name": "child", "countdown_seconds": 5},
        halts=(Switch(GO, GO, STOP),),
    )

    assert (result.status, result.error) == ("halted", "drill")
    assert queue.taken == []


async def test_with_the_flag_off_nothing_is_enqueued(tmp_path: Path) -> None:
    queue = Queue()

    result = await run(tmp_path, queue, {"target_spec_name": "child"}, settings=FixedSettings(LiveSettings()))

    assert result.failure is not None
    assert result.failure.kind == "policy"
    assert queue.taken == []


async def test_a_queue_that_refuses_or_is_not_there_is_said(tmp_path: Path) -> None:
    refused = await run(tmp_path, Queue(AccessDenied("Ann may not.")), {"target_spec_name": "child"})
    absent = await run(tmp_path, None, {"target_spec_name": "child"})

    assert refused.error == "Ann may not."
    assert absent.error == "Runs cannot be enqueued here: there is no queue."


async def test_an_unknown_time_zone_is_named(tmp_path: Path) -> None:
    result = await run(tmp_path, Queue(), {"target_spec_name": "child", "timezone": "Mars/Olympus"})

    assert "there is no time zone 'Mars/Olympus'" in (result.error or "")


async def test_a_countdown_shows_every_few_seconds_that_it_is_alive(tmp_path: Path) -> None:
    journal = MemoryJournal()

    await run(tmp_path, Queue(), {"target_spec_name": "child", "countdown_seconds": 25}, journal=journal)

    progress = [frame["message"] for frame in journal.frames if frame["stage"] == "progress"]
    assert progress == ["0 of 25 s", "10 of 25 s", "20 of 25 s"]
