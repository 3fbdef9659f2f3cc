from tests.runtime.nodes.conftest import Bench, weights

KIND = "output.signal_event"
INSIGHT = {"vt_symbol": "A", "direction": "long", "strength": 0.6, "confidence": 0.7, "horizon_days": 10}


async def test_an_approved_target_is_emitted_once_and_stamped(bench: Bench) -> None:
    bench.state = {"fusion_output": {"confidence": 0.8, "rationale": "Momentum."}}

    outputs = await bench.run(KIND, {"weights": weights(A=0.3, B=-0.1)})

    event = outputs["event"]
    assert (event["vt_symbol"], event["direction"], event["confidence"]) == ("A", "long", 0.8)
    assert event["rationale"] == "Momentum."
    assert bench.slots == {
        "signal_event_emitted": event,
        "trader_signal": event,
        "consensus_status": "approved_emitted",
    }
    assert bench.effects.stamps == [bench.clock.now()]


async def test_a_malformed_insight_emits_nothing(bench: Bench) -> None:
    outputs = await bench.run(KIND, {"weights": weights(A=0.3), "insight": {**INSIGHT, "horizon_days": 99}})

    assert outputs == {}
    assert bench.slots == {"consensus_status": "malformed_insight", "signal_event_emitted": None}
    assert bench.effects.stamps == []


async def test_an_insight_against_the_approved_target_emits_nothing(bench: Bench) -> None:
    outputs = await bench.run(KIND, {"weights": weights(A=-0.3), "insight": INSIGHT})

    assert outputs == {}
    assert bench.slots["consensus_status"] == "rejected"


async def test_an_empty_target_emits_nothing(bench: Bench) -> None:
    assert await bench.run(KIND, {"weights": weights(A=0.3).iloc[:0]}) == {}
    assert bench.slots["consensus_status"] == "emit_failed"
