"""A whole report out of what is wired into its node."""

from dataclasses import dataclass

import pandas as pd

from runtime.decision.rebalance_dates import Cadence
from runtime.report import Report, empty_report, extend
from runtime.reporting.notes import note_report
from runtime.reporting.portfolios import Portfolio, comparison, from_signals
from runtime.values import Value

TARGET = "Target weights"
SIGNALS = "Signals"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRequest:
    """What the report is about."""

    title: str
    prices: pd.DataFrame | None
    signals: pd.DataFrame | None
    weights: pd.DataFrame | None
    notes: tuple[tuple[str, Value], ...]
    """Title and value of everything else, in the order of the wires."""
    cost_bps: float
    cadence: Cadence


def build_report(request: ReportRequest) -> Report:
    """Return the record: performance first, then what is held and signalled now, then the notes."""
    report = empty_report(request.title)
    if request.prices is not None:
        extend(
            report,
            comparison(
                _portfolios(request), request.prices, cost_bps=request.cost_bps, cadence=request.cadence
            ),
        )
    if request.weights is not None:
        extend(report, note_report(TARGET, Value(type="weights", data=request.weights)))
    if request.signals is not None:
        extend(report, note_report(SIGNALS, Value(type="signals", data=request.signals)))
    for title, value in request.notes:
        extend(report, note_report(title, value))
    return report


def _portfolios(request: ReportRequest) -> list[Portfolio]:
    found: list[Portfolio] = []
    if request.weights is not None:
        found.append(Portfolio(name=TARGET, weights=request.weights))
    if request.signals is not None:
        found.append(from_signals(SIGNALS, request.signals, request.cadence))
    for title, value in request.notes:
        if value.type == "weights":
            found.append(Portfolio(name=title, weights=value.data))
        elif value.type == "signals":
            found.append(from_signals(title, value.data, request.cadence))
    return [each for each in found if not each.weights.empty]
