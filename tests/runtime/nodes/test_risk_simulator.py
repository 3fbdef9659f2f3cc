import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from runtime.nodes.risk_simulator import RiskSimulatorConfig
from tests.runtime.nodes.conftest import Bench, weights

KIND = "decision.risk_simulator"
INSIGHT = {"vt_symbol": "A", "direction": "short", "strength": 0.5, "confidence": 0.4, "horizon_days": 5}


def walk(days: int = 300) -> pd.DataFrame:
    steps = np.random.default_rng(4).normal(0.001, 0.01, (days, 2))
    index = pd.bdate_range(end="2024-04-30", periods=days)
    return pd.DataFrame(100 * np.cumprod(1 + steps, axis=0), index=index, columns=["A", "B"])


async def test_a_portfolio_is_judged_by_its_last_row(bench: Bench) -> None:
    history = pd.concat([weights(A=1.0, B=0.0), weights(A=0.2, B=0.3)])

    outputs = await bench.run(KIND, {"prices": walk(), "weights": history})

    assert outputs["verdict"]["approved"] is True
    assert outputs["verdict"]["simulated_weights"] == {"A": 0.2, "B": 0.3}
    assert bench.slots["simulation_verdict"] == outputs["verdict"]
    assert outputs["paths"].shape == (11, 7)


async def test_an_insight_is_a_position_of_direction_times_strength_times_confidence(bench: Bench) -> None:
    outputs = await bench.run(KIND, {"prices": walk(), "insight": INSIGHT})

    assert outputs["verdict"]["vt_symbol"] == "A"
    assert outputs["verdict"]["simulated_weights"] == pytest.approx({"A": -0.2})


@pytest.mark.parametrize("field", ["direction", "strength", "confidence", "vt_symbol"])
async def test_a_malformed_insight_is_not_approved(bench: Bench, field: str) -> None:
    outputs = await bench.run(KIND, {"prices": walk(), "insight": {**INSIGHT, field: None}})

    assert outputs["verdict"]["approved"] is False


async def test_with_both_the_portfolio_is_judged_under_the_name_of_the_insight(bench: Bench) -> None:
    outputs = await bench.run(KIND, {"prices": walk(), "insight": INSIGHT, "weights": weights(B=0.3)})

    assert outputs["verdict"]["vt_symbol"] == "A"
    assert outputs["verdict"]["simulated_weights"] == {"B": 0.3}


async def test_nothing_to_judge_is_not_approved(bench: Bench) -> None:
    outputs = await bench.run(KIND, {"prices": walk()})

    assert outputs["verdict"]["approved"] is False
    assert "holds nothing" in outputs["verdict"]["rationale"]


async def test_a_veto_before_it_stays_a_veto(bench: Bench) -> None:
    overlay = {"risk_veto": True, "approved": False, "risk_breaches": ["risk_overlay_veto"]}

    outputs = await bench.run(KIND, {"prices": walk(), "weights": weights(A=0.2), "overlay": overlay})

    assert outputs["verdict"]["approved"] is False
    assert outputs["verdict"]["risk_breaches"] == ["risk_overlay_veto"]


async def test_an_own_seed_wins_over_the_seed_of_the_node(bench: Bench) -> None:
    inputs = {"prices": walk(), "weights": weights(A=0.2)}

    seeds = [
        (await bench.run(KIND, inputs, seed=seed))["verdict"]["insight_impact"]["seed"]
        for seed in (0, 5, None)
    ]

    assert seeds[:2] == [0, 5]
    assert seeds[2] not in (0, 5)


@pytest.mark.parametrize("field", ["max_p99_drawdown", "max_tvar_95"])
def test_the_platforms_limits_cannot_be_loosened(field: str) -> None:
    with pytest.raises(ValidationError, match=field):
        RiskSimulatorConfig.model_validate({field: 0.5})
