"""A crew as a node, with the real package against a local model; validation says what is missing."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.crews.definition import research_crew
from runtime.errors import HaltRequested
from runtime.extras import CREW, Extra
from runtime.graph.sketch import sketch
from runtime.graph.validate import validate
from runtime.nodes.crew import Crew
from runtime.settings import LiveSettings
from tests.contracts.inputs import ALL_ON, example_inputs
from tests.fakes import ScriptedSettings, make_context
from tests.runtime.graph.parts import NODES, WIRES
from tests.support.crew_server import SECRET, CrewModel, crew_server, point_crews_at

# The package and what it brings along warn of their own affairs.
theirs = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[CrewModel]:
    """A local model that numbers its answers; skipped where the package is not installed."""
    pytest.importorskip("crewai", reason="the extra `crew` is not installed")
    with crew_server(numbered=True) as served:
        point_crews_at(served, monkeypatch, tmp_path / "crewai")
        yield served


@pytest.mark.parametrize("installed", [True, False])
def test_validation_warns_where_the_package_is_not_installed(
    installed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Crew, "extra", Extra(name="crew", package="json" if installed else "no_such_package"))

    drawing = sketch({**NODES, "crew": "agents.crew"}, [*WIRES, "prices.prices -> crew.prices"])

    found = [one for one in validate(drawing, ALL_ON) if one.node == "crew"]

    assert [(one.code, one.severity) for one in found if one.code == "G105"] == (
        [] if installed else [("G105", "warning")]
    )


def test_an_extra_is_installed_when_its_package_can_be_found() -> None:
    assert Extra(name="x", package="json").installed
    assert not Extra(name="x", package="no_such_package").installed
    assert CREW.package == "crewai"


@theirs
async def test_the_real_crew_tells_its_conclusion_its_tasks_and_its_cost(
    tmp_path: Path, model: CrewModel
) -> None:
    context = make_context(tmp_path, settings=ALL_ON, live=ScriptedSettings(ALL_ON))
    config = Crew.Config.model_validate(
        {"symbol": "JNJ", "input_usd_per_million": 2, "output_usd_per_million": 10}
    )

    outputs = await Crew().run(example_inputs(Crew), config, context)

    tasks = outputs["tasks"]
    assert list(tasks["task"]) == [task.id for task in research_crew().tasks]
    assert outputs["conclusion"] == tasks["said"].iloc[-1]
    assert context.ledger.n_calls == len(model.asked) == 6
    assert context.ledger.cost_usd == pytest.approx(6 * (100 * 2 + 10 * 10) / 1e6)
    assert "Known of JNJ" in json.dumps(model.asked[0])
    assert model.keys == {f"Bearer {SECRET}"}


@theirs
async def test_the_cap_on_rounds_holds_while_the_real_crew_works(tmp_path: Path, model: CrewModel) -> None:
    capped = LiveSettings(orchestration_crew_adapter_enabled=True, orchestration_max_debate_rounds=1)
    context = make_context(tmp_path, settings=ALL_ON, live=ScriptedSettings(capped))
    config = Crew.Config.model_validate({"crew": "trader", "rounds": 3, "symbol": "JNJ"})

    outputs = await Crew().run(example_inputs(Crew), config, context)

    said = [task for task in outputs["tasks"]["task"] if task.startswith(("bull", "bear"))]
    assert said == ["bull_1", "bear_1"]
    assert context.ledger.notes == {"round_cap": 1, "cost_known": False}
    assert len(model.asked) == len(outputs["tasks"])


@theirs
async def test_a_halt_between_two_tasks_asks_the_model_nothing_more(tmp_path: Path, model: CrewModel) -> None:
    class Halted(ScriptedSettings):
        async def live(self) -> LiveSettings:
            if len(model.asked) == 2:
                raise HaltRequested("drill")
            return ALL_ON

    context = make_context(tmp_path, settings=ALL_ON, live=Halted(ALL_ON))

    with pytest.raises(HaltRequested):
        await Crew().run(example_inputs(Crew), Crew.Config(), context)

    assert len(model.asked) == 2
