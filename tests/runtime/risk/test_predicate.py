from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.risk.predicate import rejections, risk_simulator_approves

CLEAN = {
    "approved": True,
    "insight_impact": {"approved": True},
    "margin_check": {"has_headroom": True},
    "risk_breaches": [],
}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def test_a_clean_verdict_is_approved() -> None:
    assert risk_simulator_approves(CLEAN) == "emit_signal_event"


def test_a_bare_approval_is_one() -> None:
    assert risk_simulator_approves({"approved": True}) == "emit_signal_event"


@pytest.mark.parametrize(
    "verdict",
    [
        None,
        "approved",
        [],
        {},
        {**CLEAN, "approved": False},
        {**CLEAN, "approved": None},
        {**CLEAN, "approved": "true"},
        {**CLEAN, "approved": 1},
        {**CLEAN, "insight_impact": {"approved": False}},
        {**CLEAN, "insight_impact": {"approved": None}},
        {**CLEAN, "insight_impact": "fine"},
        {**CLEAN, "margin_check": {"has_headroom": False}},
        {**CLEAN, "margin_check": {"has_headroom": "no"}},
        {**CLEAN, "margin_check": []},
        {**CLEAN, "risk_breaches": ["x"]},
        {**CLEAN, "risk_breaches": "x"},
        {**CLEAN, "risk_breaches": {"x": 1}},
    ],
)
def test_everything_else_is_rejected_with_a_reason(verdict: object) -> None:
    assert risk_simulator_approves(verdict) == "reject_decision_log"
    assert all(rejections(verdict))


@given(json_values)
def test_rubbish_is_rejected(rubbish: object) -> None:
    expected = isinstance(rubbish, dict) and rubbish.get("approved") is True

    assert risk_simulator_approves(rubbish) == ("emit_signal_event" if expected else "reject_decision_log")


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(CLEAN, json_values)))
def test_nothing_but_true_approves(verdict: dict[str, Any]) -> None:
    if risk_simulator_approves(verdict) == "emit_signal_event":
        assert verdict["approved"] is True
        assert not verdict.get("risk_breaches")
        for part, key in (("insight_impact", "approved"), ("margin_check", "has_headroom")):
            assert (verdict.get(part) or {}).get(key, True) is True
