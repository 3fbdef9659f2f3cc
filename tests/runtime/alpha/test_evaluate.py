"""What formulas compute: worked examples, no look-ahead, bounds."""

from itertools import count

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.alpha.evaluate import MAX_SECONDS, AlphaRequest, alpha_signal, evaluate_formula
from runtime.alpha.grammar import parse_formula
from runtime.errors import InvalidValue, TooLarge
from tests.runtime.alpha.formulas import formulas
from tests.runtime.quant.frames import DAYS, price_frames, random_walks

NAN = float("nan")


def computed(formula: str, closes: dict[str, list[float]]) -> pd.DataFrame:
    frame = pd.DataFrame(closes, dtype=float)
    frame.index = pd.bdate_range("2020-01-01", periods=len(frame))
    return evaluate_formula(parse_formula(formula), frame)


def column(formula: str, values: list[float]) -> list[float]:
    return computed(formula, {"S": values})["S"].tolist()


def row(formula: str, values: list[float]) -> list[float]:
    return computed(formula, {f"S{n}": [value] for n, value in enumerate(values)}).iloc[0].tolist()


@pytest.mark.parametrize(
    ("formula", "values", "expected"),
    [
        ("delay(close, 2)", [1, 2, 3, 4], [NAN, NAN, 1, 2]),
        ("delay(close, 9)", [1, 2], [NAN, NAN]),
        ("delta(close, 1)", [1, 3, 6], [NAN, 2, 3]),
        ("returns", [1, 2, 1], [NAN, 1, -0.5]),
        ("log_returns", [1, np.e], [NAN, 1]),
        ("ts_sum(close, 2)", [1, 2, 4], [NAN, 3, 6]),
        ("ts_mean(close, 2)", [1, 2, 4], [NAN, 1.5, 3]),
        ("ts_std(close, 3)", [1, 2, 3], [NAN, NAN, 1]),
        ("ts_min(close, 2)", [3, 2, 4], [NAN, 2, 2]),
        ("ts_max(close, 2)", [3, 2, 4], [NAN, 3, 4]),
        ("ts_rank(close, 4)", [1, 4, 2, 3], [NAN, NAN, NAN, 0.75]),
        ("ts_zscore(close, 3)", [1, 2, 3], [NAN, NAN, 1]),
        ("ts_zscore(close, 3)", [5, 5, 5], [NAN, NAN, 0]),
        # weights 3, 2, 1 of the newest, the middle and the oldest: (3·4 + 2·2 + 1) / 6
        ("decay_linear(close, 3)", [1, 2, 4], [NAN, NAN, 17 / 6]),
        ("correlation(close, -close, 3)", [1, 2, 4], [NAN, NAN, -1]),
        ("correlation(close, 2, 3)", [1, 2, 4], [NAN, NAN, NAN]),
        ("sign(close - 2)", [1, 2, 3], [-1, 0, 1]),
        ("abs(close - 2)", [1, 2, 4], [1, 0, 2]),
        ("log(close - 1)", [1, 2], [NAN, 0]),
        ("signed_power(close - 3, 2)", [1, 5], [-4, 4]),
        ("where(close > 2, 10, -close)", [1, 2, 3], [-1, -2, 10]),
        ("where(delay(close, 1) > 0, 1, 2)", [1, 1], [NAN, 1]),
        ("where(close > 1 and not close == 3, 1, 0)", [1, 2, 3], [0, 1, 0]),
        ("where(close < 2 or close >= 3, 1, 0)", [1, 2, 3], [1, 0, 1]),
        ("close / (close - 1)", [1, 2], [NAN, 2]),
        ("min(close, 2) + max(close, 2)", [1, 3], [3, 5]),
        ("+close - -1", [1], [2]),
    ],
)
def test_time_series_operators_on_worked_examples(
    formula: str, values: list[float], expected: list[float]
) -> None:
    np.testing.assert_allclose(column(formula, values), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("formula", "values", "expected"),
    [
        ("rank(close)", [10, 30, 20], [0, 1, 0.5]),
        ("rank(close)", [10, 10, 20], [0.25, 0.25, 1]),
        ("rank(close)", [10, NAN, 20], [0, NAN, 1]),
        ("rank(close)", [10], [0.5]),
        ("zscore(close)", [1, 2, 3], [-(1.5**0.5), 0, 1.5**0.5]),
        ("zscore(close)", [7, 7], [0, 0]),
        ("scale(close - 2)", [1, 2, 5], [-0.25, 0, 0.75]),
    ],
)
def test_operators_across_symbols_on_worked_examples(
    formula: str, values: list[float], expected: list[float]
) -> None:
    np.testing.assert_allclose(row(formula, values), expected, rtol=1e-12)


def test_the_market_is_the_mean_return_of_the_day() -> None:
    market = computed("market", {"A": [1, 2], "B": [1, 1]})

    assert market.iloc[1].tolist() == [0.5, 0.5]


def test_a_window_with_a_hole_still_counts_when_four_fifths_are_known() -> None:
    assert column("ts_mean(close, 5)", [1, 2, NAN, 4, 5])[-1] == 3
    assert np.isnan(column("ts_mean(close, 5)", [1, NAN, NAN, 4, 5])[-1])
    # weights 5, 4, 2, 1 of the days that are known
    assert column("decay_linear(close, 5)", [1, 2, NAN, 4, 5])[-1] == pytest.approx((25 + 16 + 4 + 1) / 12)


def test_the_three_shapes_of_a_signal() -> None:
    prices = pd.DataFrame([[1.0, 2.0, 9.0]], columns=list("ABC"), index=pd.DatetimeIndex(["2020-01-01"]))

    def signal(shape: str) -> list[float]:
        return alpha_signal(prices, AlphaRequest(formula="close - 2", shape=shape)).iloc[0].tolist()  # pyright: ignore[reportArgumentType]

    assert signal("rank") == [-1, 0, 1]
    assert signal("clip") == [-1, 0, 1]
    assert signal("zscore") == pytest.approx([(x - 4) / (38 / 3) ** 0.5 / 3 for x in (1, 2, 9)])


@settings(max_examples=100, deadline=None)
@given(formula=formulas(), prices=price_frames, cut=st.integers(1, DAYS - 1), factor=st.floats(0.01, 100))
def test_no_formula_sees_the_future_or_leaves_its_range(
    formula: str, prices: pd.DataFrame, cut: int, factor: float
) -> None:
    try:
        parse_formula(formula)
    except InvalidValue:
        return
    other = prices.copy()
    other.iloc[cut:] *= factor
    other.iloc[cut, 0] = np.nan
    request = AlphaRequest(formula=formula, shape="clip")

    before, after, short = (alpha_signal(frame, request) for frame in (prices, other, prices.iloc[:cut]))

    assert before.shape == prices.shape
    assert not (before.abs() > 1.0).to_numpy().any()
    pd.testing.assert_frame_equal(before.iloc[:cut], after.iloc[:cut])
    pd.testing.assert_frame_equal(before.iloc[:cut], short)


def test_a_formula_that_would_fill_the_memory_is_refused_before_it_computes() -> None:
    days = pd.bdate_range("1700-01-03", periods=60_000)
    wide = pd.DataFrame(np.broadcast_to(1.0, (60_000, 2000)), index=days)

    with pytest.raises(TooLarge, match="needs too much for 60,000 days of 2,000 symbols"):
        evaluate_formula(parse_formula("rank(close)"), wide)


def test_a_formula_that_takes_too_long_is_stopped() -> None:
    ticks = count(0, MAX_SECONDS / 3)

    with pytest.raises(TooLarge, match="longer than 60 seconds"):
        alpha_signal(
            random_walks(1), AlphaRequest(formula="rank(rank(rank(rank(rank(close)))))"), lambda: next(ticks)
        )
