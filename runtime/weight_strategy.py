"""Strategies that turn signals into target weights: one formula for bars that come in and for a whole history."""

from abc import abstractmethod
from collections.abc import Sequence

import pandas as pd
from pydantic import Field

from runtime.paper.rebalance import Trade, plan_rebalance
from runtime.strategy import Bar, BarContext, OrderIntent, Strategy, StrategyParams

BASIS_POINT = 1e-4


class WeightParams(StrategyParams):
    """How signals become orders."""

    exposure: float = Field(
        default=0.9,
        gt=0,
        le=1,
        title="Exposure",
        description="Fraction of equity that is held when every signal is full.",
    )
    max_weight: float = Field(
        default=0.18,
        gt=0,
        le=1,
        title="Largest weight",
        description="Of one symbol; below the cap on positions, so that a small universe is not refused.",
    )
    long_only: bool = Field(
        default=True, title="Long only", description="Negative signals hold nothing instead of a short."
    )
    rebalance_every: int = Field(
        default=5, ge=1, le=252, title="Rebalance every", description="Bars between two decisions."
    )
    min_trade_usd: float = Field(
        default=50.0,
        ge=0,
        le=1e9,
        title="Smallest trade",
        description="Differences below this are left alone.",
    )
    limit_offset_bps: float | None = Field(
        default=None,
        ge=0,
        le=5000,
        title="Limit offset",
        description="Rest limit orders this far on the good side of the close; empty for market orders. Basis points.",
    )
    good_for_bars: int | None = Field(
        default=None,
        ge=1,
        title="Good for",
        description="Bars that a limit order rests; empty: until replaced.",
    )


class WeightStrategy(Strategy):
    """Holds signal × (`exposure` / number of symbols, at most `max_weight`) of each symbol; of an unknown signal nothing."""

    Params = WeightParams

    @abstractmethod
    def signals(self, prices: pd.DataFrame) -> pd.DataFrame:
        """Return signals in [-1, 1], days × symbols; each row may use the `bars_needed` days up to it and no more."""

    def weights(self, prices: pd.DataFrame) -> pd.DataFrame:
        """Return the weights decided on each day, fractions of equity, days × symbols."""
        signals = self.signals(prices).fillna(0.0)
        if self.params.long_only:
            signals = signals.clip(lower=0.0)
        return signals * min(self.params.exposure / max(1, prices.shape[1]), self.params.max_weight)

    def decides_on(self, bar_number: int) -> bool:
        """Say whether this bar (from 1) is one to rebalance on."""
        return (bar_number - 1) % self.params.rebalance_every == 0

    def on_bar(self, bar: Bar, context: BarContext) -> Sequence[OrderIntent]:
        """Return the trades from what is held to the target of this day."""
        if not self.decides_on(bar.number):
            return ()
        target = self.weights(context.history.tail(self.bars_needed)).iloc[-1]
        plan = plan_rebalance(
            cash=context.account.cash,
            positions=context.positions,
            target={str(symbol): float(weight) for symbol, weight in target.items()},
            prices=context.prices,
            costs=context.account.costs,
            min_trade_usd=self.params.min_trade_usd,
        )
        return [self._intent(trade, float(target.get(trade.symbol, 0.0))) for trade in plan.trades]

    def _intent(self, trade: Trade, weight: float) -> OrderIntent:
        offset = self.params.limit_offset_bps
        sign = -1.0 if trade.side == "buy" else 1.0
        limit = None if offset is None else trade.reference_price * (1.0 + sign * offset * BASIS_POINT)
        return OrderIntent(
            symbol=trade.symbol,
            side=trade.side,
            quantity=trade.quantity,
            limit_price=limit,
            good_for_bars=None if limit is None else self.params.good_for_bars,
            why=f"target weight {weight:.4f}",
        )
