"""The named graphs: valid drawings of the one catalogue that do real work and take one way at a gate, never both."""

from pathlib import Path
from typing import Any

import pytest

from runtime.adapter import AdapterFailure
from runtime.builders import BuilderOff, build, builders
from runtime.engine import RuntimePorts, WorkflowRunResult, WorkflowRuntime
from runtime.errors import CapabilityOff, InvalidValue, NotFound
from runtime.graph.plan import plan_of
from runtime.graph.validate import validate
from runtime.ids import RunId, TaskId
from runtime.library import LibraryEntry, templates
from runtime.orchestration import memory_ports
from runtime.settings import LiveSettings
from runtime.spec import WorkflowSpec
from tests.contracts.inputs import ALL_ON
from tests.runtime.builders.market import ports_over, stormy

ALIASES = [
    "dialectical",
    "dialectical_with_fusion",
    "full_pipeline",
    "quant_research_pipeline",
    "research",
    "research_debate",
    "trader",
]
either_runner = pytest.mark.parametrize("use_langgraph", [None, False])
gated = pytest.mark.parametrize(
    "alias", ["research_debate", "quant_research_pipeline", "dialectical_with_fusion"]
)


async def run(
    alias: str,
    ports: RuntimePorts,
    *,
    use_langgraph: bool | None = None,
    inputs: dict[str, Any] | None = None,
) -> WorkflowRunResult:
    spec = WorkflowSpec(
        name=alias, adapter="LangGraphAdapter", params={"builder": alias, "use_langgraph": use_langgraph}
    )
    runtime = WorkflowRuntime(spec, run_id=RunId("run"), task_id=TaskId("task"), ports=ports)
    return await runtime.run(inputs or {})


def logs(folder: Path) -> list[Path]:
    return sorted(folder.glob("decision-log-*.md"))


def status_of(result: WorkflowRunResult, node: str) -> str:
    return next(crumb["status"] for crumb in result.breadcrumbs if crumb["node"] == node)


def test_there_are_exactly_seven_builders() -> None:
    assert list(builders()) == ALIASES


@pytest.mark.parametrize("alias", ALIASES)
def test_a_builder_is_a_drawing_without_any_problem(alias: str) -> None:
    document = build(alias)

    assert validate(document, ALL_ON) == []
    assert [str(node.id) for node in plan_of(document).nodes] == [node.id for node in document.nodes]


@pytest.mark.parametrize("rounds", [2, 3, 100])
@pytest.mark.parametrize("alias", ["dialectical", "dialectical_with_fusion"])
def test_a_debate_of_any_length_is_a_drawing_without_any_problem(alias: str, rounds: int) -> None:
    document = build(alias, max_rounds=rounds)

    assert validate(document, ALL_ON) == []
    assert sum(node.kind == "agents.portfolio_manager" for node in document.nodes) == 1


def test_an_unknown_builder_and_a_bad_argument_are_refused_by_name() -> None:
    with pytest.raises(NotFound, match="Did you mean 'research_debate'"):
        build("research_debatte")
    with pytest.raises(InvalidValue, match="unexpected keyword argument 'rounds'"):
        build("dialectical", rounds=2)


def test_a_builder_whose_flag_is_off_is_a_runtime_error_and_a_policy() -> None:
    with pytest.raises(BuilderOff, match="ALPHASWARM_ORCHESTRATION_FUSION_ENABLED=true") as refused:
        build("dialectical_with_fusion", live=LiveSettings())

    assert isinstance(refused.value, RuntimeError)
    assert isinstance(refused.value, CapabilityOff)


async def test_run_by_its_adapter_a_builder_whose_flag_is_off_is_refused_by_policy(tmp_path: Path) -> None:
    result = await run("dialectical_with_fusion", memory_ports(tmp_path))

    assert isinstance(result.failure, AdapterFailure)
    assert (result.status, result.failure.kind) == ("error", "policy")
    assert "ORCHESTRATION_FUSION_ENABLED" in result.failure.message


@either_runner
async def test_research_ends_in_a_universe_of_the_best_scores(
    use_langgraph: bool | None, tmp_path: Path
) -> None:
    result = await run("research", ports_over(tmp_path), use_langgraph=use_langgraph)

    ranking = [row["symbol"] for row in result.state["equity_report"]["ranking"]]
    assert result.state["universe"] == ranking[:8]
    assert result.state["news_report"]["source"] == "prices"


async def test_the_full_pipeline_logs_two_decisions_and_orders_nothing(tmp_path: Path) -> None:
    ports = ports_over(tmp_path)

    result = await run("full_pipeline", ports)

    assert [entry["heading"] for entry in result.state["decision_log"]] == ["Trader", "Portfolio"]
    assert ports.orders.placed == []  # type: ignore[attr-defined]
    assert len(logs(tmp_path)) == 2
    weights = result.state["portfolio_decision"]["proposed_weights"]
    assert sum(weights.values()) <= 1 + 1e-9
    assert max(weights.values()) <= 0.20 + 1e-9


@gated
@either_runner
async def test_an_approved_signal_is_emitted_and_nothing_wipes_it(
    alias: str, use_langgraph: bool | None, tmp_path: Path
) -> None:
    """In the older sequential fallback the reject node ran after the emit node and wiped the signal."""
    result = await run(alias, ports_over(tmp_path), use_langgraph=use_langgraph)

    assert result.error is None
    assert status_of(result, "emit_signal_event") == "ok"
    assert status_of(result, "reject_decision_log") == "skipped"
    assert result.state["consensus_status"] == "approved_emitted"
    assert result.state["signal_event_emitted"] is not None
    assert "decision_log" not in result.state
    assert logs(tmp_path) == []


@gated
@either_runner
async def test_a_rejected_proposal_is_logged_and_nothing_is_emitted(
    alias: str, use_langgraph: bool | None, tmp_path: Path
) -> None:
    result = await run(alias, ports_over(tmp_path, stormy()), use_langgraph=use_langgraph)

    assert result.error is None
    assert status_of(result, "emit_signal_event") == "skipped"
    assert status_of(result, "reject_decision_log") == "ok"
    assert result.state["consensus_status"] == "rejected"
    assert result.state["signal_event_emitted"] is None
    assert [entry["decision"] for entry in result.state["decision_log"]] == ["rejected"]
    assert result.last_effect_at is not None


async def test_the_fusion_graph_holds_no_more_than_was_simulated(tmp_path: Path) -> None:
    result = await run(
        "dialectical_with_fusion", ports_over(tmp_path), inputs={"proposed_alpha": {"vt_symbol": "JNJ"}}
    )

    simulated = result.state["simulation_verdict"]["simulated_weights"]
    held = {symbol: weight for symbol, weight in result.state["target_weights"].items() if weight}
    assert set(held) <= set(simulated) == {"JNJ"}
    assert all(abs(weight) <= simulated[symbol] + 1e-9 for symbol, weight in held.items())


async def test_the_debate_is_judged_with_a_confidence_and_a_symbol_that_fusion_can_use(
    tmp_path: Path,
) -> None:
    """The older fallback verdict had neither, so that fusion ignored it."""
    result = await run("dialectical_with_fusion", ports_over(tmp_path))

    verdict = result.state["debate_verdict"]
    assert 0 < verdict["confidence"] <= 1
    assert verdict["vt_symbol"] == result.state["proposed_alpha"]["vt_symbol"]
    assert list(result.state["fusion_output"]["contributors"]) == ["debate"]


def test_every_builder_opens_as_a_template_with_room_for_every_node() -> None:
    drawn: list[LibraryEntry] = [entry for entry in templates() if entry.spec.name.startswith("builder.")]

    assert [entry.spec.name.removeprefix("builder.") for entry in drawn] == ALIASES
    for entry in drawn:
        assert 40 <= len(entry.sentence) <= 220
        assert entry.sentence.endswith(".")
        places = entry.layout.positions
        assert set(places) == {node["id"] for node in entry.spec.params["graph"]["nodes"]}
        assert len({(place.x, place.y) for place in places.values()}) == len(places)


async def test_a_builder_gives_the_same_when_it_is_drawn(tmp_path: Path) -> None:
    entry = next(entry for entry in templates() if entry.spec.name == "builder.trader")
    ports = ports_over(tmp_path)
    runtime = WorkflowRuntime(entry.spec, run_id=RunId("run"), task_id=TaskId("task"), ports=ports)

    drawn, named = await runtime.run({}), await run("trader", ports_over(tmp_path))

    # The log entry names the workflow, so only that differs.
    assert drawn.state["plan_digest"] == named.state["plan_digest"] == plan_of(build("trader")).digest
    for node in ("trader_signal", "run_analyst"):
        assert drawn.state["outputs"][node] == named.state["outputs"][node]
