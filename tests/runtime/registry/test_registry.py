"""Specs by name: from code, from the library, from a folder; a scan adds, a reload replaces."""

from pathlib import Path

import pytest

from runtime.builders import builders
from runtime.errors import NotFound
from runtime.library import named_specs
from runtime.registry import SpecRegistry
from runtime.spec import WorkflowSpec
from runtime.spec_files import spec_to_yaml


def spec(name: str = "mine", description: str = "") -> WorkflowSpec:
    return WorkflowSpec(name=name, adapter="LangGraphAdapter", description=description)


def write(folder: Path, name: str, description: str) -> None:
    (folder / f"{name}.yaml").write_text(spec_to_yaml(spec(name, description)), encoding="utf-8")


def test_a_spec_and_a_factory_are_registered_and_come_back_as_they_were() -> None:
    registry = SpecRegistry(library=False)
    made = spec()

    @registry.register
    def factory() -> WorkflowSpec:
        return spec("made")

    assert registry.register(made) is made
    assert registry.get("mine") is made
    assert factory() == registry.get("made")


@pytest.mark.parametrize("wrong", [{"name": "x"}, 7, None])
def test_anything_else_is_a_type_error(wrong: object) -> None:
    registry = SpecRegistry(library=False)

    with pytest.raises(TypeError, match="expected a WorkflowSpec"):
        registry.register(wrong)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="expected a WorkflowSpec, got dict"):
        registry.register(lambda: {"name": "x"})  # type: ignore[type-var]
    assert registry.names() == []


def test_a_scan_never_replaces_what_is_there_and_a_reload_does(tmp_path: Path) -> None:
    write(tmp_path, "mine", "from the folder")
    registry = SpecRegistry(folder=tmp_path, library=False)
    registry.add(spec("mine", "from code"))

    assert registry.get("mine").description == "from code"

    assert registry.reload() == 1
    assert registry.get("mine").description == "from the folder"


def test_the_scan_is_lazy_and_happens_once(tmp_path: Path) -> None:
    registry = SpecRegistry(folder=tmp_path, library=False)
    write(tmp_path, "early", "there before the first look")

    assert registry.names() == ["early"]
    write(tmp_path, "late", "there after it")
    assert registry.names() == ["early"]
    registry.reload()
    assert registry.names() == ["early", "late"]


def test_an_unknown_name_is_a_key_error_with_the_nearest_name() -> None:
    registry = SpecRegistry()

    with pytest.raises(KeyError) as unknown:
        registry.get("research.daily_stock_analysis")

    assert isinstance(unknown.value, NotFound)
    assert "Did you mean 'research.daily_stock_analysis_v1'?" in str(unknown.value)


def test_registries_are_independent_and_importing_registers_nothing() -> None:
    SpecRegistry().add(spec("only"))

    assert "only" not in SpecRegistry().names()


def test_the_two_documented_specs_ship_with_their_limits_and_schedules() -> None:
    registry = SpecRegistry()
    daily, fused = (
        registry.get(name)
        for name in ("research.daily_stock_analysis_v1", "research.dialectical_with_fusion_v1")
    )

    assert [each.name for each in named_specs()] == [daily.name, fused.name]
    assert daily.params == {"builder": "full_pipeline", "use_langgraph": None, "builder_kwargs": {}}
    assert fused.params["builder_kwargs"] == {"max_rounds": 2}
    assert {daily.params["builder"], fused.params["builder"]} <= set(builders())
    for each in (daily, fused):
        assert (each.adapter, each.adapter_kind) == ("LangGraphAdapter", "graph")
        assert (each.schedule.cron, each.schedule.timezone, each.schedule.enabled) == (
            "30 13 * * 1-5",
            "UTC",
            False,
        )
        rails = each.guardrails
        assert (rails.cost_budget_usd, rails.max_calls, rails.max_duration_seconds) == (3.0, 60, 900)
    assert daily.annotations == ("research", "daily", "automation")
    assert fused.annotations == ("research", "dialectical")
