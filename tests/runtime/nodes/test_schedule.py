"""The schedule node: it enqueues once, never itself, and nothing when it was told to stop."""

from pathlib import Path
from typing import Any

import pytest

from runtime.catalog import kind_named
from runtime.errors import CapabilityOff, HaltRequested, InvalidSpec
from runtime.graph.sketch import sketch
from runtime.graph.validate import errors, validate
from runtime.settings import LiveSettings
from tests.contracts.inputs import ALL_ON
from tests.fakes import Effects, FakeClock, InMemoryQueue, ScriptedSettings, make_context
from tests.runtime.probes import runtime_for

OFF = LiveSettings(orchestration_studio_enabled=True)


async def run(folder: Path, config: dict[str, Any], **more: Any) -> dict[str, Any]:
    kind = kind_named("control.schedule")
    context = make_context(folder, settings=ALL_ON, **more)
    return dict(await kind().run({}, kind.Config.model_validate(config), context))


async def test_it_enqueues_the_workflow_and_says_what_it_did(tmp_path: Path) -> None:
    queue, effects, clock = InMemoryQueue(), Effects(), FakeClock()
    config = {
        "workflow": "other",
        "inputs": {"as_of": "2024-01-02"},
        "version_id": "v1",
        "countdown_seconds": 30,
    }

    outputs = await run(
        tmp_path, config, queue=queue, effects=effects, clock=clock, live=ScriptedSettings(ALL_ON)
    )

    assert queue.accepted == [("other", {"as_of": "2024-01-02"}, "v1")]
    assert clock.slept == [30.0]
    assert len(effects.stamps) == 1
    assert outputs["scheduled"]["run_id"] == "child-1"
    assert outputs["scheduled"]["parent_run_id"] == "run"


@pytest.mark.parametrize("workflow", ["", " ", "test-workflow"])
async def test_it_never_enqueues_nothing_or_itself(workflow: str, tmp_path: Path) -> None:
    queue = InMemoryQueue()

    with pytest.raises(InvalidSpec):
        await run(tmp_path, {"workflow": workflow}, queue=queue)

    assert queue.accepted == []


async def test_a_flag_that_goes_off_while_it_waits_keeps_it_from_enqueueing(tmp_path: Path) -> None:
    queue = InMemoryQueue()

    with pytest.raises(CapabilityOff):
        await run(
            tmp_path,
            {"workflow": "other", "countdown_seconds": 1},
            queue=queue,
            live=ScriptedSettings(OFF),
        )

    assert queue.accepted == []


async def test_a_halt_while_it_waits_keeps_it_from_enqueueing(tmp_path: Path) -> None:
    queue = InMemoryQueue()

    class Halted(ScriptedSettings):
        async def live(self) -> LiveSettings:
            raise HaltRequested("enough")

    with pytest.raises(HaltRequested):
        await run(tmp_path, {"workflow": "other", "countdown_seconds": 1}, queue=queue, live=Halted())

    assert queue.accepted == []


async def test_without_workers_it_says_so(tmp_path: Path) -> None:
    document = sketch({"next": ("control.schedule", {"workflow": "other"})}, [])

    result = await runtime_for(document, tmp_path).run({})

    assert (result.status, result.error) == ("error", "Runs cannot be enqueued here: there is no queue.")


def test_it_needs_its_flag_and_no_gate() -> None:
    document = sketch({"next": ("control.schedule", {"workflow": "other"})}, [])

    assert errors(validate(document, ALL_ON)) == []
    assert [issue.code for issue in errors(validate(document, OFF))] == ["G104"]
