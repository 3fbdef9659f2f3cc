import pytest

from tests.runtime.nodes.conftest import Bench, weights

KIND = "decision.risk_gate"
WEIGHTS = weights(A=0.2, B=0.3)
APPROVAL = {"approved": True, "vt_symbol": "PORTFOLIO", "simulated_weights": {"A": 0.2, "B": 0.3}}


async def test_approved_weights_pass_unchanged(bench: Bench) -> None:
    outputs = await bench.run(KIND, {"weights": WEIGHTS, "verdict": APPROVAL})

    assert list(outputs) == ["approved"]
    assert outputs["approved"] is WEIGHTS
    assert bench.slots == {"consensus_status": "approved"}


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        ({}, "does not approve"),
        ({**APPROVAL, "approved": False}, "does not approve"),
        ({**APPROVAL, "risk_breaches": ["tvar_95 0.2 > 0.1"]}, "tvar_95 0.2 > 0.1"),
        ({**APPROVAL, "margin_check": {"has_headroom": False}}, "margin headroom"),
        ({**APPROVAL, "insight_impact": {"approved": False}}, "impact"),
        ({**APPROVAL, "simulated_weights": {"A": 0.2, "B": 0.2}}, "other weights"),
    ],
)
async def test_a_rejection_is_logged_with_its_reason(
    bench: Bench, verdict: dict[str, object], reason: str
) -> None:
    bench.state = {"decision_log": [{"decision": "earlier"}]}

    outputs = await bench.run(KIND, {"weights": WEIGHTS, "verdict": verdict})

    assert list(outputs) == ["rejected"]
    assert outputs["rejected"]["approved"] is False
    assert reason in outputs["rejected"]["rationale"]
    assert bench.slots["consensus_status"] == "rejected"
    assert bench.slots["signal_event_emitted"] is None
    earlier, entry = bench.slots["decision_log"]
    assert earlier == {"decision": "earlier"}
    assert (entry["run_id"], entry["as_of"], entry["decision"]) == ("run", "2024-04-30", "rejected")
    assert any(reason in each for each in entry["reasons"])


async def test_a_verdict_that_does_not_say_what_was_simulated_is_taken_at_its_word(bench: Bench) -> None:
    outputs = await bench.run(KIND, {"weights": WEIGHTS, "verdict": {"approved": True}})

    assert list(outputs) == ["approved"]
