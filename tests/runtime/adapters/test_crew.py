"""Crews: refused without the package, and run with the real one against a server that speaks the OpenAI wire format."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runtime.crews.definition import research_crew, trader_crew
from runtime.engine import WorkflowRunResult
from runtime.settings import LiveSettings
from runtime.spec import WorkflowSpec
from tests.fakes import ScriptedSettings
from tests.runtime.probes import runtime_for
from tests.support.crew_server import SECRET, CrewModel, crew_server, point_crews_at

PRICES = {"input_usd_per_million": 2.0, "output_usd_per_million": 10.0}


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[CrewModel]:
    """A local model that numbers its answers."""
    with crew_server(numbered=True) as served:
        point_crews_at(served, monkeypatch, tmp_path / "crewai")
        yield served


def live(rounds: int = 2) -> LiveSettings:
    return LiveSettings(orchestration_crew_adapter_enabled=True, orchestration_max_debate_rounds=rounds)


async def crew(
    folder: Path, *settings: LiveSettings, max_rounds: int = 1, **params: Any
) -> WorkflowRunResult:
    spec = WorkflowSpec(name="crew", adapter="CrewProcessAdapter", max_rounds=max_rounds, params=params)
    return await runtime_for(spec, folder, settings=ScriptedSettings(*settings or (live(),))).run(
        {"prompt": "Is JNJ a buy?"}
    )


def test_the_research_crew_is_as_known_and_each_task_has_its_role() -> None:
    known = research_crew()

    assert list(known.roles) == [
        "data_scout",
        "hypothesis_designer",
        "strategy_backtester",
        "risk_controller",
        "performance_evaluator",
        "meta_agent",
    ]
    assert [task.id for task in known.tasks] == [
        "discover_data",
        "design_hypothesis",
        "backtest",
        "risk_audit",
        "evaluate",
        "promote",
    ]
    assert [task.role for task in known.tasks] == list(known.roles)


def test_the_trader_crew_debates_between_its_analysts_and_its_trader() -> None:
    ids = [task.id for task in trader_crew(2).tasks]

    assert ids[:4] == ["fundamentals_report", "sentiment_report", "news_report", "technical_report"]
    assert ids[4:] == ["bull_1", "bear_1", "bull_2", "bear_2", "trade", "risk_review", "decide"]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({}, "params.model"),
        ({"model": "m", "crew": "kitchen"}, "params.crew"),
        ({"model": "m", "process": "x"}, "params.process"),
    ],
)
async def test_bad_params_are_named(params: dict[str, Any], field: str, tmp_path: Path) -> None:
    assert field in ((await crew(tmp_path, **params)).error or "")


async def test_without_the_package_the_failure_names_it_and_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "crewai", None)

    result = await crew(tmp_path, model="openai/x")

    assert result.status == "error"
    assert (result.error or "").startswith("crew factory import failed: ")
    assert "extra `crew`" in (result.error or "")


async def test_with_the_flag_off_the_package_is_not_even_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def imported(name: str) -> object:
        raise AssertionError(f"{name} was imported")

    monkeypatch.setattr("runtime.crews.running.importlib.import_module", imported)

    result = await crew(tmp_path, LiveSettings(), model="openai/x")

    assert result.failure is not None
    assert result.failure.kind == "policy"


@pytest.fixture
def crewai() -> None:
    """The real package; it comes with the extra `crew`."""
    pytest.importorskip("crewai", reason="the extra `crew` is not installed")


with_crewai = pytest.mark.usefixtures("crewai")
# The package and what it brings along warn of their own affairs.
theirs = pytest.mark.filterwarnings("ignore")


@theirs
@with_crewai
async def test_the_real_research_crew_runs_task_by_task_with_its_cost(
    tmp_path: Path, model: CrewModel
) -> None:
    result = await crew(tmp_path, model="openai/gpt-4o-mini", symbol="JNJ", **PRICES)

    assert (result.status, result.error) == ("completed", None)
    output = result.state["crew_outputs"]["research"]
    assert [said["task"] for said in output["tasks_output"]] == [task.id for task in research_crew().tasks]
    assert output["result"] == output["tasks_output"][-1]["text"]
    assert "Final Answer" not in output["result"]
    ran = [crumb["node"] for crumb in result.breadcrumbs if crumb["status"] == "ok"]
    assert ran == [*(task.id for task in research_crew().tasks), "crew:research"]
    assert result.n_calls == len(model.asked) == 6
    assert result.cost_usd == pytest.approx(6 * (100 * 2 + 10 * 10) / 1e6)
    assert "Known of JNJ" in json.dumps(model.asked[0])
    assert "answer 1" in json.dumps(model.asked[1])
    assert model.keys == {f"Bearer {SECRET}"}
    assert SECRET not in json.dumps([result.dump(), dict(result.state)])


@theirs
@with_crewai
async def test_the_real_trader_crew_keeps_to_the_live_cap(tmp_path: Path, model: CrewModel) -> None:
    result = await crew(tmp_path, live(1), max_rounds=3, crew="trader", model="openai/gpt-4o-mini")

    assert (result.status, result.error) == ("completed", None)
    said = [each["task"] for each in result.state["crew_outputs"]["trader"]["tasks_output"]]
    assert [task for task in said if task.startswith(("bull", "bear"))] == ["bull_1", "bear_1"]
    assert said[-1] == "decide"
    assert [c["status"] for c in result.breadcrumbs if c["node"] == "round_cap_enforce"] == ["capped"] * 4
    assert result.state["crew_outputs"]["trader"]["cost_known"] is False


@theirs
@with_crewai
async def test_with_a_manager_the_real_crew_is_one_transition(tmp_path: Path, model: CrewModel) -> None:
    result = await crew(tmp_path, model="openai/gpt-4o-mini", process="hierarchical")

    assert (result.status, result.error) == ("completed", None)
    assert [crumb["node"] for crumb in result.breadcrumbs] == ["crew:research:6", "crew:research"]
    assert len(result.state["crew_outputs"]["research"]["tasks_output"]) == 6
    assert result.n_calls == len(model.asked)


@theirs
@with_crewai
async def test_a_call_limit_stops_the_real_crew_between_tasks(tmp_path: Path, model: CrewModel) -> None:
    spec = WorkflowSpec(
        name="crew",
        adapter="CrewProcessAdapter",
        params={"model": "openai/gpt-4o-mini"},
        guardrails={"max_calls": 2},  # type: ignore[arg-type]
    )

    result = await runtime_for(spec, tmp_path, settings=ScriptedSettings(live())).run({})

    assert result.error == "Guardrail calls: allowed 2, met 3."
    assert len(model.asked) == 3
