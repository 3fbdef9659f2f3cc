"""The shipped workflows: clean drawings that run to a report on the shipped prices."""

import json
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from runtime.embedded import FixedSettings, MemoryArtifacts, MemoryJournal
from runtime.engine import RuntimePorts, WorkflowRunResult, WorkflowRuntime
from runtime.graph.document import GraphDocument, edge_id
from runtime.graph.validate import validate
from runtime.ids import RunId, TaskId
from runtime.library import LibraryEntry, shipped
from runtime.marker import marker_path
from runtime.market.shipped import ShippedPrices
from runtime.report import is_report
from runtime.settings import LiveSettings
from runtime.values import ArtifactRef
from tests.contracts.inputs import ALL_ON
from tests.fakes import FakeClock, InMemoryApprovals, InMemoryOrders

NODE_WIDTH, NODE_HEIGHT = 200, 100

every_entry = pytest.mark.parametrize("entry", shipped(), ids=lambda entry: entry.spec.name)


def drawing(entry: LibraryEntry) -> GraphDocument:
    return GraphDocument.parse(entry.spec.params["graph"])


def named(name: str) -> LibraryEntry:
    return next(entry for entry in shipped() if entry.spec.name == name)


class Desk:
    """One run's surroundings."""

    def __init__(self, folder: Path, settings: LiveSettings = ALL_ON) -> None:
        self.orders = InMemoryOrders()
        self.artifacts = MemoryArtifacts()
        self.ports = RuntimePorts(
            market=ShippedPrices(),
            orders=self.orders,
            artifacts=self.artifacts,
            journal=MemoryJournal(),
            settings=FixedSettings(settings),
            halts=(),
            clock=FakeClock(),
            folder=folder,
            checkpointer=InMemorySaver(),
            approvals=InMemoryApprovals(agreeable=True),
        )

    async def run(self, entry: LibraryEntry) -> WorkflowRunResult:
        runtime = WorkflowRuntime(entry.spec, run_id=RunId("run"), task_id=TaskId("task"), ports=self.ports)
        return await runtime.run({})

    async def output(self, result: WorkflowRunResult, node: str, port: str) -> Any:
        reference = ArtifactRef.load(result.state["outputs"][node][port])
        return (await self.artifacts.get(reference)).data


def test_the_gallery_has_at_least_five_entries_in_its_order() -> None:
    names = [entry.spec.name for entry in shipped()]

    assert names[0] == "research.debate_fusion"
    assert names[-1] == "utility.halt_practice"
    assert len(names) == len(set(names)) >= 5


@every_entry
def test_an_entry_says_what_it_is(entry: LibraryEntry) -> None:
    assert 0 < len(entry.title) <= 60
    assert 40 <= len(entry.sentence) <= 220
    assert entry.sentence.endswith(".")
    assert (entry.spec.adapter, entry.spec.adapter_kind) == ("WorkflowStudioAdapter", "studio")


@every_entry
def test_a_drawing_has_no_problem_of_any_kind(entry: LibraryEntry) -> None:
    assert validate(drawing(entry), ALL_ON) == []


@every_entry
def test_wires_have_the_ids_that_the_canvas_gives_them(entry: LibraryEntry) -> None:
    for edge in drawing(entry).edges:
        assert edge.id == edge_id(edge.source, edge.source_port, edge.target, edge.target_port)


@every_entry
def test_every_node_has_a_place_of_its_own_and_wires_run_to_the_right(entry: LibraryEntry) -> None:
    document, positions = drawing(entry), entry.layout.positions

    assert set(positions) == {node.id for node in document.nodes}
    places = list(positions.values())
    for number, one in enumerate(places):
        for other in places[number + 1 :]:
            assert abs(one.x - other.x) >= NODE_WIDTH or abs(one.y - other.y) >= NODE_HEIGHT
    for edge in document.edges:
        assert positions[edge.target].x >= positions[edge.source].x + NODE_WIDTH


@every_entry
async def test_it_runs_to_a_report_that_json_can_hold(entry: LibraryEntry, tmp_path: Path) -> None:
    desk = Desk(tmp_path)

    result = await desk.run(entry)

    assert (result.status, result.error) == ("completed", None)
    report = await desk.output(result, "report", "report")
    assert is_report(report)
    assert report["charts"]
    json.dumps(report, allow_nan=False)


async def test_the_debate_ends_in_a_gated_signal(tmp_path: Path) -> None:
    result = await Desk(tmp_path).run(named("research.debate_fusion"))

    state = result.state
    assert state["consensus_status"] == "approved_emitted"
    assert state["signal_event_emitted"]["weights"] == {
        symbol: weight for symbol, weight in state["target_weights"].items() if weight
    }
    assert [each["stage"] for each in state["weight_pipeline_history"]] == ["f_S", "f_A", "f_T", "f_R"]
    assert state["simulation_verdict"]["approved"] is True


async def test_notes_are_headed_by_the_cards_that_they_come_from(tmp_path: Path) -> None:
    desk = Desk(tmp_path)

    result = await desk.run(named("analysis.risk_report"))

    report = await desk.output(result, "report", "report")
    assert {table["title"] for table in report["tables"]} >= {
        "Market regime",
        "Agent",
        "Risk simulator · Verdict",
    }
    assert {chart["title"] for chart in report["charts"]} >= {
        "Volatility",
        "Returns",
        "Risk simulator · Simulated wealth",
    }
    assert "Volatility · Average now" in {metric["label"] for metric in report["metrics"]}


async def test_momentum_orders_exactly_what_was_approved(tmp_path: Path) -> None:
    desk = Desk(tmp_path)

    result = await desk.run(named("trader.momentum_paper"))

    approved = await desk.output(result, "gate", "approved")
    targets = {symbol for symbol, weight in approved.iloc[-1].items() if weight}
    assert {order.symbol for order in desk.orders.placed} == targets
    account = await desk.orders.account("trader.momentum_paper", initial_cash=0)
    assert account.cash >= 0


async def test_a_replay_orders_nothing_twice(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    await desk.run(named("trader.momentum_paper"))
    placed = len(desk.orders.placed)

    await desk.run(named("trader.momentum_paper"))

    assert len(desk.orders.placed) == placed > 0


async def test_a_kill_switch_leaves_the_paper_account_alone(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.orders.engaged = True

    result = await desk.run(named("trader.momentum_paper"))

    assert (result.status, result.error) == ("completed", None)
    assert desk.orders.placed == []
    assert result.last_effect_at is None


async def test_against_the_trend_it_stands_down_and_orders_nothing(tmp_path: Path) -> None:
    entry = named("trader.trend_filter")
    graph = entry.spec.model_dump()["params"]["graph"]
    for node in graph["nodes"]:
        if node["id"] == "prices":
            node["config"] = {"start": "2007-01-03", "end": "2009-02-27"}
    entry = LibraryEntry(
        spec=entry.spec.model_copy(update={"params": {"graph": graph}}),
        layout=entry.layout,
        title=entry.title,
        sentence=entry.sentence,
    )
    desk = Desk(tmp_path)

    result = await desk.run(entry)

    assert (result.status, result.error) == ("completed", None)
    assert desk.orders.placed == []
    assert {crumb["node"]: crumb["status"] for crumb in result.breadcrumbs}["gate"] == "skipped"
    report = await desk.output(result, "report", "report")
    assert any(chart["title"].startswith("Is the trend up? · Otherwise") for chart in report["charts"])


async def test_the_halt_practice_marks_every_tick(tmp_path: Path) -> None:
    desk = Desk(tmp_path)

    result = await desk.run(named("utility.halt_practice"))

    lines = marker_path(tmp_path).read_text().splitlines()
    assert len(lines) == 12_000
    assert result.last_effect_at is not None
    assert float(lines[-1].split()[0]) == pytest.approx(result.last_effect_at.timestamp(), abs=1e-5)


async def test_with_the_fusion_flag_off_the_run_ends_and_names_the_variable(tmp_path: Path) -> None:
    result = await Desk(tmp_path, LiveSettings()).run(named("research.debate_fusion"))

    assert result.status == "error"
    assert "ALPHASWARM_ORCHESTRATION_FUSION_ENABLED=true" in str(result.error)
