"""Phase 0: flags are off, knobs have their defaults, and no flag rewires a named graph."""

from collections.abc import Callable
from pathlib import Path

import pytest

from runtime.catalog import kind_named
from runtime.orchestration import (
    BuiltGraph,
    build_dialectical_debate_graph,
    build_dialectical_with_fusion_graph,
    build_full_pipeline_graph,
    build_quant_research_pipeline_graph,
    build_research_debate_graph,
    build_research_graph,
    build_trader_graph,
    environment_settings,
    memory_ports,
)
from runtime.settings import DEFAULTS, FLAGS, LiveSettings, Settings, environment_name, resolve
from runtime.spec import WorkflowSpec
from tests.fakes import ScriptedSettings
from tests.runtime.probes import runtime_for

SIX = (
    "orchestration_studio_enabled",
    "orchestration_crew_adapter_enabled",
    "orchestration_fusion_enabled",
    "orchestration_schedule_enabled",
    "orchestration_workflow_versioning_enabled",
    "orchestration_kill_propagation_enabled",
)
LEGACY: dict[Callable[..., BuiltGraph], tuple[str, ...]] = {
    build_research_graph: ("news_miner", "equity_researcher", "universe_selector"),
    build_trader_graph: ("trader_signal", "decision_log_trader", "run_analyst"),
    build_full_pipeline_graph: (
        "news_miner",
        "equity_researcher",
        "universe_selector",
        "stock_selector",
        "trader_signal",
        "decision_log_trader",
        "run_analyst",
        "portfolio_analyst",
        "decision_log_portfolio",
    ),
    build_research_debate_graph: (
        "market_monitor",
        "quant_generator",
        "risk_simulator",
        "emit_signal_event",
        "reject_decision_log",
    ),
    build_quant_research_pipeline_graph: (
        "composite_voter",
        "regime_analyst",
        "cointegration_analyst",
        "risk_simulator",
        "emit_signal_event",
        "reject_decision_log",
    ),
}
every_legacy_builder = pytest.mark.parametrize(
    ("builder", "sequence"), LEGACY.items(), ids=lambda value: getattr(value, "__name__", "")
)


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting is pinned, wherever the tests run."""
    for name in DEFAULTS:
        monkeypatch.delenv(environment_name(name), raising=False)


def pin_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in FLAGS:
        monkeypatch.setenv(environment_name(name), "true")
    monkeypatch.setenv("ALPHASWARM_ORCHESTRATION_MAX_DEBATE_ROUNDS", "5")


def test_all_six_flags_exist_and_are_exactly_false() -> None:
    live = environment_settings()

    assert FLAGS == SIX
    assert [getattr(live, name) for name in SIX] == [False] * 6
    assert all(getattr(live, name) is False for name in SIX)
    assert live == LiveSettings()


def test_the_two_knobs_have_their_defaults() -> None:
    live = environment_settings()

    assert type(live.orchestration_max_debate_rounds) is int
    assert live.orchestration_max_debate_rounds == 2
    assert type(live.orchestration_halt_check_timeout_seconds) is float
    assert live.orchestration_halt_check_timeout_seconds == 1.0


@pytest.mark.parametrize("name", SIX)
def test_each_flag_is_switched_on_by_its_own_variable_and_by_no_other(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"ALPHASWARM_{name.upper()}", "true")

    live = environment_settings()

    assert [each for each in SIX if getattr(live, each)] == [name]


@pytest.mark.parametrize(
    ("variable", "value"),
    [("MAX_DEBATE_ROUNDS", "0"), ("HALT_CHECK_TIMEOUT_SECONDS", "0"), ("HALT_CHECK_TIMEOUT_SECONDS", "-1")],
)
def test_a_knob_out_of_range_is_refused(variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"ALPHASWARM_ORCHESTRATION_{variable}", value)

    with pytest.raises(ValueError, match=variable.lower()):
        Settings()


def test_the_environment_pins_then_the_override_counts_then_the_default() -> None:
    name = "orchestration_max_debate_rounds"

    pinned, sources = resolve({name: 3}, {name: 7})
    overridden, _ = resolve({}, {name: 7})

    assert (pinned.orchestration_max_debate_rounds, sources[name]) == (3, "environment")
    assert overridden.orchestration_max_debate_rounds == 7


@every_legacy_builder
@pytest.mark.parametrize("use_langgraph", [False, None])
def test_with_every_flag_off_a_legacy_builder_has_exactly_its_nodes_in_order(
    builder: Callable[..., BuiltGraph], sequence: tuple[str, ...], use_langgraph: bool | None
) -> None:
    assert builder(use_langgraph=use_langgraph).nodes == sequence


@every_legacy_builder
def test_with_every_flag_on_and_five_rounds_a_legacy_builder_is_not_rewired(
    builder: Callable[..., BuiltGraph], sequence: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    off = builder(use_langgraph=False)
    pin_everything(monkeypatch)

    on = builder(use_langgraph=False)

    assert on.nodes == sequence
    assert on.document == off.document


@every_legacy_builder
async def test_the_sequential_runner_takes_the_nodes_in_exactly_that_order(
    builder: Callable[..., BuiltGraph], sequence: tuple[str, ...], tmp_path: Path
) -> None:
    result = await builder(use_langgraph=False).run(ports=memory_ports(tmp_path))

    assert (result.status, result.error) == ("completed", None)
    assert tuple(crumb["node"] for crumb in result.breadcrumbs) == sequence


def test_a_graph_can_be_invoked_without_an_event_loop() -> None:
    state = build_trader_graph(use_langgraph=False).invoke({"as_of": "2020-06-30"})

    assert state["errors"] == []
    assert state["trader_signal"]["as_of"] == "2020-06-30"


def test_one_round_is_the_single_pass_and_more_are_a_chain_with_one_judge() -> None:
    one, two = build_dialectical_debate_graph(), build_dialectical_debate_graph(max_rounds=2)

    assert one.nodes == ("bull_researcher", "bear_researcher", "portfolio_manager")
    assert two.nodes == (
        "bull_researcher",
        "bear_researcher",
        "bull_researcher_2",
        "bear_researcher_2",
        "portfolio_manager",
    )


@pytest.mark.parametrize("rounds", [0, -1, 101])
def test_a_debate_of_no_rounds_is_a_value_error(rounds: int) -> None:
    with pytest.raises(ValueError, match="max_rounds must be 1 to 100"):
        build_dialectical_debate_graph(max_rounds=rounds)


def test_the_fusion_graph_refuses_to_compile_while_its_flag_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RuntimeError, match="ORCHESTRATION_FUSION_ENABLED"):
        build_dialectical_with_fusion_graph()

    monkeypatch.setenv("ALPHASWARM_ORCHESTRATION_FUSION_ENABLED", "true")
    assert build_dialectical_with_fusion_graph().nodes == (
        "risk_simulator",
        "bull_researcher",
        "bear_researcher",
        "portfolio_manager",
        "fusion",
        "weight_centric",
        "emit_signal_event",
        "reject_decision_log",
    )


@pytest.mark.parametrize("use_langgraph", [False, None])
async def test_a_debate_of_six_rounds_stops_when_its_cap_is_lowered_while_it_runs(
    use_langgraph: bool | None, tmp_path: Path
) -> None:
    # Read once before the adapter and once by it, then before every turn: the fifth turn finds the lower cap.
    high = LiveSettings(orchestration_max_debate_rounds=6)
    low = LiveSettings(orchestration_max_debate_rounds=2)
    settings = ScriptedSettings(*[high] * 6, low)
    spec = WorkflowSpec(
        name="debate",
        adapter="LangGraphAdapter",
        params={
            "builder": "dialectical",
            "use_langgraph": use_langgraph,
            "builder_kwargs": {"max_rounds": 6},
        },
    )

    result = await runtime_for(spec, tmp_path, settings=settings).run({})

    state = result.state
    assert (result.status, result.error) == ("completed", None)
    assert state["research_debate"]["count"] == 4
    assert (state["debate_verdict"]["rounds"], len(state["debate_verdict"]["transcript"])) == (2, 4)
    spoke = [crumb["node"] for crumb in result.breadcrumbs if crumb["status"] == "ok"]
    assert spoke[:4] == ["bull_researcher", "bear_researcher", "bull_researcher_2", "bear_researcher_2"]
    assert spoke.count("portfolio_manager") == 1
    assert "bear_researcher_3" not in spoke


async def test_six_rounds_are_held_while_the_cap_allows_them(tmp_path: Path) -> None:
    settings = ScriptedSettings(LiveSettings(orchestration_max_debate_rounds=6))
    spec = WorkflowSpec(
        name="debate",
        adapter="LangGraphAdapter",
        params={"builder": "dialectical", "builder_kwargs": {"max_rounds": 6}},
    )

    result = await runtime_for(spec, tmp_path, settings=settings).run({})

    assert result.state["debate_verdict"]["rounds"] > 2


@every_legacy_builder
def test_no_node_of_a_legacy_builder_needs_a_flag(
    builder: Callable[..., BuiltGraph], sequence: tuple[str, ...]
) -> None:
    assert {kind_named(node.kind).requires for node in builder().document.nodes} == {None}
