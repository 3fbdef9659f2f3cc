"""What agents measure."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from runtime.agents.evidence import gather
from runtime.agents.subject import choose_symbol
from runtime.errors import InvalidValue, NotFound
from runtime.market.shipped import ShippedPrices

DAYS = pd.bdate_range("2015-01-01", periods=1500, name="date")


def shipped(end: date | None = None) -> pd.DataFrame:
    market = ShippedPrices()
    return market.prices(market.symbols(), start=date(2010, 1, 1), end=end)


def rising_and_falling() -> pd.DataFrame:
    steps = np.arange(len(DAYS))
    wobble = 0.01 * np.sin(steps * 0.7)
    return pd.DataFrame(
        {"UP": np.exp(0.001 * steps + wobble), "DOWN": np.exp(-0.001 * steps + wobble)}, index=DAYS
    )


def scores(prices: pd.DataFrame, symbol: str) -> dict[str, float]:
    return {measure.id: measure.score for measure in gather(prices, symbol).measures}


def test_a_rising_share_has_its_trends_in_favour_and_a_falling_one_against() -> None:
    prices = rising_and_falling()

    for measure in ("momentum", "trend", "relative_strength"):
        assert scores(prices, "UP")[measure] > 0.5
        assert scores(prices, "DOWN")[measure] < -0.5
    assert scores(prices, "UP")["drawdown"] > 0.5
    assert scores(prices, "DOWN")["drawdown"] < -0.3


def test_a_sudden_jump_speaks_for_a_pause_and_a_crash_for_a_bounce() -> None:
    jumped, crashed = shipped(), shipped()
    jumped.iloc[-1, jumped.columns.get_loc("JNJ")] *= 1.4
    crashed.iloc[-1, crashed.columns.get_loc("JNJ")] *= 0.6
    calm, up, down = scores(shipped(), "JNJ"), scores(jumped, "JNJ"), scores(crashed, "JNJ")

    for measure in ("reversal", "run_up"):
        assert up[measure] < calm[measure] < down[measure]
    assert up["lottery"] == -1.0 < calm["lottery"]
    assert up["volatility"] == down["volatility"] == -1.0 < calm["volatility"]


def test_low_beta_speaks_for_a_share_and_high_beta_against() -> None:
    prices = shipped()

    assert scores(prices, "JNJ")["beta"] > 0 > scores(prices, "AMD")["beta"]


def test_ten_measures_of_real_prices_state_finite_numbers() -> None:
    evidence = gather(shipped(), "AAPL")

    assert evidence.as_of == "2022-12-28"
    assert len({measure.id for measure in evidence.measures}) == 10
    for measure in evidence.measures:
        assert -1.0 <= measure.score <= 1.0
        assert measure.numbers
        assert np.isfinite(list(measure.numbers.values())).all()
        assert any(character.isdigit() for character in measure.reading)


def test_the_numbers_are_those_of_the_prices() -> None:
    prices = shipped()
    own = prices["AAPL"]

    numbers = {name: value for m in gather(prices, "AAPL").measures for name, value in m.numbers.items()}

    assert numbers["momentum"] == pytest.approx(own.iloc[-22] / own.iloc[-253] - 1, abs=1e-6)
    assert numbers["average_gap"] == pytest.approx(own.iloc[-1] / own.iloc[-200:].mean() - 1, abs=1e-6)
    assert numbers["drawdown"] == pytest.approx(own.iloc[-1] / own.iloc[-252:].max() - 1, abs=1e-6)
    daily = prices.iloc[-253:].pct_change().iloc[1:]
    market = daily.mean(axis=1)
    beta = np.cov(daily["AAPL"], market)[0, 1] / np.var(market, ddof=1)
    assert numbers["beta"] == pytest.approx(beta, abs=1e-6)
    above = (prices.iloc[-1] > prices.iloc[-200:].mean()).mean()
    assert numbers["breadth"] == pytest.approx(above, abs=1e-6)


def test_a_signal_and_an_insight_on_the_wire_count_as_they_are() -> None:
    prices = shipped()
    signals = pd.DataFrame({"AAPL": [0.1, -0.4]}, index=prices.index[-2:])
    insight = {"vt_symbol": "AAPL", "direction": "short", "strength": 0.5, "confidence": 0.6}

    found = {measure.id: measure.score for measure in gather(prices, "AAPL", signals, insight).measures}

    assert found["signal"] == -0.4
    assert found["insight"] == pytest.approx(-0.3)


@pytest.mark.parametrize(
    "insight", [{}, {"vt_symbol": "XOM", "direction": "long"}, {"vt_symbol": "AAPL", "direction": "sideways"}]
)
def test_an_insight_about_something_else_is_no_evidence(insight: dict[str, object]) -> None:
    assert "insight" not in {measure.id for measure in gather(shipped(), "AAPL", None, insight).measures}


def test_the_future_is_not_looked_at() -> None:
    cut = gather(shipped(end=date(2015, 6, 30)), "XOM")

    whole = shipped()
    assert gather(whole[whole.index <= "2015-06-30"], "XOM") == cut
    assert cut.as_of == "2015-06-30"


def test_the_order_of_the_symbols_does_not_matter() -> None:
    prices = shipped()

    assert gather(prices[prices.columns[::-1]], "XOM") == gather(prices, "XOM")
    assert choose_symbol(prices[prices.columns[::-1]]) == choose_symbol(prices)


def test_a_share_alone_and_young_is_measured_with_what_there_is() -> None:
    young = shipped()[["AAPL"]].tail(30)

    assert {measure.id for measure in gather(young, "AAPL").measures} == {"reversal"}


def test_nothing_to_measure_is_said() -> None:
    prices = shipped()

    with pytest.raises(InvalidValue, match="3 days of prices"):
        gather(prices.tail(3), "AAPL")
    with pytest.raises(NotFound, match="'AAPL'"):
        gather(prices, "APPL")
    empty = prices.copy()
    empty["AAPL"] = np.nan
    assert {measure.id for measure in gather(empty, "AAPL").measures} == {"breadth"}


def test_the_subject_is_the_strongest_signal_then_the_largest_momentum() -> None:
    prices = rising_and_falling()
    signals = pd.DataFrame({"DOWN": [-0.9], "UP": [0.3], "OTHER": [1.0]}, index=prices.index[-1:])

    assert choose_symbol(prices, signals) == "DOWN"
    assert choose_symbol(prices) == "UP"
    assert choose_symbol(prices.head(20)) == "UP"
    assert choose_symbol(prices, signals * np.nan) == "UP"
    with pytest.raises(InvalidValue, match="name one"):
        choose_symbol(prices.head(1))
