import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.decision.fusion import (
    NO_CONTRIBUTORS,
    Fusion,
    Limits,
    clean_signals,
    gross,
    limited,
    synthesize,
)

EQUAL = {"quant": 1.0, "model": 1.0, "debate": 1.0}
OPEN = Limits(max_position_pct=1.0, max_gross_exposure=1.0)

rubbish = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.integers(),
    st.none(),
    st.booleans(),
    st.text(max_size=5),
    st.lists(st.integers(), max_size=2),
)
symbols = st.text(alphabet="ABCXYZ.", min_size=1, max_size=4)
raw_signals = st.dictionaries(symbols, rubbish, max_size=8)
verdicts = st.none() | st.dictionaries(
    st.sampled_from(["action", "vt_symbol", "confidence"]), rubbish | symbols
)
limits = st.builds(
    Limits,
    max_position_pct=st.floats(min_value=1e-6, max_value=1.0),
    max_gross_exposure=st.floats(min_value=1e-6, max_value=2.0),
)
priors = st.fixed_dictionaries({name: st.floats(allow_nan=True, allow_infinity=True) for name in EQUAL})


def fuse(
    quant: dict[str, Any] | None = None,
    *,
    model: dict[str, Any] | None = None,
    debate: dict[str, Any] | None = None,
    model_confidence: float | None = None,
    priors: dict[str, float] = EQUAL,
    limits: Limits = OPEN,
) -> Fusion:
    return synthesize(
        quant_signals=quant or {},
        model_predictions=model or {},
        debate_verdict=debate,
        model_confidence=model_confidence,
        priors=priors,
        limits=limits,
    )


def test_without_any_signal_nothing_is_held_and_it_says_so() -> None:
    fused = fuse({"A": math.nan, "B": "much"}, debate={"action": "hold", "vt_symbol": "A"})

    assert fused == Fusion(target_weights={}, rationale=NO_CONTRIBUTORS, confidence=0.0, contributors={})


def test_the_pool_is_the_prior_weighted_sum_scaled_to_gross_one() -> None:
    fused = fuse(
        {"A": 0.5, "B": -0.25},
        debate={"action": "buy", "vt_symbol": "B", "confidence": 0.8},
        priors={"quant": 0.6, "model": 0.9, "debate": 0.4},
    )

    # A: 0.6·0.5 = 0.3; B: 0.6·(-0.25) + 0.4·0.8 = 0.17; gross 0.47.
    assert fused.target_weights == pytest.approx({"A": 0.3 / 0.47, "B": 0.17 / 0.47})
    assert fused.confidence == pytest.approx(0.6 * 0.375 + 0.4 * 0.8)
    assert set(fused.contributors) == {"quant", "debate"}
    assert fused.contributors["quant"]["prior"] == pytest.approx(0.6)


def test_a_buy_without_a_symbol_counts_for_nothing() -> None:
    fused = fuse({"A": 1.0}, debate={"action": "buy", "confidence": 0.9})

    assert set(fused.contributors) == {"quant"}


def test_a_sell_is_a_short_and_an_unstated_confidence_is_one_half() -> None:
    fused = fuse(debate={"action": "sell", "vt_symbol": "A"})

    assert fused.target_weights == {"A": -1.0}
    assert fused.confidence == 0.5


def test_a_stated_model_confidence_replaces_the_size_of_the_predictions() -> None:
    assert fuse(model={"A": 0.2}).confidence == pytest.approx(0.2)
    assert fuse(model={"A": 0.2}, model_confidence=0.9).confidence == pytest.approx(0.9)


def test_priors_that_are_all_zero_or_negative_split_evenly() -> None:
    fused = fuse({"A": 1.0}, model={"B": 1.0}, priors={"quant": 0.0, "model": -3.0, "debate": 5.0})

    assert fused.target_weights == pytest.approx({"A": 0.5, "B": 0.5})


def test_positions_are_clamped_before_the_gross_is_scaled() -> None:
    held = limited({"A": 0.9, "B": -0.3}, Limits(max_position_pct=0.4, max_gross_exposure=0.35))

    # Clamped to 0.4 and -0.3, then scaled by 0.35 / 0.7; the other order would give 0.2625 and -0.0875.
    assert held == pytest.approx({"A": 0.2, "B": -0.15})


def test_signals_that_cancel_out_are_no_position() -> None:
    fused = fuse({"A": 0.5}, model={"A": -0.5})

    assert fused.target_weights == {"A": 0.0}


def test_cleaning_clips_and_drops() -> None:
    raw = {"D": 7, "C": -9.0, "B": math.inf, "A": None, "E": True, "F": "0.25", "G": "x"}

    assert clean_signals(raw) == {"C": -1.0, "D": 1.0, "F": 0.25}


@given(quant=raw_signals, model=raw_signals, debate=verdicts, priors=priors, limits=limits)
def test_no_input_breaks_the_limits(
    quant: dict[str, Any],
    model: dict[str, Any],
    debate: dict[str, Any] | None,
    priors: dict[str, float],
    limits: Limits,
) -> None:
    fused = fuse(quant, model=model, debate=debate, priors=priors, limits=limits)

    weights = fused.target_weights
    assert all(math.isfinite(weight) for weight in weights.values())
    assert all(abs(weight) <= limits.max_position_pct for weight in weights.values())
    assert gross(weights) <= limits.max_gross_exposure * (1 + 1e-12)
    assert gross(weights) <= 1 + 1e-12
    assert 0.0 <= fused.confidence <= 1.0


@given(quant=raw_signals, model=raw_signals, debate=verdicts, data=st.data())
def test_the_order_of_the_symbols_changes_no_bit(
    quant: dict[str, Any], model: dict[str, Any], debate: dict[str, Any] | None, data: st.DataObject
) -> None:
    shuffled = {
        name: dict(data.draw(st.permutations(list(given.items()))))
        for name, given in (("quant", quant), ("model", model))
    }

    assert fuse(quant, model=model, debate=debate) == fuse(
        shuffled["quant"], model=shuffled["model"], debate=debate
    )
