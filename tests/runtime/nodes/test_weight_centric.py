import pytest

from runtime.errors import CapabilityOff, InvalidValue
from runtime.risk.predicate import risk_simulator_approves
from runtime.settings import LiveSettings
from tests.runtime.nodes.conftest import Bench, weights

KIND = "decision.weight_centric"


async def test_with_the_flag_off_it_refuses_and_names_the_variable(bench: Bench) -> None:
    bench.settings = LiveSettings()

    with pytest.raises(CapabilityOff, match="ALPHASWARM_ORCHESTRATION_FUSION_ENABLED=true"):
        await bench.run(KIND, {"weights": weights(A=0.1)})


async def test_the_stages_are_written_in_order(bench: Bench) -> None:
    await bench.run(KIND, {"weights": weights(A=0.1, B=0.2)})

    assert [each["stage"] for each in bench.slots["weight_pipeline_history"]] == ["f_S", "f_A", "f_T", "f_R"]
    assert bench.slots["risk_veto"] is False


async def test_a_veto_overwrites_an_earlier_approval(bench: Bench) -> None:
    earlier = {"approved": True, "risk_breaches": [], "vt_symbol": "A"}

    outputs = await bench.run(KIND, {"weights": weights(A=1.0), "verdict": earlier}, max_position_pct=0.1)

    assert outputs["verdict"]["approved"] is False
    assert outputs["verdict"]["risk_breaches"] == ["risk_overlay_veto"]
    assert bench.slots["risk_veto"] is True
    assert bench.slots["simulation_verdict"]["approved"] is False
    assert earlier == {"approved": True, "risk_breaches": [], "vt_symbol": "A"}


async def test_a_veto_overwrites_an_approval_in_the_state(bench: Bench) -> None:
    bench.state = {"simulation_verdict": {"approved": True}}

    outputs = await bench.run(KIND, {"weights": weights(A=1.0)}, max_position_pct=0.1)

    assert outputs["verdict"]["approved"] is False


async def test_an_earlier_approval_survives_without_a_veto(bench: Bench) -> None:
    outputs = await bench.run(KIND, {"weights": weights(A=0.1), "verdict": {"approved": True}})

    assert outputs["verdict"]["approved"] is True


async def test_its_silence_is_no_approval(bench: Bench) -> None:
    outputs = await bench.run(KIND, {"weights": weights(A=0.1)})

    assert risk_simulator_approves(outputs["verdict"]) == "reject_decision_log"


async def test_a_target_without_rows_is_an_error(bench: Bench) -> None:
    with pytest.raises(InvalidValue, match="no rows"):
        await bench.run(KIND, {"weights": weights(A=0.1).iloc[:0]})
