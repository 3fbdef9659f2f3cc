"""What an agent can know: closes and features by day, every figure from that day's close or before."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from runtime.errors import InvalidValue, TooLarge
from runtime.quant.momentum import FULL_SIGNAL_T, trend_t_statistic
from runtime.quant.returns import log_returns
from runtime.quant.volatility import realised_volatility
from runtime.quant.windows import TRADING_DAYS
from runtime.rl.spec import MarketSpec

CLIP = 5.0
"""Features beyond are cut, so that one wild day cannot drown all others."""
FIGURES_BESIDE_RETURNS = 2
"""Volatility and trend."""
FLAT = 1e-8
"""An annual volatility below this is rounding: such a price did not move."""
LONGEST_GAP = 5
"""Days in a row that a price may be missing; meanwhile the last one stands."""
MAX_BYTES = 32 * 1024 * 1024
"""Of the features: they travel to every computation."""
MIN_TRAINING_STEPS = 20
MIN_TEST_STEPS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Days from the close of `first` to the close of `last`, as places in a panel."""

    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MarketPanel:
    """Arrays that start on the first day on which everything is known."""

    symbols: tuple[str, ...]
    days: pd.DatetimeIndex
    closes: npt.NDArray[np.float64]
    """USD, days × symbols, without holes."""
    features: npt.NDArray[np.float32]
    """Days × symbols × features: `window` returns over the daily volatility, the newest first; annual volatility as a
    fraction; trend, where ±1 is a full signal. All within ±`CLIP`."""

    @property
    def whole(self) -> Span:
        """All days."""
        return Span(first=0, last=len(self.days) - 1)

    def until(self, last: int) -> Self:
        """Return the panel without what comes after the place `last`."""
        end = last + 1
        return replace(self, days=self.days[:end], closes=self.closes[:end], features=self.features[:end])

    def closes_of(self, span: Span) -> pd.DataFrame:
        """Return the closes of a span, both ends included, days × symbols."""
        rows = slice(span.first, span.last + 1)
        return pd.DataFrame(self.closes[rows], index=self.days[rows], columns=list(self.symbols))


def market_panel(prices: pd.DataFrame, market: MarketSpec) -> MarketPanel:
    """Return what can be known of `market.symbols`; days before all of it is known are left out.

    Raises `InvalidValue` naming the symbol and day of a gap, or the days that are missing; `TooLarge` over `MAX_BYTES`.
    """
    closes = _without_holes(prices[list(market.symbols)])
    _require_size(len(closes), market)
    features = _features(closes, market)
    known = np.isfinite(features).all(axis=(1, 2))
    first = int(np.argmax(known)) if known.any() else len(closes)
    panel = MarketPanel(
        symbols=market.symbols,
        days=pd.DatetimeIndex(closes.index[first:]),
        closes=closes.to_numpy(dtype=float)[first:],
        features=features[first:],
    )
    _require_days(len(panel.days), len(prices), market)
    return panel


def parts(panel: MarketPanel, market: MarketSpec) -> tuple[Span, Span]:
    """Return the days to train on and the days to test on; they share one close and no return."""
    cut = round((len(panel.days) - 1) * (1.0 - market.test_share))
    return Span(first=0, last=cut), Span(first=cut, last=len(panel.days) - 1)


def _without_holes(prices: pd.DataFrame) -> pd.DataFrame:
    complete = prices.notna().all(axis="columns").to_numpy()
    if not complete.any():
        raise InvalidValue("There is no day on which all symbols have a price.", field="market.symbols")
    began = prices.iloc[int(np.argmax(complete)) :]
    filled = began.ffill(limit=LONGEST_GAP)
    holes = filled.isna()
    if holes.to_numpy().any():
        day, symbol = next((day, symbol) for day, row in holes.iterrows() for symbol in row.index[row])
        raise InvalidValue(
            f"{symbol!r} has no price for more than {LONGEST_GAP} days before {day:%Y-%m-%d}. "
            "Leave it out, or choose other days.",
            field="market.symbols",
        )
    return filled


def _features(closes: pd.DataFrame, market: MarketSpec) -> npt.NDArray[np.float32]:
    daily = log_returns(closes)
    annual = realised_volatility(closes, window=market.volatility_days)
    scaled = (daily / (annual / TRADING_DAYS**0.5)).mask(annual < FLAT, 0.0)
    trend = trend_t_statistic(closes, lookback=market.momentum_days, skip=0) / FULL_SIGNAL_T
    columns = [*(scaled.shift(back) for back in range(market.window)), annual, trend]
    stacked = np.stack([column.to_numpy(dtype=float) for column in columns], axis=2)
    return np.clip(stacked, -CLIP, CLIP).astype(np.float32)


def _require_size(days: int, market: MarketSpec) -> None:
    size = (
        days * len(market.symbols) * (market.window + FIGURES_BESIDE_RETURNS) * np.dtype(np.float32).itemsize
    )
    if size > MAX_BYTES:
        raise TooLarge(
            f"{days} days of {len(market.symbols)} symbols with a window of {market.window} make {size // 2**20} MB "
            f"of features, more than {MAX_BYTES // 2**20}. Choose fewer of one.",
            field="market.window",
        )


def _require_days(usable: int, given: int, market: MarketSpec) -> None:
    step = market.rebalance_days
    need = max(
        market.episode_days / (1.0 - market.test_share),
        MIN_TRAINING_STEPS * step / (1.0 - market.test_share),
        MIN_TEST_STEPS * step / market.test_share,
    )
    if usable < need + 2:
        raise InvalidValue(
            f"{given} days of prices leave {usable} after the warm-up, too few to train on episodes of "
            f"{market.episode_days} days and to test: {int(need) + 2} are needed. Start earlier, or shorten the episodes.",
            field="market.episode_days",
        )
