"""Data and quant nodes: what their configs mean, and what they refuse."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from runtime.errors import InvalidValue, NotFound
from runtime.node import NodeKind
from runtime.nodes.mean_reversion import MeanReversion
from runtime.nodes.momentum import Momentum
from runtime.nodes.prices import Prices
from runtime.nodes.regime import MarketRegime
from runtime.nodes.returns import Returns
from runtime.nodes.volatility import Volatility
from runtime.quant.momentum import skip_momentum, spread_ranks
from tests.contracts.inputs import example_data
from tests.fakes import InMemoryPrices, make_context
from tests.runtime.quant.frames import random_walks


async def run(kind: type[NodeKind], folder: Path, inputs: dict[str, Any], **config: object) -> dict[str, Any]:
    """Run a kind once with this config, over the shipped prices."""
    return dict(await kind().run(inputs, kind.Config.model_validate(config), make_context(folder)))


async def test_prices_without_symbols_are_all_prices(tmp_path: Path) -> None:
    frame = (await run(Prices, tmp_path, {}))["prices"]

    assert frame.shape == (8313, 20)


async def test_prices_are_cut_to_the_days_asked_for(tmp_path: Path) -> None:
    frame = (
        await run(
            Prices, tmp_path, {}, symbols=[" AAPL ", "XOM", "AAPL"], start="2020-01-01", end="2020-12-31"
        )
    )["prices"]

    assert list(frame.columns) == ["AAPL", "XOM"]
    assert frame.index[[0, -1]].strftime("%Y-%m-%d").tolist() == ["2020-01-02", "2020-12-31"]


async def test_a_run_as_of_a_day_sees_nothing_later(tmp_path: Path) -> None:
    context = make_context(tmp_path, inputs={"as_of": "2015-06-30"})

    outputs = await Prices().run({}, Prices.Config(end=date(2020, 1, 1)), context)

    assert outputs["prices"].index[-1] == pd.Timestamp("2015-06-30")


async def test_an_as_of_that_is_no_date_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match="as_of is 'tomorrow'"):
        await Prices().run({}, Prices.Config(), make_context(tmp_path, inputs={"as_of": "tomorrow"}))


async def test_days_without_prices_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match="no prices from 2030-01-01 to the last day"):
        await run(Prices, tmp_path, {}, start="2030-01-01")


async def test_a_mistyped_symbol_is_corrected(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="Did you mean 'MSFT'"):
        await run(Prices, tmp_path, {}, symbols=["MSTF"])


async def test_prices_come_from_the_market_of_the_installation(tmp_path: Path) -> None:
    market = InMemoryPrices(random_walks(1))

    outputs = await Prices().run({}, Prices.Config(), make_context(tmp_path, market=market))

    assert list(outputs["prices"].columns) == ["S0", "S1", "S2", "S3"]


@pytest.mark.parametrize(
    ("kind", "config", "says"),
    [
        (Prices, {"start": "2020-01-02", "end": "2020-01-01"}, "after the last day"),
        (Prices, {"symbols": ["AAPL", "  "]}, "a symbol is empty"),
        (Momentum, {"lookback_days": 20, "skip_days": 18}, "at least 5 days"),
        (Momentum, {"method": "astrology"}, "time_series"),
        (MeanReversion, {"full_signal_at": float("nan")}, "finite"),
        (MeanReversion, {"oversold": 50}, "less than or equal to 49"),
        (Volatility, {"decay": 1.0}, "less than or equal to 0.999"),
        (Returns, {"period_days": 0}, "greater than or equal to 1"),
    ],
)
def test_a_config_that_makes_no_sense_is_refused(
    kind: type[NodeKind], config: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValidationError, match=says):
        kind.Config.model_validate(config)


async def test_returns_start_with_the_first_day_that_has_one(tmp_path: Path) -> None:
    prices = example_data("prices")

    table = (await run(Returns, tmp_path, {"prices": prices}, method="log", period_days=5))["returns"]

    assert table.index[0] == prices.index[5]
    assert table.to_numpy() == pytest.approx(np.log(prices / prices.shift(5)).iloc[5:].to_numpy())


async def test_momentum_ranks_the_shares_by_their_year(tmp_path: Path) -> None:
    prices = example_data("prices")

    signals = (await run(Momentum, tmp_path, {"prices": prices}, method="cross_section"))["signals"]

    pd.testing.assert_frame_equal(signals, spread_ranks(skip_momentum(prices)))


@pytest.mark.parametrize("method", ["z_score", "reversal", "rsi"])
async def test_mean_reversion_goes_against_the_latest_jump(method: str, tmp_path: Path) -> None:
    prices = random_walks(3, symbols=5)
    prices.iloc[-1, 0] *= 1.5

    signals = (await run(MeanReversion, tmp_path, {"prices": prices}, method=method))["signals"]

    assert signals.iloc[-1, 0] == signals.iloc[-1].min() < -0.5


@pytest.mark.parametrize("method", ["realised", "ewma"])
async def test_the_level_is_the_mean_of_the_last_volatilities(method: str, tmp_path: Path) -> None:
    outputs = await run(Volatility, tmp_path, {"prices": example_data("prices")}, method=method)

    assert outputs["level"] == pytest.approx(outputs["volatility"].iloc[-1].mean())
    assert 0.05 < outputs["level"] < 1.0


@pytest.mark.parametrize(("kind", "days"), [(Momentum, 253), (MeanReversion, 21), (Volatility, 22)])
async def test_too_short_a_history_is_refused_with_what_is_needed(
    kind: type[NodeKind], days: int, tmp_path: Path
) -> None:
    prices = example_data("prices")

    assert await run(kind, tmp_path, {"prices": prices.head(days)})
    with pytest.raises(InvalidValue, match=f"needs {days} days of prices, got {days - 1}"):
        await run(kind, tmp_path, {"prices": prices.head(days - 1)})
    with pytest.raises(InvalidValue, match="no symbols"):
        await run(kind, tmp_path, {"prices": prices[[]]})


async def test_the_regime_says_why(tmp_path: Path) -> None:
    prices = example_data("prices")
    crash = prices[prices.index <= "2020-03-20"]

    regime = (await run(MarketRegime, tmp_path, {"prices": crash}))["regime"]

    assert (regime["regime"], regime["as_of"]) == ("risk_off", "2020-03-20")
    assert regime["trend"] < -0.1
    assert regime["vol_percentile"] == 1.0
    assert "below its 200-day average" in regime["rationale"]
