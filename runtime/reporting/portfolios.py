"""Portfolios side by side: what each would have earned, against an equal weight of the same shares."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from runtime.decision.rebalance_dates import Cadence, rebalance_dates
from runtime.quant.backtest import Backtest, backtest
from runtime.report import Cell, Metric, Report, Table, Text, empty_report, number
from runtime.reporting.charts import chart_of

BENCHMARK = "Equal weight"
MIN_ROWS = 2
"""A single row of weights has no history to show."""
_HEADLINE = (
    ("annual_return", "Annual return", "%", 100.0),
    ("annual_volatility", "Annual volatility", "%", 100.0),
    ("sharpe", "Sharpe", "", 1.0),
    ("max_drawdown", "Max drawdown", "%", 100.0),
    ("annual_turnover", "Turnover a year", "×", 1.0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """A named history of target weights."""

    name: str
    weights: pd.DataFrame


def from_signals(name: str, signals: pd.DataFrame, cadence: Cadence) -> Portfolio:
    """Return the portfolio that holds each signal in proportion, gross 1, from each rebalance day to the next."""
    rows = (
        signals.reindex(rebalance_dates(pd.DatetimeIndex(signals.index), cadence))
        .dropna(how="all")
        .fillna(0.0)
    )
    size = rows.abs().sum(axis=1)
    return Portfolio(name=name, weights=rows.div(size.where(size > 0, np.inf), axis=0))


def comparison(
    portfolios: list[Portfolio], prices: pd.DataFrame, *, cost_bps: float, cadence: Cadence
) -> Report:
    """Back-test all from the first day that all of them know, and an equal weight beside them."""
    report = empty_report("")
    shown = [each for each in portfolios if len(each.weights) >= MIN_ROWS]
    unpriced = {each.name: sorted(set(each.weights.columns) - set(prices.columns)) for each in shown}
    for name, symbols in unpriced.items():
        if symbols:
            body = f"There are no prices for {', '.join(map(str, symbols))}."
            report["texts"].append(Text(title=f"{name}: not back-tested", body=body))
    shown = [each for each in shown if not unpriced[each.name]]
    if len(prices) < MIN_ROWS or (portfolios and not shown):
        return report
    start = max((each.weights.index[0] for each in shown), default=prices.index[0])
    shown = [Portfolio(name=each.name, weights=_from(each.weights, start)) for each in shown]
    shown.append(_equal_weight(prices, start, cadence))
    tested = {each.name: backtest(prices, each.weights, cost_bps) for each in shown}
    _draw(report, tested, cost_bps)
    return report


def _draw(report: Report, tested: Mapping[str, Backtest], cost_bps: float) -> None:
    equity = pd.DataFrame({name: each.equity for name, each in tested.items()}).ffill()
    drawdown = equity / equity.cummax().clip(lower=1.0) - 1.0
    first = next(iter(tested))
    whose = f"{first}: " if len(tested) > 2 else ""  # noqa: PLR2004  of one portfolio and its benchmark it is plain
    report["charts"] += [
        chart_of(equity, title="Equity curve", unit="× start"),
        chart_of(drawdown, title="Drawdown", unit="%", kind="area", scale=100.0),
    ]
    report["metrics"] += [
        Metric(label=_label(whose, label), value=_scaled(tested[first].metrics[key], scale), unit=unit)
        for key, label, unit, scale in _HEADLINE
    ]
    if first != BENCHMARK:
        ahead = tested[first].metrics["annual_return"] - tested[BENCHMARK].metrics["annual_return"]
        report["metrics"].append(
            Metric(
                label=_label(whose, "Annual return over equal weight"), value=_scaled(ahead, 100.0), unit="%"
            )
        )
    report["tables"].append(_performance(tested))
    days = [pd.Timestamp(day).date().isoformat() for day in (equity.index[0], equity.index[-1])]
    body = (
        f"{days[0]} to {days[1]}. Weights are traded at the close of their day and earn from the next day on; "
        f"costs {cost_bps:g} bps of the traded value. Cash earns nothing. Past results only."
    )
    report["texts"].append(Text(title="How this was computed", body=body))


def _label(whose: str, label: str) -> str:
    return f"{whose}{label[0].lower()}{label[1:]}" if whose else label


def _performance(tested: Mapping[str, Backtest]) -> Table:
    columns = ["portfolio", "total return %", *(f"{label} {unit}".strip() for _, label, unit, _ in _HEADLINE)]
    rows: list[list[Cell]] = []
    for name, each in tested.items():
        total = _scaled(each.metrics["total_return"], 100.0)
        rows.append([name, total, *(_scaled(each.metrics[key], scale) for key, _, _, scale in _HEADLINE)])
    return Table(title="Performance", columns=columns, rows=rows)


def _scaled(value: float, scale: float) -> float | None:
    plain = number(value)
    return None if plain is None else plain * scale


def _from(weights: pd.DataFrame, start: pd.Timestamp) -> pd.DataFrame:
    """Return the weights as of `start` and all later ones."""
    opening = weights.loc[:start].iloc[[-1]]
    opening.index = pd.DatetimeIndex([start])
    return pd.concat([opening, weights.loc[weights.index > start]])


def _equal_weight(prices: pd.DataFrame, start: pd.Timestamp, cadence: Cadence) -> Portfolio:
    days = pd.DatetimeIndex(prices.index)
    dates = rebalance_dates(days[days >= start], cadence).union(days[days >= start][:1])
    priced = prices.reindex(dates).notna().astype(float)
    size = priced.sum(axis=1)
    return Portfolio(name=BENCHMARK, weights=priced.div(size.where(size > 0, np.inf), axis=0))
