"""Fusion applied to history: the same rule at every rebalance day, so that a back-test tests what would be traded."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from runtime.decision.fusion import Contributor, Fusion, Limits, clean_signals, synthesize
from runtime.decision.rebalance_dates import Cadence, rebalance_dates


@dataclass(frozen=True, slots=True, kw_only=True)
class FusionRequest:
    """What is to be fused, and how."""

    quant: pd.DataFrame | None
    """Signals, days × symbols."""
    model: pd.DataFrame | None
    verdict: Mapping[str, Any] | None
    """Of a debate held now: it counts on the last day only."""
    as_of: pd.Timestamp
    """The day of the decision when no signals are there to tell."""
    cadence: Cadence
    priors: Mapping[Contributor, float]
    model_confidence: float | None
    limits: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class FusedHistory:
    """Weights at every rebalance day, and the fusion of the last one."""

    weights: pd.DataFrame
    last: Fusion
    last_inputs: Mapping[str, Any]


def fuse_history(request: FusionRequest) -> FusedHistory:
    """Fuse at each rebalance day what was known on that day; days before the first signal are left out."""
    days = _days(request)
    dates = rebalance_dates(days, request.cadence)
    quant, model = _rows(request.quant, dates), _rows(request.model, dates)
    fused = [
        synthesize(
            quant_signals=quant[number],
            model_predictions=model[number],
            debate_verdict=request.verdict if number == len(dates) - 1 else None,
            model_confidence=request.model_confidence,
            priors=request.priors,
            limits=request.limits,
        )
        for number in range(len(dates))
    ]
    first = next((number for number, each in enumerate(fused) if each.contributors), len(fused) - 1)
    last_inputs = {
        "quant_signals": clean_signals(quant[-1]),
        "model_predictions": clean_signals(model[-1]),
        "debate_verdict": dict(request.verdict) if request.verdict else None,
        "weights_prior": dict(request.priors),
    }
    return FusedHistory(
        weights=_frame(fused[first:], dates[first:], _symbols(request, fused[-1])),
        last=fused[-1],
        last_inputs=last_inputs,
    )


def _days(request: FusionRequest) -> pd.DatetimeIndex:
    days = pd.DatetimeIndex([])
    for frame in (request.quant, request.model):
        if frame is not None:
            days = days.union(pd.DatetimeIndex(frame.index))
    return days if len(days) else pd.DatetimeIndex([request.as_of])


def _rows(frame: pd.DataFrame | None, dates: pd.DatetimeIndex) -> list[dict[str, object]]:
    """Return one mapping per date; a date that the frame does not have is empty, never filled from another day."""
    if frame is None:
        return [{} for _ in dates]
    symbols = [str(column) for column in frame.columns]
    return [
        dict(zip(symbols, row, strict=True)) for row in frame.reindex(dates).to_numpy(dtype=float).tolist()
    ]


def _symbols(request: FusionRequest, last: Fusion) -> list[str]:
    named = {
        str(column)
        for frame in (request.quant, request.model)
        if frame is not None
        for column in frame.columns
    }
    return sorted(named | set(last.target_weights))


def _frame(fused: list[Fusion], dates: pd.DatetimeIndex, symbols: list[str]) -> pd.DataFrame:
    rows = [[each.target_weights.get(symbol, 0.0) for symbol in symbols] for each in fused]
    return pd.DataFrame(rows, index=dates, columns=symbols, dtype=float)
