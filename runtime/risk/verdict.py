"""From a portfolio and its prices to a verdict: simulate, compare with the limits, say why."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from runtime.risk.bootstrap import FAN_PERCENTILES, Floats, Simulation, simulate

MIN_RETURNS = 20
"""With fewer daily returns a simulation proves nothing."""
PORTFOLIO = "PORTFOLIO"
"""`vt_symbol` of a verdict about more than one symbol."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskLimits:
    """What the verdict compares with; the defaults are the platform's auto-reject limits."""

    max_p99_drawdown: float = 0.20
    max_tvar_95: float = 0.10
    min_expected_sharpe: float = 0.0
    max_gross_exposure: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationRequest:
    """One portfolio and how to simulate it."""

    prices: pd.DataFrame
    weights: Mapping[str, float]
    vt_symbol: str
    paths: int
    horizon_days: int
    lookback_days: int
    seed: int
    limits: RiskLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The verdict record and the fan of simulated wealth (day 0.. × percentiles)."""

    verdict: dict[str, Any]
    paths: pd.DataFrame


def judge(request: SimulationRequest) -> Judgement:
    """Simulate the portfolio and return its verdict; whatever cannot be simulated is not approved."""
    held = {symbol: weight for symbol, weight in sorted(request.weights.items()) if weight}
    problem, returns = _portfolio_returns(request, held)
    if problem:
        return Judgement(verdict=_refusal(request, held, problem, len(returns)), paths=_fan(request, None))
    simulation = simulate(returns, paths=request.paths, horizon_days=request.horizon_days, seed=request.seed)
    return Judgement(
        verdict=_verdict(request, held, simulation, len(returns)), paths=_fan(request, simulation)
    )


def with_overlay(verdict: Mapping[str, Any], overlay: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the verdict with an earlier one laid over it: what that one vetoed, breached or denied stays denied."""
    merged = dict(verdict)
    if overlay is None:
        return merged
    breaches = [str(each) for each in overlay.get("risk_breaches") or []]
    if not breaches and (overlay.get("risk_veto") or overlay.get("approved") is False):
        breaches = ["denied by an earlier verdict"]
    if breaches:
        merged["approved"] = False
        merged["risk_breaches"] = [*merged["risk_breaches"], *breaches]
        merged["rationale"] = f"{merged['rationale']} Denied before: {'; '.join(breaches)}."
    return merged


def _portfolio_returns(request: SimulationRequest, held: Mapping[str, float]) -> tuple[str, Floats]:
    """Return why there is nothing to simulate (or ""), and the portfolio's simple daily returns of the lookback."""
    none = np.empty(0)
    if not held:
        return "holds nothing: there is nothing to approve", none
    if not all(math.isfinite(weight) for weight in held.values()):
        return "a weight is not a finite number", none
    missing = [symbol for symbol in held if symbol not in request.prices.columns]
    if missing:
        return f"no prices for {', '.join(missing)}", none
    closes = request.prices[list(held)].tail(request.lookback_days + 1)
    table = (
        closes.pct_change(fill_method=None).replace([np.inf, -np.inf], np.nan).dropna().to_numpy(dtype=float)
    )
    returns = table @ np.array(list(held.values()))
    if len(returns) < MIN_RETURNS:
        return f"only {len(returns)} daily returns, {MIN_RETURNS} are needed", returns
    return "", returns


def _verdict(
    request: SimulationRequest, held: Mapping[str, float], simulation: Simulation, n_returns: int
) -> dict[str, Any]:
    limits = request.limits
    impact = [
        *_over("p99_drawdown", simulation.p99_drawdown, limits.max_p99_drawdown),
        *_over("tvar_95", simulation.tvar_95, limits.max_tvar_95),
        *_under("expected_sharpe", simulation.expected_sharpe, limits.min_expected_sharpe),
    ]
    margin = _margin(held, limits)
    breaches = impact if margin["has_headroom"] else [*impact, "margin headroom exhausted"]
    figures = (
        f"p99 drawdown {simulation.p99_drawdown:.1%}, TVaR95 {simulation.tvar_95:.1%}, "
        f"Sharpe {simulation.expected_sharpe:.2f} over {request.horizon_days} days, {request.paths:,} paths"
    )
    return {
        "approved": not breaches,
        "vt_symbol": request.vt_symbol,
        "insight_impact": {
            "approved": not impact,
            "p99_drawdown": simulation.p99_drawdown,
            "tvar_95": simulation.tvar_95,
            "expected_sharpe": simulation.expected_sharpe,
            "expected_return": simulation.expected_return,
            "n_returns": n_returns,
            "paths": request.paths,
            "horizon_days": request.horizon_days,
            "seed": request.seed,
        },
        "margin_check": margin,
        "risk_breaches": breaches,
        "rationale": f"{'Rejected' if breaches else 'Within all limits'}: {figures}."
        + (f" Breached: {'; '.join(breaches)}." if breaches else ""),
        "simulated_weights": dict(held),
    }


def _refusal(
    request: SimulationRequest, held: Mapping[str, float], problem: str, n_returns: int
) -> dict[str, Any]:
    finite = {symbol: weight for symbol, weight in held.items() if math.isfinite(weight)}
    return {
        "approved": False,
        "vt_symbol": request.vt_symbol,
        "insight_impact": {
            "approved": False,
            "p99_drawdown": None,
            "tvar_95": None,
            "expected_sharpe": None,
            "expected_return": None,
            "n_returns": n_returns,
            "paths": 0,
            "horizon_days": request.horizon_days,
            "seed": request.seed,
        },
        "margin_check": _margin(finite, request.limits),
        "risk_breaches": [problem],
        "rationale": f"Rejected without a simulation: {problem}.",
        "simulated_weights": finite,
    }


def _margin(held: Mapping[str, float], limits: RiskLimits) -> dict[str, Any]:
    available = limits.max_gross_exposure - math.fsum(abs(weight) for weight in held.values())
    # A book scaled to the limit misses it by rounding; that is no breach.
    return {"has_headroom": available >= -1e-9, "available_pct": max(available, 0.0)}  # noqa: PLR2004


def _over(name: str, value: float, limit: float) -> list[str]:
    return [] if value <= limit else [f"{name} {value:.4f} > {limit:g}"]


def _under(name: str, value: float, limit: float) -> list[str]:
    return [] if value >= limit else [f"{name} {value:.4f} < {limit:g}"]


def _fan(request: SimulationRequest, simulation: Simulation | None) -> pd.DataFrame:
    columns = [f"p{percentile}" for percentile in FAN_PERCENTILES]
    if simulation is None:
        return pd.DataFrame(columns=columns, index=pd.RangeIndex(0, name="day"), dtype=float)
    days = pd.RangeIndex(request.horizon_days + 1, name="day")
    return pd.DataFrame(simulation.fan, columns=columns, index=days)
