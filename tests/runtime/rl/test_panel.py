"""What an agent is given to see, and what is refused."""

import numpy as np
import pytest

from runtime.errors import InvalidValue, TooLarge
from runtime.market.shipped import ShippedPrices
from runtime.rl.panel import CLIP, market_panel, parts
from tests.runtime.rl.markets import experiment, trending


def test_real_prices_give_finite_features_from_the_first_day_on() -> None:
    prices = ShippedPrices().prices(["AAPL", "XOM", "KO"], start=None, end=None)
    market = experiment(prices, momentum_days=63).market

    panel = market_panel(prices, market)

    assert panel.features.shape == (len(panel.days), 3, 4)
    assert np.abs(panel.features).max() <= CLIP
    assert len(prices) - len(panel.days) < 70


def test_training_and_test_share_one_close_and_no_return() -> None:
    prices = trending()
    market = experiment(prices).market
    panel = market_panel(prices, market)

    train, test = parts(panel, market)

    assert train.last == test.first
    assert test.last == len(panel.days) - 1
    assert (test.last - test.first) / test.last == pytest.approx(0.3, abs=0.01)


def test_a_short_gap_keeps_the_last_price_and_a_long_one_is_refused_by_name() -> None:
    prices = trending()
    market = experiment(prices).market
    prices.iloc[400:405, 1] = np.nan

    closes = market_panel(prices, market).closes_of(market_panel(prices, market).whole)
    prices.iloc[400:406, 1] = np.nan

    assert closes.loc[prices.index[404], "S1"] == prices.iloc[399, 1]
    with pytest.raises(InvalidValue, match=r"'S1' has no price for more than 5 days before 2016-07-21"):
        market_panel(prices, market)


def test_days_before_every_symbol_has_a_price_are_left_out() -> None:
    prices = trending()
    prices.iloc[:100, 2] = np.nan

    panel = market_panel(prices, experiment(prices).market)

    assert panel.days[0] > prices.index[100]


def test_too_few_days_are_refused_with_the_number_that_is_needed() -> None:
    prices = trending(days=150)

    with pytest.raises(InvalidValue, match=r"150 days .* too few .* 173 are needed") as caught:
        market_panel(prices, experiment(prices).market)

    assert caught.value.field == "market.episode_days"


def test_symbols_without_a_common_day_are_refused() -> None:
    prices = trending()
    prices.iloc[:, 0] = np.nan

    with pytest.raises(InvalidValue, match="no day on which all symbols have a price"):
        market_panel(prices, experiment(prices).market)


def test_a_price_that_does_not_move_has_features_too() -> None:
    prices = trending()
    prices["S0"] = 10.0

    panel = market_panel(prices, experiment(prices).market)

    assert not panel.features[:, 0].any()


def test_more_features_than_can_travel_are_refused() -> None:
    prices = trending(days=3000, symbols=50)

    with pytest.raises(TooLarge, match="3000 days of 50 symbols with a window of 60"):
        market_panel(prices, experiment(prices, window=60).market)
