"""What a history of target weights would have earned."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from runtime.errors import InvalidValue
from runtime.quant.windows import TRADING_DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """The result of a back-test; all series share the days from the first rebalance on."""

    equity: pd.Series
    """Growth of 1 USD; the first value is 1 minus the cost of the first trades."""
    returns: pd.Series
    """Daily simple returns after costs."""
    turnover: pd.Series
    """Traded value on each day as a fraction of equity: the sum of |change of weight|."""
    metrics: dict[str, float]
    """See `performance`."""


def backtest(prices: pd.DataFrame, weights: pd.DataFrame, cost_bps: float = 0.0) -> Backtest:
    """Hold the target weights and return what came of it.

    A row of `weights` (fractions of equity; NaN is 0) is traded at the close of its day, or of the next day that has prices,
    and earns from the day after: one day's lag, no look-ahead. Between rows the shares are held, so weights drift with prices.
    What is not invested is cash without interest. `cost_bps`: basis points of the traded value. A share without a price
    that day cannot be bought; one held keeps its last price. An account that falls to zero stays there.
    Turnover against drifted weights and proportional costs as in DeMiguel, Garlappi and Uppal (2009), *Review of
    Financial Studies* 22(5), section 3.
    """
    targets = _on_trading_days(prices, weights)
    start = prices.index.get_loc(targets.index[0])
    held = prices.loc[:, targets.columns].ffill().iloc[start:]
    tradable = prices.loc[:, targets.columns].notna().iloc[start:]
    equity, turnover = _hold(
        held.to_numpy(dtype=float),
        tradable.to_numpy(dtype=bool),
        np.asarray(held.index.get_indexer(targets.index)),
        targets.fillna(0.0).to_numpy(dtype=float),
        cost_bps / 1e4,
    )
    growth = pd.Series(equity, index=held.index, name="equity")
    before = growth.shift(1, fill_value=1.0)
    returns = (growth / before.where(before > 0.0, np.inf) - 1.0).where(before > 0.0, 0.0).rename("returns")
    traded = pd.Series(turnover, index=held.index, name="turnover")
    return Backtest(
        equity=growth, returns=returns, turnover=traded, metrics=performance(growth, returns, traded)
    )


def performance(equity: pd.Series, returns: pd.Series, turnover: pd.Series) -> dict[str, float]:
    """Return the figures people ask for; NaN where the history is too short to tell.

    total_return, annual_return (geometric), annual_volatility, max_drawdown: fractions. sharpe: annual, interest zero, with
    the factor √252, which is exact only for returns that are independent over time (Lo 2002, *Financial Analysts Journal*
    58(4)). annual_turnover: traded value a year as a fraction of equity. days: number of daily returns.
    """
    days = len(returns)
    final = float(equity.iloc[-1])
    deviation = float(returns.std()) if days > 1 else float("nan")
    peak = np.maximum(equity.cummax(), 1.0)
    return {
        "total_return": final - 1.0,
        "annual_return": final ** (TRADING_DAYS / days) - 1.0 if final > 0 else -1.0,
        "annual_volatility": deviation * TRADING_DAYS**0.5,
        "sharpe": float(returns.mean()) / deviation * TRADING_DAYS**0.5 if deviation > 0 else float("nan"),
        "max_drawdown": float((equity / peak - 1.0).min()),
        "annual_turnover": float(turnover.sum()) * TRADING_DAYS / days,
        "days": float(days),
    }


def _on_trading_days(prices: pd.DataFrame, weights: pd.DataFrame) -> pd.DataFrame:
    """Move each row to the first trading day at or after it, the latest row of a day wins, in a fixed column order."""
    unknown = sorted(str(name) for name in weights.columns.difference(prices.columns))
    if unknown:
        raise InvalidValue(f"There are weights but no prices for {', '.join(unknown)}.", field="weights")
    days = np.asarray(prices.index.searchsorted(weights.index.to_numpy(), side="left"))
    inside = days < len(prices.index)
    if not inside.any():
        raise InvalidValue("There are no weights on or before the last day of the prices.", field="weights")
    # Sorted columns: sums of floats depend on their order, results must not depend on the order of the symbols.
    moved = weights.loc[inside].sort_index(axis="columns")
    moved.index = prices.index[days[inside]]
    return moved.loc[~moved.index.duplicated(keep="last")]


def _hold(
    prices: npt.NDArray[Any],
    tradable: npt.NDArray[Any],
    rows: npt.NDArray[Any],
    targets: npt.NDArray[Any],
    cost: float,
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return equity and turnover by day; one vectorised stretch for each rebalance."""
    days = len(prices)
    equity, turnover = np.ones(days), np.zeros(days)
    value, held = 1.0, np.zeros(prices.shape[1])
    ends = [*rows[1:], days - 1]
    for row, end, target in zip(rows, ends, targets, strict=True):
        # A share that cannot be traded today keeps the weight it has drifted to.
        wanted = np.where(tradable[row], target, held)
        turnover[row] = np.abs(wanted - held).sum()
        value = max(0.0, value * (1.0 - turnover[row] * cost))
        equity[row] = value
        relative = np.where(wanted != 0.0, prices[row : end + 1] / prices[row], 1.0)
        stretch = 1.0 + (relative - 1.0) @ wanted
        ruined = np.flatnonzero(stretch <= 0.0)
        if value == 0.0 or ruined.size:
            first = 0 if value == 0.0 else int(ruined[0])
            equity[row + 1 : row + first] = value * stretch[1:first]
            equity[row + first :] = 0.0 if value > 0.0 else equity[row]
            return equity, turnover
        equity[row + 1 : end + 1] = value * stretch[1:]
        value *= stretch[-1]
        held = wanted * relative[-1] / stretch[-1]
    return equity, turnover
