"""One believable value per port type, cut from the shipped prices: what a node gets in the contract tests."""

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

import pandas as pd

from runtime.market.shipped import ShippedPrices
from runtime.node import NodeKind, Port
from runtime.quant.momentum import momentum_signal
from runtime.quant.returns import simple_returns
from runtime.settings import LiveSettings
from runtime.values import PortType, Value

ALL_ON = LiveSettings(
    orchestration_studio_enabled=True,
    orchestration_crew_adapter_enabled=True,
    orchestration_fusion_enabled=True,
    orchestration_schedule_enabled=True,
    orchestration_workflow_versioning_enabled=True,
    orchestration_kill_propagation_enabled=True,
)


@cache
def _prices() -> pd.DataFrame:
    market = ShippedPrices()
    return market.prices(market.symbols(), start=date(2017, 1, 1), end=None)


def _weights() -> pd.DataFrame:
    month_ends = _prices().index.to_series().groupby(_prices().index.to_period("M")).max()
    share = 0.9 / _prices().shape[1]
    return pd.DataFrame(share, index=pd.DatetimeIndex(month_ends), columns=_prices().columns)


def _verdict() -> dict[str, Any]:
    return {
        "action": "buy",
        "approved": True,
        "vt_symbol": "JNJ",
        "confidence": 0.71,
        "bull_confidence": 0.74,
        "bear_confidence": 0.52,
        "insight_impact": {"approved": True, "p99_drawdown": 0.08, "tvar_95": 0.05, "expected_sharpe": 0.6},
        "margin_check": {"has_headroom": True, "available_pct": 0.4},
        "risk_breaches": [],
        "rationale": "The trend is up and volatility is low.",
        "as_of": "2022-12-28",
        "transcript": [
            {
                "side": "bull",
                "round": 1,
                "measure": "momentum",
                "title": "momentum",
                "confidence": 0.74,
                "text": "The trend is up.",
                "point": "The trend is up.",
                "weight": 0.5,
                "numbers": {"momentum_t": 1.9},
            }
        ],
    }


def _insight() -> dict[str, Any]:
    return {
        "vt_symbol": "JNJ",
        "direction": "long",
        "strength": 0.6,
        "confidence": 0.7,
        "horizon_days": 10,
        "rationale": "The trend is up.",
        "numbers": {"momentum_t": 1.9},
    }


def _report() -> dict[str, Any]:
    return {
        "title": "A report",
        "metrics": [{"label": "Return", "value": 0.12, "unit": "%"}],
        "charts": [],
        "tables": [],
        "texts": [{"title": "Note", "body": "Nothing to add."}],
    }


_DATA: dict[PortType, Callable[[], object]] = {
    "prices": lambda: _prices().copy(),
    "signals": lambda: momentum_signal(_prices()),
    "weights": _weights,
    "table": lambda: simple_returns(_prices()).iloc[1:],
    "verdict": _verdict,
    "insight": _insight,
    "report": _report,
    "number": lambda: 0.25,
    "text": lambda: "The trend is up.",
    "any": lambda: Value(type="verdict", data=_verdict()),
}


def example_data(port_type: PortType) -> object:
    """Return fresh data of a port type, so that a node that changes its input harms nobody else."""
    return _DATA[port_type]()


def example_input(port: Port) -> object:
    """Return what a node gets on this port: `many` ports two values in a list, `any` ports a `Value`."""
    if port.many:
        return [example_data(port.type), example_data(port.type)]
    return example_data(port.type)


def example_inputs(kind: type[NodeKind], *, optional: bool = True) -> dict[str, Any]:
    """Return inputs for every port of a kind, or for the required ones only."""
    return {port.id: example_input(port) for port in kind.inputs if optional or port.required}
