"""Whole runs with a chat model: budgets hold inside its loop, halts reach it, and its key is nowhere afterwards."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from runtime.embedded import FixedSettings, MemoryArtifacts, MemoryJournal
from runtime.engine import RuntimePorts, WorkflowRunResult, WorkflowRuntime
from runtime.graph.sketch import sketch
from runtime.ids import RunId, TaskId
from runtime.market.shipped import ShippedPrices
from runtime.ports import HaltReading
from runtime.spec import Guardrails, WorkflowSpec, canonical_json
from runtime.values import ArtifactRef, Value, encode
from tests.contracts.inputs import ALL_ON
from tests.fakes import FakeClock, InMemoryOrders
from tests.runtime.probes import Switch
from tests.support.model_environment import KEY
from tests.support.openai_server import OpenAIServer, Turn

VIEW = json.dumps({"direction": "short", "strength": 0.4, "confidence": 0.7, "rationale": "It has run far."})
TOOL = ("momentum", '{"symbol": "JNJ"}')


class KeptArtifacts(MemoryArtifacts):
    """Artifacts that a test can look through."""

    def __init__(self) -> None:
        super().__init__()
        self.stored: list[bytes] = []

    async def put(self, value: Value) -> ArtifactRef:
        self.stored.append(encode(value)[0])
        return await super().put(value)


@dataclass(kw_only=True)
class Desk:
    """A place for one run, with everything in memory."""

    folder: Path
    rails: Guardrails = field(default_factory=Guardrails)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    artifacts: KeptArtifacts = field(default_factory=KeptArtifacts)
    switch: Switch = field(default_factory=Switch)

    @property
    def spec(self) -> WorkflowSpec:
        """Prices, an agent that thinks with a model, and a report."""
        config = {"symbol": "JNJ", "provider": "model", "model": "openai:gpt-4o-mini"}
        drawing = sketch(
            {
                "prices": ("data.prices", {"symbols": ["JNJ", "KO"]}),
                "agent": ("agents.agent", config),
                "report": "output.report",
            },
            ["prices.prices -> agent.prices", "agent.insight -> report.notes"],
        )
        return WorkflowSpec(
            name="probe",
            adapter="WorkflowStudioAdapter",
            params={"graph": drawing.dump()},
            guardrails=self.rails,
        )

    async def run(self) -> WorkflowRunResult:
        """Run it."""
        ports = RuntimePorts(
            market=ShippedPrices(),
            orders=InMemoryOrders(),
            artifacts=self.artifacts,
            journal=self.journal,
            settings=FixedSettings(ALL_ON),
            halts=(self.switch,),
            clock=FakeClock(),
            folder=self.folder,
        )
        return await WorkflowRuntime(self.spec, run_id=RunId("run"), task_id=TaskId("task"), ports=ports).run(
            {}
        )


def thoughts(result: WorkflowRunResult) -> Mapping[str, Any]:
    """Return what the agent's crumb says of its one execution."""
    (crumb,) = [crumb for crumb in result.breadcrumbs if crumb["node"] == "agent"]
    (agent,) = crumb.get("extras", {})["agents"]
    return agent


@pytest.mark.parametrize("ending", ["completed", "error"])
async def test_a_key_appears_nowhere_after_a_run(
    server: OpenAIServer, tmp_path: Path, caplog: pytest.LogCaptureFixture, ending: str
) -> None:
    caplog.set_level(logging.DEBUG)
    server.turns = {
        "completed": [
            Turn(status=503, error="Your header was ", echo_key=True),
            Turn(tools=[(KEY, json.dumps({"symbol": KEY}))]),
            Turn(text=VIEW.replace("far.", f"far, {KEY}."), echo_key=True),
        ],
        "error": [Turn(status=400, error="Your header was ", echo_key=True)],
    }[ending]
    desk = Desk(folder=tmp_path)

    result = await desk.run()

    assert result.status == ending, result
    assert all(KEY in key for key in server.keys)
    told = canonical_json(desk.journal.frames)
    logged = "\n".join([*(repr(record.__dict__) for record in caplog.records), caplog.text])
    assert "gpt-4o-mini" in told
    assert len(desk.artifacts.stored) == (3 if ending == "completed" else 1)
    for place in (told, logged, repr(result), canonical_json(desk.spec.dump())):
        assert KEY not in place
    assert not any(KEY.encode() in each for each in [*desk.artifacts.stored, *files_in(tmp_path)])


async def test_the_budget_of_the_run_holds_inside_the_tool_loop(server: OpenAIServer, tmp_path: Path) -> None:
    server.turns = [Turn(tools=[TOOL], tokens=(100_000, 0))] * 9

    result = await Desk(folder=tmp_path, rails=Guardrails(cost_budget_usd=0.25)).run()

    assert result.failure is not None
    assert (result.status, result.failure.kind) == ("error", "guardrail")
    assert "Guardrail cost: allowed 0.25 USD, met 0.3000 USD." in result.failure.message
    assert len(server.asked) == 3
    assert result.cost_usd == pytest.approx(0.3)
    kinds = [step["kind"] for step in thoughts(result)["steps"]]
    assert kinds == ["llm", "tool", "llm", "tool", "llm", "guardrail"]


async def test_a_halt_inside_the_loop_halts_the_run_and_keeps_its_steps(
    server: OpenAIServer, tmp_path: Path
) -> None:
    class HaltsAfterTheFirstAnswer(Switch):
        async def read(self, run_id: RunId) -> HaltReading:
            return HaltReading(engaged=bool(server.asked), reason="fat finger", source="switch")

    server.turns = [Turn(tools=[TOOL]), Turn(text=VIEW)]

    result = await Desk(folder=tmp_path, switch=HaltsAfterTheFirstAnswer()).run()

    assert result.status == "halted"
    assert len(server.asked) == 1
    assert [step["kind"] for step in thoughts(result)["steps"]] == ["llm"]
    assert result.n_calls == 1


async def test_a_model_that_fails_fails_the_run_with_its_reason(server: OpenAIServer, tmp_path: Path) -> None:
    server.turns = [Turn(text="Buy!"), Turn(text="Buy!!")]

    result = await Desk(folder=tmp_path).run()

    assert result.failure is not None
    assert result.status == "error"
    assert "gave no answer: The answer holds no JSON object." in result.failure.message
    assert [step["kind"] for step in thoughts(result)["steps"]] == ["llm", "output", "llm", "output"]


def files_in(folder: Path) -> list[bytes]:
    """Return the bytes of every file below a folder."""
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
