"""The formulas behind the builders' nodes: checked against laws, hand work and the past alone."""

import math

import numpy as np
import pandas as pd
import pytest

from runtime.decision.selection import best_symbols
from runtime.errors import InvalidValue
from runtime.nodes.cointegration import weighed_insight
from runtime.nodes.equity_researcher import scored
from runtime.nodes.portfolio_analyst import inverse_volatility_weights
from runtime.quant.cointegration import CRITICAL, critical_value, dickey_fuller, engle_granger, pairs_of
from runtime.quant.events import price_events
from runtime.quant.forward import forward_study
from runtime.quant.votes import ballots, composite_vote
from tests.contracts.inputs import example_data

DAYS = pd.bdate_range("2018-01-01", periods=800)


def frame(**columns: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(columns, index=DAYS)


def walk(seed: int, size: float = 0.01) -> np.ndarray:
    return np.cumsum(np.random.default_rng(seed).normal(0, size, len(DAYS)))


def test_shares_that_share_a_trend_are_cointegrated_with_its_slope() -> None:
    trend, noise = walk(1), np.random.default_rng(2).normal(0, 0.01, len(DAYS))
    prices = frame(A=np.exp(4 + 2 * trend + noise), B=np.exp(3 + trend))

    pair = engle_granger(prices, "A", "B")

    assert pair is not None
    assert pair.cointegrated
    assert pair.hedge_ratio == pytest.approx(2.0, abs=0.05)


def test_independent_random_walks_are_called_cointegrated_about_as_often_as_the_level_says() -> None:
    called = 0
    for seed in range(200):
        pair = engle_granger(
            frame(A=np.exp(walk(2 * seed + 10)), B=np.exp(walk(2 * seed + 11))), "A", "B", level=0.05
        )
        assert pair is not None
        called += pair.cointegrated

    # Binomial(200, 0.05): 2 to 20 hold with more than 99.9 %.
    assert 2 <= called <= 20


def test_dickey_fuller_is_the_t_of_a_regression_done_by_hand() -> None:
    series = walk(5)
    change, lagged = np.diff(series), series[:-1]
    slope = float(lagged @ change / (lagged @ lagged))
    noise = change - slope * lagged
    spread = math.sqrt(float(noise @ noise) / (len(change) - 1) / float(lagged @ lagged))

    assert dickey_fuller(series, lags=0) == pytest.approx(slope / spread)


def test_critical_values_follow_the_response_surface() -> None:
    assert critical_value(10**9, 0.05) == pytest.approx(-3.33613, abs=1e-5)
    assert critical_value(100, 0.05) == pytest.approx(-3.33613 - 0.061101 - 0.0006823)
    assert list(CRITICAL) == [0.01, 0.05, 0.10]


def test_a_pair_without_enough_days_or_without_movement_is_left_out() -> None:
    prices = frame(A=np.exp(walk(1)), B=np.exp(walk(2)), FLAT=np.full(len(DAYS), 7.0))
    prices.loc[prices.index[:-30], "B"] = np.nan

    assert pairs_of(prices, "A") == []


@pytest.mark.parametrize(("direction", "moves"), [("long", "up"), ("short", "down")])
def test_a_share_that_is_cheap_to_its_partner_speaks_for_a_long_and_against_a_short(
    direction: str, moves: str
) -> None:
    trend, noise = walk(1), np.random.default_rng(2).normal(0, 0.01, len(DAYS))
    noise[-1] = -0.05
    pairs = pairs_of(frame(A=np.exp(4 + trend + noise), B=np.exp(trend)), "A")

    weighed = weighed_insight({"confidence": 0.6, "direction": direction, "rationale": "x"}, pairs, None)

    assert weighed["confidence"] == pytest.approx(0.6 + 0.25 * 0.4 if moves == "up" else 0.6 * 0.75)


def test_a_stressed_market_takes_confidence_from_a_long_only() -> None:
    stressed = {"regime": "risk_off"}

    long = weighed_insight({"confidence": 0.8, "direction": "long"}, [], stressed)
    short = weighed_insight({"confidence": 0.8, "direction": "short"}, [], stressed)

    assert (long["confidence"], short["confidence"]) == (0.6, 0.8)


def test_events_are_found_where_they_were_put() -> None:
    noise = np.random.default_rng(4).normal(0, 0.005, (len(DAYS), 2))
    noise[-2, 0] = 0.2
    noise[-1, 1] = -0.3
    prices = pd.DataFrame(100 * np.exp(noise.cumsum(axis=0)), index=DAYS, columns=["UP", "DOWN"])

    events = price_events(prices, days=3, threshold=4.0, jump=1.5)

    found = set(zip(events["symbol"], events["event"], events["day"], strict=True))
    assert ("UP", "large rise", DAYS[-2].date().isoformat()) in found
    assert ("UP", "52-week high", DAYS[-2].date().isoformat()) in found
    assert ("DOWN", "large fall", DAYS[-1].date().isoformat()) in found
    assert ("DOWN", "52-week low", DAYS[-1].date().isoformat()) in found
    assert ("UP", "volatility jump", DAYS[-1].date().isoformat()) in found


def test_a_quiet_market_has_no_events() -> None:
    flat = pd.DataFrame(100.0, index=DAYS, columns=["A"])

    assert price_events(flat, days=5, threshold=3.0, jump=1.5).empty


def test_votes_and_scores_of_a_day_do_not_know_the_days_after_it() -> None:
    prices = example_data("prices")
    assert isinstance(prices, pd.DataFrame)
    cut = prices.iloc[:-40]

    whole, early = composite_vote(ballots(prices)), composite_vote(ballots(cut))
    pd.testing.assert_frame_equal(whole.loc[cut.index], early)
    kwargs = {"momentum": 0.5, "calm": 0.3, "reversal": 0.2}
    pd.testing.assert_frame_equal(scored(prices, **kwargs).loc[cut.index], scored(cut, **kwargs))
    assert float(np.nanmax(np.abs(whole.to_numpy()))) <= 1.0


def test_the_composite_vote_is_the_mean_of_those_that_vote_and_none_without_half_of_them() -> None:
    votes = {
        name: pd.DataFrame({"A": [value]})
        for name, value in {"a": 1.0, "b": 0.5, "c": np.nan, "d": np.nan}.items()
    }
    votes["b"]["B"], votes["a"]["B"], votes["c"]["B"], votes["d"]["B"] = 1.0, np.nan, np.nan, np.nan

    vote = composite_vote(votes)

    assert vote["A"].iloc[0] == pytest.approx(0.75)
    assert math.isnan(vote["B"].iloc[0])


def test_the_best_are_chosen_by_score_and_ties_by_name() -> None:
    prices = pd.DataFrame(1.0, index=DAYS, columns=["A", "B", "C", "D"])
    scores = pd.DataFrame([[0.1, 0.9, 0.9, np.nan]], index=DAYS[-1:], columns=["A", "C", "B", "D"])

    assert best_symbols(prices, scores, 2) == ["B", "C"]
    with pytest.raises(InvalidValue, match="No share has a score"):
        best_symbols(prices, scores * np.nan, 2)


def test_inverse_volatility_gives_the_calmer_share_more_and_drops_a_negative_signal() -> None:
    prices = frame(CALM=np.exp(walk(1, 0.005)), WILD=np.exp(walk(2, 0.02)))

    both = inverse_volatility_weights(prices, None, 63, 1.0)
    one = inverse_volatility_weights(
        prices, pd.DataFrame({"CALM": [-0.1], "WILD": [0.2]}, index=DAYS[-1:]), 63, 0.2
    )

    ratio = prices.apply(np.log).diff().tail(63).std()
    assert both["CALM"] / both["WILD"] == pytest.approx(ratio["WILD"] / ratio["CALM"])
    assert sum(both.values()) == pytest.approx(1.0)
    assert one == {"WILD": 0.2}


def test_forward_windows_do_not_overlap_and_count_in_the_decided_direction() -> None:
    prices = pd.Series([100.0, 0, 110.0, 0, 99.0], index=DAYS[:5])

    study = forward_study(prices, sign=1.0, horizon=2, windows=10)

    assert (study.windows, study.hit_rate) == (2, 0.5)
    assert study.mean == pytest.approx((0.10 - 0.10) / 2)
    assert forward_study(prices, sign=-1.0, horizon=2, windows=1).mean == pytest.approx(0.1)
    assert forward_study(prices.iloc[:1], sign=1.0, horizon=2, windows=5).windows == 0
