"""Every strategy keeps the contract by being registered."""

from datetime import UTC, datetime

import pandas as pd
import pytest

import runtime.strategies.momentum
from runtime.errors import AlreadyExists, InvalidValue, NotFound
from runtime.paper.config import PaperConfig
from runtime.paper.replay import replay
from runtime.paper.trading import Standing, Step
from runtime.risk.pretrade import RiskCaps
from runtime.strategy import Bar, build_strategy, decide, strategies
from runtime.weight_strategy import WeightStrategy
from tests.runtime.quant.frames import random_walks

SHIPPED = [name for name in strategies() if not name.startswith("test_")]
every_strategy = pytest.mark.parametrize("name", SHIPPED)


def test_momentum_and_mean_reversion_are_shipped() -> None:
    assert SHIPPED == ["mean_reversion", "momentum"]


@every_strategy
def test_a_strategy_says_what_it_is_and_explains_its_parameters(name: str) -> None:
    kind = strategies()[name]

    assert kind.title
    assert kind.summary.endswith(".")
    assert all(field.title and field.description for field in kind.Params.model_fields.values())
    assert build_strategy(name, {}).bars_needed <= 500


@every_strategy
def test_weights_of_a_whole_history_are_those_of_each_day(name: str) -> None:
    strategy = build_strategy(name, {})
    assert isinstance(strategy, WeightStrategy)
    closes = random_walks(3, days=300, symbols=3)

    whole = strategy.weights(closes)

    for row in (260, 280, 299):
        alone = strategy.weights(closes.iloc[row + 1 - strategy.bars_needed : row + 1])
        pd.testing.assert_series_equal(alone.iloc[-1], whole.iloc[row], rtol=1e-6, atol=1e-9)


@every_strategy
def test_equal_bars_give_equal_orders(name: str) -> None:
    closes = random_walks(5, days=300, symbols=3)
    of = PaperConfig.parse({"strategy": name, "universe": list(closes.columns)})
    bars = replay(closes, of, bars_needed=of.build().bars_needed)
    step = Step(Standing.opened(1e5), config=of, reference="test")
    step.receive(bars.bar(1))
    context = step.standing.context(bars.history(1), bars.bar(1), of)

    first = decide(name, {}, bars.bar(1), context)

    assert first == decide(name, {}, bars.bar(1), context)
    assert all(intent.why for intent in first)


def test_weights_never_exceed_the_exposure_and_long_only_sells_nothing_short() -> None:
    closes = random_walks(11, days=60, symbols=4)

    for long_only in (True, False):
        strategy = build_strategy("mean_reversion", {"exposure": 0.8, "long_only": long_only})
        assert isinstance(strategy, WeightStrategy)
        weights = strategy.weights(closes)
        assert weights.abs().sum(axis="columns").max() <= 0.8
        assert (weights.min().min() < 0) is not long_only


def test_a_small_universe_stays_below_the_cap_on_positions() -> None:
    weights = build_strategy("momentum", {"lookback": 20, "skip": 2})
    assert isinstance(weights, WeightStrategy)

    assert weights.weights(random_walks(11, days=60, symbols=1)).max().max() <= RiskCaps().max_position_pct


def test_a_strategy_rests_on_the_bars_between_two_decisions() -> None:
    strategy = build_strategy("momentum", {"rebalance_every": 5})
    assert isinstance(strategy, WeightStrategy)

    assert [number for number in range(1, 12) if strategy.decides_on(number)] == [1, 6, 11]


def test_a_limit_offset_rests_orders_on_the_good_side_of_the_close() -> None:
    closes = random_walks(5, days=60, symbols=3)
    params = {"lookback": 20, "skip": 2, "limit_offset_bps": 100.0, "good_for_bars": 3}
    of = PaperConfig.parse({"strategy": "momentum", "params": params, "universe": list(closes.columns)})
    bars = replay(closes, of, bars_needed=21)
    step = Step(Standing.opened(1e5), config=of, reference="test")
    step.receive(bars.bar(1))

    intents = decide("momentum", params, bars.bar(1), step.standing.context(bars.history(1), bars.bar(1), of))

    assert intents
    for intent in intents:
        assert intent.limit_price == pytest.approx(bars.bar(1).closes[intent.symbol] * 0.99)
        assert intent.good_for_bars == 3


def test_a_parameter_that_is_wrong_is_named() -> None:
    with pytest.raises(InvalidValue, match=r"'momentum', field 'params.exposure'"):
        build_strategy("momentum", {"exposure": 2})
    with pytest.raises(InvalidValue, match="at least 5 days longer than the skip"):
        build_strategy("momentum", {"lookback": 20, "skip": 18})
    with pytest.raises(NotFound, match="momentum"):
        build_strategy("momntum", {})


def test_a_name_belongs_to_one_strategy() -> None:
    with pytest.raises(AlreadyExists):

        class Other(runtime.strategies.momentum.Momentum):
            name = "momentum"


def test_a_bar_is_complete_and_names_only_what_traded() -> None:
    closes = random_walks(5, days=10, symbols=2)
    closes.iloc[4, 0] = float("nan")
    of = PaperConfig.parse({"strategy": "mean_reversion", "params": {"window": 2}, "universe": ["S0", "S1"]})

    bar = replay(closes, of, bars_needed=3).bar(3)

    assert bar == Bar(
        number=3,
        at=datetime(2020, 1, 7, tzinfo=UTC),
        closes={"S1": pytest.approx(float(closes.iloc[4, 1]))},
    )
