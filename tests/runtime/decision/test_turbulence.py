import numpy as np
import pandas as pd
import pytest

from runtime.decision.turbulence import turbulence, turbulence_percentile

WINDOW = 40


def walk(days: int = 200, symbols: int = 3, seed: int = 1) -> pd.DataFrame:
    steps = np.random.default_rng(seed).normal(0, 0.01, (days, symbols))
    return pd.DataFrame(
        100 * np.cumprod(1 + steps, axis=0),
        index=pd.bdate_range("2023-01-02", periods=days),
        columns=list("ABC"),
    )


def test_it_is_the_squared_mahalanobis_distance_per_symbol() -> None:
    prices = walk()
    returns = prices.pct_change().to_numpy()
    day = 120
    window = returns[day - WINDOW : day]
    away = returns[day] - window.mean(axis=0)

    expected = away @ np.linalg.solve(np.cov(window.T), away) / 3

    assert turbulence(prices, window_days=WINDOW).iloc[day] == pytest.approx(expected)


def test_a_crash_is_more_unusual_than_any_day_before() -> None:
    prices = walk()
    prices.iloc[-1] *= 0.7

    assert turbulence_percentile(prices, window_days=WINDOW).iloc[-1] == 1.0


def test_too_little_history_calls_nothing_unusual() -> None:
    assert turbulence_percentile(walk(days=30), window_days=WINDOW).eq(0.0).all()


def test_a_symbol_without_prices_does_not_count() -> None:
    prices = walk()
    gap = prices.assign(D=np.nan)

    pd.testing.assert_series_equal(
        turbulence(gap, window_days=WINDOW), turbulence(prices, window_days=WINDOW)
    )


def test_the_future_never_changes_the_past() -> None:
    prices = walk()
    other = prices.copy()
    other.iloc[150:] *= 3

    whole, changed = (turbulence_percentile(each, window_days=WINDOW) for each in (prices, other))

    pd.testing.assert_series_equal(whole.iloc[:150], changed.iloc[:150])
