"""Agents and debates with a memory: reminded of the past only, told what became of it, and remembering what they decide."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from runtime.agents.evidence import gather
from runtime.agents.memory import Memory, Passage, owner_of
from runtime.agents.past import outcome_of, with_past
from runtime.embedded import MemoryJournal
from runtime.engine import WorkflowRunResult
from runtime.errors import Unavailable
from runtime.graph.document import GraphDocument
from runtime.graph.sketch import sketch
from runtime.nodes.agent import Agent
from runtime.nodes.debate import BullBearDebate
from runtime.spec import Guardrails
from tests.contracts.inputs import example_data
from tests.fakes import InMemoryMemory
from tests.runtime.probes import runtime_for
from tests.support.openai_server import OpenAIServer, Turn

MODEL = {"provider": "model", "model": "openai:gpt-4o-mini"}
VIEW = json.dumps({"direction": "short", "strength": 0.4, "confidence": 0.7, "rationale": "It has run far."})


def drawing(kind: str = "agents.agent", **config: Any) -> GraphDocument:
    """Prices, someone who decides about JNJ, and a report."""
    output = {"agents.agent": "insight", "agents.debate": "verdict"}[kind]
    return sketch(
        {
            "prices": "data.prices",
            "analyst": (kind, {"symbol": "JNJ", "memory": 3, **config}),
            "report": "output.report",
        },
        ["prices.prices -> analyst.prices", f"analyst.{output} -> report.notes"],
    )


class Desk:
    """Runs the drawing again and again over one memory."""

    def __init__(self, folder: Path, *, memory: InMemoryMemory | None = None) -> None:
        self.folder = folder
        self.memory = memory or InMemoryMemory()
        self.journal = MemoryJournal()
        self.runs = 0

    async def run(self, as_of: str, *, kind: str = "agents.agent", **config: Any) -> WorkflowRunResult:
        """Run it on a day."""
        self.runs += 1
        self.journal = MemoryJournal()
        rails = config.pop("rails", Guardrails())
        runtime = runtime_for(
            drawing(kind, **config),
            self.folder,
            memory=self.memory,
            journal=self.journal,
            run_id=f"run-{self.runs}",
            guardrails=rails,
        )
        return await runtime.run({"as_of": as_of})

    def steps(self) -> list[dict[str, Any]]:
        """Return the agents' steps of the last run."""
        return [frame for frame in self.journal.frames if frame["stage"] == "agent"]


def reminded(result: WorkflowRunResult) -> list[dict[str, Any]]:
    return result.state.get("past_context", [])


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def test_a_later_run_is_reminded_of_an_earlier_one_and_of_what_became_of_it(desk: Desk) -> None:
    first = await desk.run("2020-01-31")
    second = await desk.run("2020-06-30")

    (passage,) = reminded(second)
    assert (first.status, second.status) == ("completed", "completed")
    assert (first.n_rag_hits, second.n_rag_hits) == (0, 1)
    assert reminded(first) == []
    assert (passage["agent"], passage["as_of"]) == ("probe/analyst", "2020-01-31")
    assert passage["decision"]["vt_symbol"] == "JNJ"
    assert passage["outcome"]["known_on"] == "2020-02-14"
    assert passage["outcome"]["text"].startswith("JNJ moved ")
    (crumb,) = [crumb for crumb in second.breadcrumbs if crumb["node"] == "analyst"]
    assert crumb.get("extras", {})["recalled"] == 1


async def test_nothing_is_known_of_a_day_that_has_not_come(desk: Desk) -> None:
    """Runs may be started with any day: what was decided with later knowledge must not help."""
    await desk.run("2020-06-30")

    earlier = await desk.run("2020-01-31")
    same_day = await desk.run("2020-06-30")

    assert reminded(earlier) == []
    assert [passage["as_of"] for passage in reminded(same_day)] == ["2020-01-31"]


async def test_an_outcome_that_has_not_come_yet_is_left_open_and_changes_nothing(desk: Desk) -> None:
    await desk.run("2020-06-22")

    second = await desk.run("2020-06-26")

    (passage,) = reminded(second)
    assert passage["outcome"] is None
    alone = await Desk(desk.folder).run("2020-06-26")
    assert second.state["outputs"]["analyst"] == alone.state["outputs"]["analyst"]


async def test_a_known_outcome_is_one_more_measure(desk: Desk) -> None:
    await desk.run("2020-01-31")

    with_memory = await desk.run("2020-06-30")
    without = await desk.run("2020-06-30", memory=0)

    assert with_memory.state["outputs"]["analyst"] != without.state["outputs"]["analyst"]
    assert reminded(without) == []


async def test_recalling_is_a_step_that_is_kept(desk: Desk) -> None:
    await desk.run("2020-01-31")
    await desk.run("2020-06-30")

    step, measured, output = desk.steps()
    assert (measured["kind"], output["kind"]) == ("tool", "output")
    assert output["output"]["vt_symbol"] == "JNJ"
    assert (step["kind"], step["name"], step["node"], step["agent"]) == (
        "memory",
        "recall",
        "analyst",
        "probe/analyst",
    )
    assert (step["inputs"]["k"], step["inputs"]["before"]) == (3, "2020-06-30")
    assert step["inputs"]["query"].startswith("JNJ: momentum ")
    assert len(step["output"]["passages"]) == 1


async def test_a_chat_model_reads_what_was_decided_before(server: OpenAIServer, desk: Desk) -> None:
    server.turns = [Turn(text=VIEW), Turn(text=VIEW)]
    await desk.run("2020-01-31", **MODEL)

    await desk.run("2020-06-30", **MODEL)

    first, second = (asked["messages"][1]["content"] for asked in server.asked)
    assert "similar situations before" not in first
    assert "similar situations before" in second
    assert '"rationale": "Quantitative analyst: It has run far."' in second


async def test_a_debate_argues_with_what_became_of_its_verdicts(desk: Desk) -> None:
    await desk.run("2020-01-31", kind="agents.debate", rounds=8)
    result = await desk.run("2020-06-30", kind="agents.debate", rounds=8)

    assert result.status == "completed"
    (passage,) = reminded(result)
    assert passage["decision"]["action"] in ("buy", "sell", "hold")
    assert len(desk.memory.kept) == 2
    assert [step["kind"] for step in desk.steps()] == ["memory", "tool", *["output"] * 4]


async def test_what_a_guardrail_refused_is_not_remembered(desk: Desk) -> None:
    result = await desk.run("2020-01-31", rails=Guardrails(forbidden_terms=("momentum",)))

    assert result.status == "error"
    assert desk.memory.kept == {}


async def test_a_memory_that_cannot_be_read_fails_the_node_with_its_reason(tmp_path: Path) -> None:
    desk = Desk(tmp_path, memory=InMemoryMemory(broken=Unavailable("The memory is away.")))

    result = await desk.run("2020-01-31")

    assert (result.status, result.error) == ("error", "The memory is away.")
    (step,) = desk.steps()
    assert (step["kind"], step["error"]) == ("memory", "The memory is away.")


async def test_a_decision_that_cannot_be_remembered_stands_and_the_trace_says_so(tmp_path: Path) -> None:
    class ForgetsAll(InMemoryMemory):
        async def remember(self, memory: Memory) -> None:
            raise Unavailable("The memory is full.")

    result = await Desk(tmp_path, memory=ForgetsAll()).run("2020-01-31")

    assert result.status == "completed"
    (told,) = [crumb for crumb in result.breadcrumbs if crumb["status"] == "error"]
    assert (told["node"], told.get("error")) == ("analyst", "The memory is full.")


async def test_where_nothing_is_kept_a_memory_is_refused_by_name(tmp_path: Path) -> None:
    result = await runtime_for(drawing(), tmp_path).run({"as_of": "2020-01-31"})

    assert result.status == "error"
    assert "Agents have no memory here." in (result.error or "")


def test_a_node_that_was_reminded_is_not_reproducible() -> None:
    for kind in (Agent, BullBearDebate):
        assert kind.reproducible({"memory": 3}, recalled=0)
        assert not kind.reproducible({"memory": 3}, recalled=1)
        assert not kind.reproducible({"memory": 3, **MODEL}, recalled=0)


def decided(direction: str, **fields: Any) -> Memory:
    decision = {"vt_symbol": "JNJ", "direction": direction, "horizon_days": 5}
    return Memory(key="k", agent="a", as_of=date(2020, 1, 31), situation="s", decision=decision | fields)


def test_an_outcome_is_the_move_after_the_decision_and_whether_it_was_right() -> None:
    prices = example_data("prices")
    closes = prices["JNJ"]
    at = closes.index.get_loc("2020-01-31")
    move = closes.iloc[at + 5] / closes.iloc[at] - 1

    found = {side: outcome_of(decided(side), prices) for side in ("long", "short")}

    assert all(found.values())
    assert found["long"] is not None
    assert found["short"] is not None
    assert found["long"].move == found["short"].move == pytest.approx(move, abs=1e-6)
    assert found["long"].gain == -found["short"].gain == pytest.approx(move, abs=1e-6)
    assert found["long"].known_on == closes.index[at + 5].date()


def test_there_is_no_outcome_without_prices_after_the_decision() -> None:
    prices = example_data("prices")

    assert outcome_of(decided("long"), prices.loc[:"2020-02-06"]) is None
    assert outcome_of(decided("long"), prices.loc[:"2020-02-07"]) is not None
    assert outcome_of(decided("long", vt_symbol="NOPE"), prices) is None
    assert outcome_of(replace(decided("long"), as_of=date(1900, 1, 1)), prices) is None


def test_cases_that_are_more_alike_weigh_more() -> None:
    prices = example_data("prices")
    evidence = gather(prices, "JNJ")
    outcome = outcome_of(decided("long"), prices)
    assert outcome is not None
    good = Passage(memory=replace(decided("long"), outcome=replace(outcome, move=0.04, gain=0.04)), score=0.9)
    bad = Passage(
        memory=replace(decided("long"), outcome=replace(outcome, move=-0.04, gain=-0.04)), score=0.3
    )

    measure = with_past(evidence, [good, bad]).measures[-1]

    assert (measure.id, measure.score) == ("past_decisions", pytest.approx(0.4))
    assert "after 2 similar situations the share moved +2.0% on average" in measure.reading
    assert with_past(evidence, []) == evidence


def test_a_memory_belongs_to_one_node_of_one_workflow_whatever_the_length_of_their_names() -> None:
    long = [owner_of("w" * 160, "n" * 79 + end) for end in "ab"]

    assert owner_of("desk", "analyst") == "desk/analyst"
    assert [len(owner) <= 160 for owner in long] == [True, True]
    assert long[0] != long[1]
