"""Optimised portfolios: worked examples, what they keep, and what they refuse."""

from typing import get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from runtime.errors import InvalidValue, TooLarge
from runtime.optimise import walk_forward
from runtime.optimise.portfolio import optimal_weights
from runtime.optimise.problem import LONG_ONLY, Method, Problem
from runtime.optimise.walk_forward import needed_symbols, optimal_history
from tests.runtime.quant.frames import random_walks

METHODS: tuple[Method, ...] = get_args(Method)
every_method = pytest.mark.parametrize("method", METHODS)


def returns(*deviations: float, correlation: float = 0.0, days: int = 4000) -> pd.DataFrame:
    """Return seeded normal returns with these standard deviations, one common correlation and exactly no mean."""
    rng = np.random.default_rng(7)
    n = len(deviations)
    raw = rng.normal(size=(days, n))
    raw -= raw.mean(axis=0)
    # Whitened, so that the sample has exactly the moments that the worked examples assume.
    raw = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw.T)).T)
    target = np.full((n, n), correlation) + (1.0 - correlation) * np.eye(n)
    shaped = raw @ np.linalg.cholesky(target).T * np.array(deviations)
    return pd.DataFrame(shaped, columns=[f"S{place}" for place in range(n)])


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        # variances 1 : 4 : 4 → inverse variances 4 : 1 : 1
        ("minimum_variance", [4 / 6, 1 / 6, 1 / 6]),
        # uncorrelated: inverse volatilities 2 : 1 : 1
        ("risk_parity", [0.5, 0.25, 0.25]),
        ("equal_weight", [1 / 3, 1 / 3, 1 / 3]),
    ],
)
def test_uncorrelated_shares_get_the_weights_of_the_textbook(method: Method, expected: list[float]) -> None:
    weights = optimal_weights(returns(0.01, 0.02, 0.02), Problem(method=method, max_weight=1.0), None)

    assert list(weights.values()) == pytest.approx(expected, abs=0.01)


def test_hierarchical_risk_parity_splits_two_shares_by_inverse_variance() -> None:
    weights = optimal_weights(
        returns(0.01, 0.02), Problem(method="hierarchical_risk_parity", max_weight=1.0), None
    )

    assert list(weights.values()) == pytest.approx([0.8, 0.2], abs=0.01)


def test_mean_variance_weighs_the_mean_against_the_risk() -> None:
    drift = pd.Series({"S0": 0.0002, "S1": 0.0})
    problem = Problem(method="mean_variance", max_weight=1.0, risk_aversion=4.0)

    weights = optimal_weights(returns(0.01, 0.01) + drift, problem, None)

    # equal risk: w0 - w1 = (m0 - m1) / (λ σ²) = 0.0002 / (4 · 0.0001)
    assert weights["S0"] - weights["S1"] == pytest.approx(0.5, abs=0.02)


def test_without_a_view_the_neutral_portfolio_is_the_equal_weight() -> None:
    weights = optimal_weights(
        returns(0.01, 0.02, 0.03), Problem(method="mean_variance", max_weight=1.0), views={}
    )

    assert list(weights.values()) == pytest.approx([1 / 3] * 3, abs=0.01)


def test_a_better_view_never_gets_a_smaller_weight() -> None:
    problem = Problem(method="mean_variance", max_weight=1.0)
    held = [
        optimal_weights(returns(0.01, 0.02, 0.03), problem, {"S0": 0.0, "S1": view, "S2": 0.0})["S1"]
        for view in (-1.0, -0.5, 0.0, 0.5, 1.0)
    ]

    assert held == sorted(held)
    assert held[-1] > held[0] + 0.05


def test_symbols_that_look_like_formulas_are_only_names() -> None:
    frame = returns(0.01, 0.02).set_axis(["BF-B", "A == 1 * B"], axis="columns")

    weights = optimal_weights(
        frame, Problem(method="mean_variance", max_weight=1.0), {"BF-B": 1.0, "A == 1 * B": -1.0}
    )

    assert weights["BF-B"] > weights["A == 1 * B"]


@every_method
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 1000), cut=st.integers(62, 85), factor=st.floats(0.5, 2))
@example(seed=7, cut=70, factor=1.7)  # fails at once where a look ahead would take minutes to shrink
def test_no_portfolio_sees_the_future_and_all_keep_their_bounds(
    method: Method, seed: int, cut: int, factor: float
) -> None:
    prices = random_walks(seed, symbols=5)
    other = prices.copy()
    other.iloc[cut:] *= factor
    other.iloc[cut, 0] = np.nan
    signals = prices.pct_change(5).clip(-1, 1) if method == "mean_variance" else None
    changed = None if signals is None else signals.copy()
    if changed is not None:
        changed.iloc[cut:] = 0.3
    low = 0.0 if method in LONG_ONLY else -0.1
    problem = Problem(method=method, lookback=40, max_weight=0.5, min_weight=low)

    before, after = optimal_history(prices, problem, signals), optimal_history(other, problem, changed)
    again = optimal_history(prices, problem, signals)

    pd.testing.assert_frame_equal(before, again)
    day = prices.index[cut]
    pd.testing.assert_frame_equal(before[before.index < day], after[after.index < day])
    assert (before.to_numpy() >= low).all()
    assert (before.to_numpy() <= 0.5).all()
    totals = before.sum(axis="columns").to_numpy()
    assert ((totals <= 1.0 + 1e-12) & (totals > 1.0 - 1e-4)).all()


@every_method
def test_the_order_of_the_symbols_does_not_matter(method: Method) -> None:
    prices = random_walks(3, symbols=5)
    problem = Problem(method=method, lookback=40, max_weight=0.5)

    straight = optimal_history(prices, problem)
    other = optimal_history(prices[["S3", "S1", "S4", "S0", "S2"]], problem)

    pd.testing.assert_frame_equal(straight, other[list(straight.columns)])


def test_the_first_portfolio_waits_for_enough_symbols() -> None:
    prices = random_walks(1, symbols=3)
    prices.iloc[:30, 2] = np.nan

    weights = optimal_history(prices, Problem(lookback=40, max_weight=0.4, cadence="daily"))

    # The third share's 40th return is 40 days after its first price.
    assert weights.index[0] == prices.index[70]
    early = optimal_history(prices, Problem(lookback=40, max_weight=0.5, cadence="daily"))
    assert early.index[0] == prices.index[40]
    assert early.iloc[0, 2] == 0.0


def test_a_share_that_does_not_move_takes_no_part() -> None:
    prices = random_walks(1, symbols=3)
    prices["S2"] = 10.0

    assert (optimal_history(prices, Problem(lookback=40, max_weight=1.0))["S2"] == 0.0).all()


@pytest.mark.parametrize(("largest", "needed"), [(1.0, 1), (0.5, 2), (0.34, 3), (0.2, 5), (0.3, 4)])
def test_the_largest_position_says_how_many_symbols_it_takes(largest: float, needed: int) -> None:
    assert needed_symbols(Problem(max_weight=largest)) == needed


def test_too_few_symbols_are_told_with_what_to_do() -> None:
    with pytest.raises(InvalidValue, match=r"at most 20% need 5 symbols\. Raise the largest position"):
        optimal_history(random_walks(1, symbols=3), Problem(lookback=40))


def test_symbols_that_drop_out_later_name_the_day() -> None:
    prices = random_walks(1, symbols=3)
    prices.iloc[60:, 2] = np.nan

    with pytest.raises(InvalidValue, match="On 2020-03-31 2 symbols have"):
        optimal_history(prices, Problem(lookback=40, max_weight=0.4))


def test_bounds_that_no_portfolio_keeps_name_the_day_and_what_to_do() -> None:
    with pytest.raises(
        InvalidValue, match=r"2020-02-28: the optimiser found no portfolio: .* Widen the bounds"
    ):
        optimal_history(random_walks(1, symbols=4), Problem(lookback=40, min_weight=0.3, max_weight=0.5))


def test_too_much_work_is_refused_before_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk_forward, "MAX_REBALANCES", 3)
    with pytest.raises(TooLarge, match="Rebalance less often"):
        optimal_history(random_walks(1), Problem(lookback=40, max_weight=1.0, cadence="daily"))
    monkeypatch.undo()
    monkeypatch.setattr(walk_forward, "MAX_SYMBOLS", 3)
    with pytest.raises(TooLarge, match="Choose fewer"):
        optimal_history(random_walks(1), Problem(lookback=40, max_weight=1.0))
