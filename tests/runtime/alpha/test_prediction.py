"""Walk-forward prediction: it learns what is there, and never from the future."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from runtime.alpha.features import features, targets
from runtime.alpha.prediction import Model, PredictionRequest, learnable, predict
from runtime.errors import InvalidValue, TooLarge
from tests.runtime.quant.frames import random_walks

FAST = PredictionRequest(refit="monthly", min_months=3, trees=10)
MODELS = [FAST, replace(FAST, model="boosting"), replace(FAST, output="raw", refit="yearly")]
every_model = pytest.mark.parametrize("request_", MODELS, ids=["ridge", "boosting", "raw"])


def trending(days: int = 900, symbols: int = 6) -> pd.DataFrame:
    """Return prices whose drifts differ for good, so that momentum predicts."""
    rng = np.random.default_rng(5)
    drift = np.linspace(-0.002, 0.002, symbols)
    logs = np.cumsum(drift + rng.normal(0, 0.004, (days, symbols)), axis=0)
    index = pd.bdate_range("2015-01-01", periods=days)
    return pd.DataFrame(50 * np.exp(logs), index=index, columns=[f"S{n}" for n in range(symbols)])


@every_model
def test_what_can_be_learnt_is_learnt(request_: PredictionRequest) -> None:
    found = predict(trending(), request_)

    assert found.skill["information_coefficient"].mean() > 0.7
    assert found.signals.iloc[-1, -1] > found.signals.iloc[-1, 0]


@pytest.mark.parametrize("model", ["ridge", "boosting"])
def test_noise_teaches_nothing(model: Model) -> None:
    found = predict(random_walks(11, days=1500, symbols=8), replace(FAST, model=model, refit="yearly"))

    coefficients = found.skill["information_coefficient"]
    assert abs(coefficients.mean()) < 3 * coefficients.std() / len(coefficients) ** 0.5


@every_model
@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 1000), cut=st.integers(440, 490), factor=st.floats(0.2, 5))
@example(seed=7, cut=461, factor=3.0)  # fails at once where a look ahead would take minutes to shrink
def test_no_prediction_sees_the_future(
    request_: PredictionRequest, seed: int, cut: int, factor: float
) -> None:
    prices = random_walks(seed, days=500, symbols=5)
    other = prices.copy()
    other.iloc[cut:] *= np.linspace(factor, 1.0, 5)
    other.iloc[cut, 0] = np.nan

    # Outcomes of a quarter overlap the next refits, so that a missing purge would show; raw numbers hide nothing.
    request = replace(request_, horizon=63, output="raw")

    before, after, short = (predict(frame, request) for frame in (prices, other, prices.iloc[:cut]))

    pd.testing.assert_frame_equal(before.signals.iloc[:cut], after.signals.iloc[:cut])
    pd.testing.assert_frame_equal(before.signals.iloc[:cut], short.signals)
    known = prices.index[: cut - request.horizon]
    pd.testing.assert_frame_equal(before.skill[before.skill.index.isin(known)], short.skill, check_freq=False)
    assert before.signals.notna().to_numpy().any()
    assert not (before.signals.abs() > 1.0).to_numpy().any()


@every_model
def test_equal_requests_give_equal_predictions_in_any_order_of_the_symbols(
    request_: PredictionRequest,
) -> None:
    prices = trending(days=500)

    first, second = predict(prices, request_), predict(prices[prices.columns[::-1]], request_)

    pd.testing.assert_frame_equal(first.signals, second.signals[list(prices.columns)])


@pytest.mark.parametrize(("embargo", "last"), [(0, 79), (1, 78), (5, 74), (40, 39)])
def test_an_outcome_that_ends_within_the_embargo_is_not_learnt(embargo: int, last: int) -> None:
    rows = learnable(np.arange(200), row=100, horizon=21, embargo=embargo)

    assert rows.tolist() == list(range(last + 1))


def test_targets_are_ranks_of_the_return_that_follows() -> None:
    prices = pd.DataFrame({"A": [1.0, 1.0, 2.0], "B": [1.0, 1.0, 1.0], "C": [1.0, 1.0, 0.5]})

    ranked = targets(prices, horizon=1)

    assert ranked.iloc[1].tolist() == [1, 0, -1]
    assert ranked.iloc[2].isna().all()


def test_features_are_ranks_of_the_day() -> None:
    found = features(trending(days=300))

    assert set(found) == {
        "momentum_year",
        "momentum_half_year",
        "reversal_month",
        "volatility_quarter",
        "nearness_to_high",
    }
    assert sorted(found["momentum_year"].iloc[-1]) == pytest.approx([-1, -0.6, -0.2, 0.2, 0.6, 1])
    assert found["momentum_year"].iloc[-1, -1] == 1


def test_what_is_too_short_too_narrow_or_too_much_is_told() -> None:
    with pytest.raises(InvalidValue, match="needs about 50 months of prices"):
        predict(random_walks(1, days=400), PredictionRequest())
    with pytest.raises(InvalidValue, match="3 symbols at least, got 2"):
        predict(random_walks(1, days=400, symbols=2), FAST)
    with pytest.raises(TooLarge, match="too much to boost"):
        predict(random_walks(1, days=900), replace(FAST, model="boosting", trees=10_000_000))
