import pandas as pd
import pytest

from runtime.errors import CapabilityOff, InvalidValue
from runtime.settings import LiveSettings
from tests.runtime.nodes.conftest import Bench

DAYS = pd.bdate_range("2024-03-01", "2024-04-30")
SIGNALS = pd.DataFrame({"A": 1.0, "B": -1.0}, index=DAYS)


async def test_with_the_flag_off_it_refuses_and_names_the_variable(bench: Bench) -> None:
    bench.settings = LiveSettings()

    with pytest.raises(CapabilityOff, match="ALPHASWARM_ORCHESTRATION_FUSION_ENABLED=true"):
        await bench.run("decision.signal_fusion", {"quant": SIGNALS})


async def test_with_nothing_wired_it_says_what_to_connect(bench: Bench) -> None:
    with pytest.raises(InvalidValue, match="Connect signals"):
        await bench.run("decision.signal_fusion", {})


async def test_it_writes_what_went_in_and_what_came_out(bench: Bench) -> None:
    outputs = await bench.run("decision.signal_fusion", {"quant": SIGNALS}, max_position_pct=0.4)

    assert outputs["weights"].iloc[-1].to_dict() == pytest.approx({"A": 0.4, "B": -0.4})
    assert bench.slots["target_weights"] == pytest.approx({"A": 0.4, "B": -0.4})
    assert bench.slots["fusion_inputs"]["quant_signals"] == {"A": 1.0, "B": -1.0}
    assert bench.slots["fusion_output"]["confidence"] == outputs["fusion"]["confidence"] == 1.0
    assert set(outputs["fusion"]) == {"rationale", "confidence", "contributors"}


@pytest.mark.parametrize(
    ("as_of", "day"),
    [("2024-02-01", "2024-02-01"), ("2024-02-01T15:00:00+01:00", "2024-02-01"), ("soon", "2024-01-02")],
)
async def test_a_debate_alone_is_dated_by_its_verdict_or_else_by_today(
    bench: Bench, as_of: str, day: str
) -> None:
    verdict = {"action": "buy", "vt_symbol": "A", "confidence": 0.5, "as_of": as_of}

    outputs = await bench.run("decision.signal_fusion", {"debate": verdict})

    assert outputs["weights"].index.tolist() == [pd.Timestamp(day)]
