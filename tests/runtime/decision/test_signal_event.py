import ast
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import runtime
from runtime.decision.signal_event import Refusal, SignalEvent, make_signal_event

NOW = datetime(2024, 5, 2, 14, 30, tzinfo=UTC)
INSIGHT = {
    "vt_symbol": "B",
    "direction": "short",
    "strength": 0.6,
    "confidence": 0.7,
    "horizon_days": 10,
    "rationale": "It falls.",
}


def test_without_an_insight_the_event_is_about_the_largest_position() -> None:
    event = make_signal_event({"A": 0.1, "B": -0.3, "C": 0.0}, None, fused={"confidence": 0.8}, now=NOW)

    assert isinstance(event, SignalEvent)
    assert event.dump() == {
        "vt_symbol": "B",
        "direction": "short",
        "strength": pytest.approx(0.75),
        "confidence": 0.8,
        "horizon_days": 10,
        "rationale": "Largest of 2 approved positions.",
        "timestamp": "2024-05-02T14:30:00+00:00",
        "event_type": "approved_target",
        "weights": {"A": 0.1, "B": -0.3},
    }


def test_an_insight_names_symbol_and_strength() -> None:
    event = make_signal_event({"A": 0.3, "B": -0.1}, INSIGHT, fused={}, now=NOW)

    assert isinstance(event, SignalEvent)
    assert (event.vt_symbol, event.direction, event.strength) == ("B", "short", 0.6)


@pytest.mark.parametrize(
    "change",
    [
        {"vt_symbol": ""},
        {"vt_symbol": None},
        {"direction": "sideways"},
        {"strength": 1.2},
        {"strength": None},
        {"confidence": float("nan")},
        {"confidence": "high"},
        {"horizon_days": 0},
        {"horizon_days": 31},
        {"horizon_days": None},
    ],
)
def test_a_malformed_insight_is_never_emitted(change: dict[str, Any]) -> None:
    outcome = make_signal_event({"B": -0.1}, INSIGHT | change, fused={}, now=NOW)

    assert isinstance(outcome, Refusal)
    assert outcome.status == "malformed_insight"


@pytest.mark.parametrize("weights", [{"A": 0.3}, {"B": 0.1}, {"A": 0.3, "B": 0.0}])
def test_an_insight_that_the_approved_target_does_not_hold_is_rejected(weights: dict[str, float]) -> None:
    outcome = make_signal_event(weights, INSIGHT, fused={}, now=NOW)

    assert isinstance(outcome, Refusal)
    assert outcome.status == "rejected"


def test_a_target_without_positions_is_not_emitted() -> None:
    outcome = make_signal_event({"A": 0.0}, None, fused={}, now=NOW)

    assert isinstance(outcome, Refusal)
    assert outcome.status == "emit_failed"


def test_one_place_in_the_product_constructs_a_signal_event() -> None:
    product = Path(runtime.__file__).parent.parent
    calls = [
        (path.relative_to(product).as_posix(), node.lineno)
        for package in ("runtime", "persistence", "tasks", "studio")
        for path in (product / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", getattr(node.func, "attr", "")) == "SignalEvent"
    ]

    assert [path for path, _ in calls] == ["runtime/decision/signal_event.py"]
