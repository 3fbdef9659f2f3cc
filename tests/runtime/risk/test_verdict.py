import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from runtime.risk.predicate import risk_simulator_approves
from runtime.risk.verdict import PORTFOLIO, RiskLimits, SimulationRequest, judge, with_overlay


def closes(days: int = 300, drift: float = 0.001, spread: float = 0.01) -> pd.DataFrame:
    steps = np.random.default_rng(2).normal(drift, spread, (days, 2))
    index = pd.bdate_range("2023-01-02", periods=days)
    return pd.DataFrame(100 * np.cumprod(1 + steps, axis=0), index=index, columns=["A", "B"])


REQUEST = SimulationRequest(
    prices=closes(),
    weights={"A": 0.5, "B": 0.3},
    vt_symbol=PORTFOLIO,
    paths=500,
    horizon_days=10,
    lookback_days=252,
    seed=7,
    limits=RiskLimits(),
)


def test_a_calm_rising_portfolio_is_approved_with_all_keys() -> None:
    verdict = judge(REQUEST).verdict

    assert verdict["approved"] is True
    assert verdict["vt_symbol"] == PORTFOLIO
    assert verdict["insight_impact"]["approved"] is True
    assert verdict["insight_impact"]["n_returns"] == 252
    assert verdict["margin_check"] == {"has_headroom": True, "available_pct": pytest.approx(0.2)}
    assert verdict["risk_breaches"] == []
    assert verdict["simulated_weights"] == {"A": 0.5, "B": 0.3}
    assert json.loads(json.dumps(verdict, allow_nan=False)) == verdict


@pytest.mark.parametrize(
    ("prices", "breach"),
    [
        (closes(spread=0.08), "p99_drawdown"),
        (closes(spread=0.06), "tvar_95"),
        (closes(drift=-0.004), "expected_sharpe"),
    ],
)
def test_each_limit_rejects_and_is_named(prices: pd.DataFrame, breach: str) -> None:
    verdict = judge(replace(REQUEST, prices=prices)).verdict

    assert verdict["approved"] is False
    assert verdict["insight_impact"]["approved"] is False
    assert any(each.startswith(breach) for each in verdict["risk_breaches"])
    assert risk_simulator_approves(verdict) == "reject_decision_log"


def test_more_gross_than_the_margin_rejects_although_the_impact_is_fine() -> None:
    verdict = judge(replace(REQUEST, weights={"A": 0.7, "B": -0.4})).verdict

    assert verdict["margin_check"] == {"has_headroom": False, "available_pct": 0.0}
    assert verdict["approved"] is False


def test_a_book_at_the_limit_but_for_rounding_has_headroom() -> None:
    weights = {"A": 0.1 + 0.2, "B": 0.7}

    assert judge(replace(REQUEST, weights=weights)).verdict["margin_check"]["has_headroom"] is True


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"weights": {}}, "holds nothing"),
        ({"weights": {"A": 0.0}}, "holds nothing"),
        ({"weights": {"A": float("inf")}}, "not a finite number"),
        ({"weights": {"A": 0.1, "ZZZ": 0.1}}, "no prices for ZZZ"),
        ({"prices": closes().tail(20)}, "only 19 daily returns"),
        ({"prices": closes().assign(A=np.nan)}, "only 0 daily returns"),
    ],
)
def test_what_cannot_be_simulated_is_not_approved(change: dict[str, object], reason: str) -> None:
    judged = judge(replace(REQUEST, **change))

    assert judged.verdict["approved"] is False
    assert reason in judged.verdict["rationale"]
    assert risk_simulator_approves(judged.verdict) == "reject_decision_log"
    assert judged.paths.empty
    json.dumps(judged.verdict, allow_nan=False)


def test_twenty_returns_are_enough() -> None:
    verdict = judge(replace(REQUEST, prices=closes().tail(21))).verdict

    assert verdict["insight_impact"]["n_returns"] == 20


def test_the_simulated_returns_are_those_of_the_weighted_portfolio() -> None:
    flat = closes().assign(B=lambda frame: 1 / frame["A"])
    hedged = judge(replace(REQUEST, prices=flat, weights={"A": 0.5, "B": 0.5})).verdict
    alone = judge(replace(REQUEST, prices=flat, weights={"A": 0.5})).verdict

    assert hedged["insight_impact"]["p99_drawdown"] < 0.05 * alone["insight_impact"]["p99_drawdown"]


def test_the_order_of_the_symbols_changes_no_bit() -> None:
    turned = replace(REQUEST, prices=REQUEST.prices[["B", "A"]], weights={"B": 0.3, "A": 0.5})

    assert judge(turned).verdict == judge(REQUEST).verdict


def test_only_the_lookback_counts() -> None:
    prices = closes()
    wild = prices.copy()
    wild.iloc[:40] *= np.linspace(1, 9, 40)[:, None]

    assert judge(replace(REQUEST, prices=wild)).verdict == judge(REQUEST).verdict


@pytest.mark.parametrize(
    "overlay",
    [
        {"risk_veto": True, "approved": False, "risk_breaches": ["risk_overlay_veto"]},
        {"risk_veto": True},
        {"approved": False},
        {"risk_breaches": ["anything"], "approved": True},
    ],
)
def test_an_earlier_denial_stays_a_denial(overlay: dict[str, object]) -> None:
    merged = with_overlay(judge(REQUEST).verdict, overlay)

    assert merged["approved"] is False
    assert risk_simulator_approves(merged) == "reject_decision_log"


def test_an_overlay_without_veto_changes_nothing() -> None:
    verdict = judge(REQUEST).verdict

    assert with_overlay(verdict, {"risk_veto": False, "risk_breaches": []}) == verdict
    assert with_overlay(verdict, None) == verdict
