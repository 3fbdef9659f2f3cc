"""Fusion and weight-centric execution by spec: what they read, write and leave as crumbs."""

from pathlib import Path
from typing import Any

import pytest

from runtime.engine import WorkflowRunResult
from runtime.risk.predicate import risk_simulator_approves
from runtime.spec import WorkflowSpec
from tests.runtime.probes import runtime_for

VERDICT = {"action": "buy", "vt_symbol": "A", "confidence": 0.8}


async def run(
    adapter: str, folder: Path, inputs: dict[str, Any], params: dict[str, Any] | None = None
) -> WorkflowRunResult:
    return await runtime_for(WorkflowSpec(name="x", adapter=adapter, params=params or {}), folder).run(inputs)


def crumb(result: WorkflowRunResult, node: str) -> dict[str, Any]:
    return dict(next(each for each in result.breadcrumbs if each["node"] == node))


async def test_fusion_by_hand(tmp_path: Path) -> None:
    inputs = {
        "quant_signals": {"A": 1.0, "B": -0.5, "bad": "x", "nan": None},
        "debate_verdict": VERDICT,
        "model_predictions": {},
    }

    result = await run(
        "SignalFusionAdapter",
        tmp_path,
        inputs,
        {
            "weights_prior": {"quant": 1, "debate": 1, "model": 5},
            "risk_overlay": {"max_position_pct": 0.5, "max_gross_exposure": 0.6},
        },
    )

    # Half of (1, -0.5) and half of (0.8, 0) is (0.9, -0.25); gross 1 is (0.783, -0.217); capped (0.5, -0.217);
    # scaled to 0.6 gross: each times 0.6 / 0.717.
    scale = 0.6 / (0.5 + 0.25 / 1.15)
    assert result.error is None
    assert result.state["target_weights"] == pytest.approx({"A": 0.5 * scale, "B": -0.25 / 1.15 * scale})
    assert result.state["fusion_inputs"]["debate_verdict"] == VERDICT
    assert crumb(result, "fusion_synth")["extras"] == {
        "n_symbols": 2,
        "confidence": pytest.approx(0.5 * 0.75 + 0.5 * 0.8),
    }


@pytest.mark.parametrize(
    "said",
    [
        {"simulation_verdict": VERDICT},
        {"trader_signal": VERDICT},
        {"trader_signal": {"action": "sell", "vt_symbol": "Z"}, "simulation_verdict": VERDICT},
    ],
    ids=["simulation", "trader", "simulation before trader"],
)
async def test_without_a_debate_the_simulation_counts_and_then_the_trader(
    said: dict[str, Any], tmp_path: Path
) -> None:
    result = await run("SignalFusionAdapter", tmp_path, said)

    assert result.state["fusion_output"]["target_weights"] == {"A": 0.2}


async def test_without_contributors_there_are_no_weights_and_no_confidence(tmp_path: Path) -> None:
    result = await run("SignalFusionAdapter", tmp_path, {})

    output = result.state["fusion_output"]
    assert (output["target_weights"], output["confidence"]) == ({}, 0.0)
    assert output["rationale"] == "no contributors had a signal"


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"risk_overlay": {"max_position_pct": 0}}, "params.risk_overlay.max_position_pct"),
        ({"model_confidence": 2}, "params.model_confidence"),
        ({"weights_prior": {"oracle": 1}}, "params.weights_prior.oracle"),
    ],
)
async def test_bad_fusion_params_are_named(params: dict[str, Any], field: str, tmp_path: Path) -> None:
    result = await run("SignalFusionAdapter", tmp_path, {}, params)

    assert result.error is not None
    assert field in result.error


async def test_execution_without_a_target_says_what_to_run_first(tmp_path: Path) -> None:
    result = await run("WeightCentricExecutionAdapter", tmp_path, {})

    assert result.status == "error"
    assert "run SignalFusionAdapter first" in (result.error or "")


async def test_the_four_stages_are_kept_and_positions_are_clamped_before_gross(tmp_path: Path) -> None:
    inputs = {"fusion_output": {"target_weights": {"A": 0.6, "B": -0.2, "C": 0.2}}, "universe": ["A", "B"]}

    result = await run(
        "WeightCentricExecutionAdapter",
        tmp_path,
        inputs,
        {"max_position_pct": 0.5, "max_gross_exposure": 0.6},
    )

    stages = {each["stage"]: each["weights"] for each in result.state["weight_pipeline_history"]}
    assert list(stages) == ["f_S", "f_A", "f_T", "f_R"]
    assert stages["f_S"] == {"A": 0.6, "B": -0.2}
    assert stages["f_T"] == pytest.approx({"A": 0.75, "B": -0.25})
    # Clamped to (0.5, -0.25), then 0.75 gross scaled to 0.6.
    assert stages["f_R"] == pytest.approx({"A": 0.4, "B": -0.2})
    assert result.state["risk_veto"] is False
    assert crumb(result, "weight_centric_pipeline")["extras"] == {
        "prior_gross": pytest.approx(1.0),
        "post_gross": pytest.approx(0.6),
        "risk_veto": False,
    }
    assert "signal_event_emitted" not in result.state


async def test_a_veto_overwrites_an_earlier_approval(tmp_path: Path) -> None:
    """The older platform only defaulted `approved` to false, so an earlier true survived the veto."""
    inputs = {"target_weights": {"A": 1.0}, "simulation_verdict": {"approved": True, "risk_breaches": []}}

    result = await run("WeightCentricExecutionAdapter", tmp_path, inputs, {"max_position_pct": 0.2})

    verdict = result.state["simulation_verdict"]
    assert result.state["risk_veto"] is True
    assert verdict["approved"] is False
    assert verdict["risk_breaches"] == ["risk_overlay_veto"]
    assert "Vetoed" in verdict["rationale"]
    assert risk_simulator_approves(verdict) == "reject_decision_log"


async def test_without_a_veto_an_earlier_verdict_stays_as_it_was(tmp_path: Path) -> None:
    result = await run("WeightCentricExecutionAdapter", tmp_path, {"target_weights": {"A": 0.2, "B": 0.2}})

    assert "simulation_verdict" not in result.state


async def test_a_turbulent_market_halves_positions(tmp_path: Path) -> None:
    result = await run(
        "WeightCentricExecutionAdapter",
        tmp_path,
        {"target_weights": {"A": 0.2}},
        {"context": {"turbulence": 0.99, "equity": 0.5}},
    )

    assert result.state["target_weights"] == {"A": pytest.approx(0.05)}
