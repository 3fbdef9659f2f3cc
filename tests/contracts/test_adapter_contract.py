"""What every adapter keeps: registered once, described in full, refused by policy while its flag is off."""

import json
from pathlib import Path
from typing import Any

import pytest

from runtime.adapter import (
    KINDS,
    Adapter,
    AdapterContext,
    AdapterResult,
    adapter_named,
    adapters,
    adapters_of,
    catalog,
)
from runtime.embedded import FixedSettings
from runtime.errors import NotFound
from runtime.settings import LiveSettings, environment_name
from runtime.spec import WorkflowSpec
from runtime.state import OrchestrationState
from tests.contracts.inputs import ALL_ON
from tests.runtime.probes import Switch, runtime_for
from tests.runtime.test_engine import STOP

DOCUMENTED = {
    "LangGraphAdapter": ("graph", "alphaswarm", "graph", ["langgraph", "sequential_fallback"]),
    "CrewProcessAdapter": ("crew", "finrobot", "crew", ["crewai", "sequential", "hierarchical"]),
    "DialecticalDebateAdapter": (
        "debate",
        "tradingagents",
        "debate",
        ["bull_bear", "bounded", "judge_synthesis"],
    ),
    "SignalFusionAdapter": ("fusion", "vibe_trading", "fusion", ["deterministic", "weight_vector", "fusion"]),
    "WeightCentricExecutionAdapter": (
        "execution",
        "finrl",
        "execution",
        ["weight_centric", "risk_overlay", "finrl_x"],
    ),
    "AutomationScheduleAdapter": (
        "schedule",
        "daily_stock_analysis",
        "schedule",
        ["celery_beat", "scheduler", "automation"],
    ),
    "WorkflowStudioAdapter": ("studio", "langflow", "studio", ["langgraph", "drawn"]),
}
GATED = {alias: adapter.requires for alias, adapter in adapters().items() if adapter.requires}
every_adapter = pytest.mark.parametrize("adapter", adapters().values(), ids=lambda each: each.adapter_alias)


def test_the_kinds_stand_in_their_fixed_order_and_each_has_an_adapter() -> None:
    assert KINDS == ("graph", "crew", "debate", "fusion", "execution", "schedule", "studio")
    assert [adapters_of(kind) for kind in KINDS] == [[alias] for alias in DOCUMENTED]


def test_the_catalogue_is_as_documented_in_the_order_of_kinds() -> None:
    rows = catalog(LiveSettings())

    assert {
        row["alias"]: (row["kind"], row["source"], row["category"], row["tags"]) for row in rows
    } == DOCUMENTED
    assert [row["alias"] for row in rows] == list(DOCUMENTED)
    json.dumps(rows, allow_nan=False)


def test_an_adapter_whose_flag_is_off_is_in_the_catalogue_but_not_enabled() -> None:
    off = {row["alias"]: row["enabled"] for row in catalog(LiveSettings())}
    on = {row["alias"]: row["enabled"] for row in catalog(ALL_ON)}

    assert [alias for alias, enabled in off.items() if not enabled] == list(GATED)
    assert list(GATED) == [
        "CrewProcessAdapter",
        "SignalFusionAdapter",
        "WeightCentricExecutionAdapter",
        "AutomationScheduleAdapter",
    ]
    assert all(on.values())


def test_an_unknown_kind_or_alias_is_a_key_error_that_names_the_known_ones() -> None:
    with pytest.raises(KeyError, match="Known: crew, debate"):
        adapters_of("no such kind")
    with pytest.raises(NotFound, match="Did you mean 'SignalFusionAdapter'"):
        adapter_named("SignalFusion")


@every_adapter
def test_an_adapter_says_what_it_is(adapter: type[Adapter]) -> None:
    row = adapter.describe()

    assert row["alias"] == row["class"] == adapter.__name__
    assert row["doc"].endswith(".")
    assert row["module"].startswith("runtime.adapters.")
    assert adapter()


@every_adapter
def test_an_adapter_imports_no_storage_no_transport_and_no_other_adapter(adapter: type[Adapter]) -> None:
    import inspect
    import sys

    source = inspect.getsource(sys.modules[adapter.__module__])

    for forbidden in ("sqlalchemy", "redis", "celery", "persistence", "tasks.", "runtime.adapters"):
        assert f"import {forbidden}" not in source
        assert f"from {forbidden}" not in source


@pytest.mark.parametrize(("alias", "flag"), GATED.items())
async def test_with_its_flag_off_an_adapter_is_refused_by_policy_and_the_state_is_unchanged(
    alias: str, flag: Any, tmp_path: Path
) -> None:
    spec = WorkflowSpec(name="x", adapter=alias)
    inputs = {"target_weights": {"A": 0.5}, "quant_signals": {"A": 1.0}}
    runtime = runtime_for(spec, tmp_path, settings=FixedSettings(LiveSettings()))

    result = await runtime.run(inputs)

    assert (result.status, result.halted) == ("error", False)
    assert result.failure is not None
    assert result.failure.kind == "policy"
    assert result.failure.message == f"{alias} requires {environment_name(flag)}=true"
    ids = {"run_id", "task_id", "workflow_run_id", "workflow_spec_name", "workflow_spec_version_id"}
    changed = {key: value for key, value in result.state.items() if key not in ids}
    assert changed == {"halt_token": False, "inputs": inputs, "cost_usd": 0.0, "n_calls": 0}


@every_adapter
async def test_a_halt_before_the_start_never_reaches_an_adapter(
    adapter: type[Adapter], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def reached(self: Adapter, state: OrchestrationState, context: AdapterContext) -> AdapterResult:
        raise AssertionError("the adapter was invoked")

    monkeypatch.setattr(adapter, "invoke", reached)

    spec = WorkflowSpec(name="x", adapter=adapter.adapter_alias)
    result = await runtime_for(spec, tmp_path, halts=[Switch(STOP)]).run({})

    assert (result.status, result.error) == ("halted", "fat finger")


@every_adapter
@pytest.mark.parametrize("params", [{}, {"graph": 3, "builder": 7, "max_rounds": "many", "context": []}])
async def test_whatever_its_params_an_adapter_ends_in_a_result(
    adapter: type[Adapter], params: dict[str, Any], tmp_path: Path
) -> None:
    spec = WorkflowSpec(name="x", adapter=adapter.adapter_alias, params=params)

    result = await runtime_for(spec, tmp_path).run({})

    assert result.status in ("completed", "error")
    assert (result.error is None) == (result.status == "completed")
    json.dumps(result.dump(), allow_nan=False)


def test_helpers_abstract_classes_and_unknown_kinds_do_not_register() -> None:
    known = dict(adapters())

    class BaseThing(Adapter):
        adapter_kind = "graph"

        async def invoke(self, state: OrchestrationState, context: AdapterContext) -> AdapterResult:
            raise NotImplementedError

    class _Private(BaseThing):
        adapter_kind = "graph"

    class Odd(BaseThing):
        adapter_kind = "quantum"  # type: ignore[assignment]

    class StillAbstract(Adapter):
        adapter_kind = "graph"

    adapters.cache_clear()

    assert dict(adapters()) == known
