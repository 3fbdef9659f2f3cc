"""A bot's back-test: the strategy of its paper session, on past bars.

`event_driven` takes the very steps of a paper session, without a clock. `vectorised` computes the weights of all days at
once and holds them; it needs a `WeightStrategy` and knows no risk caps. Both trade a decision at the next close.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from runtime.bots.spec import BotSpec
from runtime.bots.thresholds import Verdict, judge
from runtime.errors import InvalidValue
from runtime.paper.books import SessionFill
from runtime.paper.config import PaperConfig
from runtime.paper.replay import Replay, replay
from runtime.paper.trading import Standing, Step
from runtime.quant.backtest import backtest, performance
from runtime.weight_strategy import WeightStrategy


@dataclass(frozen=True, slots=True, kw_only=True)
class BotBacktest:
    """What came of it."""

    equity: pd.Series
    """Growth of 1 USD, by day."""
    metrics: dict[str, float]
    """sharpe, max_drawdown (a fraction >= 0), turnover (a year, fraction of equity), hit_rate (share of gains among the days
    on which equity moved), total_return, annual_return, annual_volatility, days. NaN where there are too few days."""
    fills: int
    """Zero for the vectorised engine, which has no orders."""
    refused: int
    """Orders that broke a risk cap."""
    verdict: Verdict


def run_backtest(spec: BotSpec, closes: pd.DataFrame) -> BotBacktest:
    """Back-test a bot on `closes`, days × symbols of its universe, from the first day there is to the window's end.

    Slow: seconds for years of event-driven days. Raises `InvalidValue` when the window holds no bars, or when the engine
    does not fit the strategy.
    """
    config = spec.backtest_config()
    bars = replay(closes, config, bars_needed=config.build().bars_needed)
    if spec.backtest.engine == "vectorised":
        return _vectorised(spec, config, bars)
    return _event_driven(spec, config, bars)


def steps(bars: Replay, config: PaperConfig) -> Iterator[Step]:
    """Take every step of a session, at once and in memory; each is what its bar did."""
    strategy, standing = config.build(), Standing.opened(config.cash)
    for bar in bars.bars():
        step = Step(standing, config=config, reference="backtest")
        step.receive(bar)
        context = step.standing.context(bars.history(bar.number), bar, config)
        step.act(bar, strategy.on_bar(bar, context), kill_switch=None)
        standing = step.standing
        yield step


def _event_driven(spec: BotSpec, config: PaperConfig, bars: Replay) -> BotBacktest:
    equity: list[float] = []
    traded: list[float] = []
    fills, refused = 0, 0
    for step in steps(bars, config):
        booking = step.booking()
        equity.append(max(0.0, booking.state.equity) / config.cash)
        traded.append(_turnover(booking.fills, booking.state.equity))
        fills += len(booking.fills)
        refused += sum(entry.kind == "RISK" for entry in booking.ledger)
    days = bars.closes.index[bars.first :]
    growth = pd.Series(equity, index=days, name="equity")
    before = growth.shift(1, fill_value=1.0)
    returns = (growth / before.where(before > 0.0, np.inf) - 1.0).where(before > 0.0, 0.0)
    metrics = _metrics(growth, returns, pd.Series(traded, index=days))
    return BotBacktest(
        equity=growth, metrics=metrics, fills=fills, refused=refused, verdict=judge(metrics, spec.metrics)
    )


def _vectorised(spec: BotSpec, config: PaperConfig, bars: Replay) -> BotBacktest:
    strategy = config.build()
    if not isinstance(strategy, WeightStrategy):
        raise InvalidValue(
            f"Strategy {spec.strategy!r} decides bar by bar: it has no weights to hold. Choose the event-driven engine.",
            field="backtest.engine",
        )
    decided = strategy.weights(bars.closes).iloc[bars.first :]
    # A decision of one close is traded at the next: the rows move down by one day, as the orders of a session do.
    traded = decided.shift(1).iloc[1:][[strategy.decides_on(number) for number in range(1, len(decided))]]
    if traded.empty:
        raise InvalidValue(
            "One day is too short for a back-test: a decision trades at the next close.", field="backtest"
        )
    prices = bars.closes.iloc[bars.first :]
    done = backtest(prices, traded, cost_bps=config.fee_bps + config.slippage_bps)
    metrics = _metrics(done.equity, done.returns, done.turnover)
    return BotBacktest(
        equity=done.equity, metrics=metrics, fills=0, refused=0, verdict=judge(metrics, spec.metrics)
    )


def _turnover(fills: tuple[SessionFill, ...], equity: float) -> float:
    return sum(fill.quantity * fill.price for fill in fills) / equity if equity > 0 else 0.0


def _metrics(equity: pd.Series, returns: pd.Series, turnover: pd.Series) -> dict[str, float]:
    figures = performance(equity, returns, turnover)
    moved = returns[returns != 0.0]
    return {
        "sharpe": figures["sharpe"],
        "max_drawdown": -figures["max_drawdown"],
        "turnover": figures["annual_turnover"],
        "hit_rate": float((moved > 0).mean()) if len(moved) else float("nan"),
        "total_return": figures["total_return"],
        "annual_return": figures["annual_return"],
        "annual_volatility": figures["annual_volatility"],
        "days": figures["days"],
    }
