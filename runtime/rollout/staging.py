"""The staging data set of the risk gate: verdicts whose route is known, from clean approvals to everything that must be rejected.

Each is written by hand: one clean approval, and one verdict per way to fail.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from runtime.risk.predicate import Route, risk_simulator_approves

APPROVE: Route = "emit_signal_event"
REJECT: Route = "reject_decision_log"
_CLEAN: Mapping[str, Any] = {
    "approved": True,
    "vt_symbol": "AAPL",
    "insight_impact": {"approved": True, "p99_drawdown": 0.08, "tvar_95": 0.04, "expected_sharpe": 0.9},
    "margin_check": {"has_headroom": True, "available_pct": 0.4},
    "risk_breaches": [],
    "rationale": "within every limit",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StagingCase:
    """One verdict and where it must go."""

    name: str
    verdict: object
    route: Route


CASES: tuple[StagingCase, ...] = (
    StagingCase(name="clean approval", verdict=_CLEAN, route=APPROVE),
    StagingCase(name="approval without details", verdict={"approved": True}, route=APPROVE),
    StagingCase(name="no verdict", verdict=None, route=REJECT),
    StagingCase(name="not an object", verdict="approved", route=REJECT),
    StagingCase(name="empty object", verdict={}, route=REJECT),
    StagingCase(name="not approved", verdict={**_CLEAN, "approved": False}, route=REJECT),
    StagingCase(name="the text 'false'", verdict={**_CLEAN, "approved": "false"}, route=REJECT),
    StagingCase(name="the number 1", verdict={**_CLEAN, "approved": 1}, route=REJECT),
    StagingCase(
        name="impact not acceptable", verdict={**_CLEAN, "insight_impact": {"approved": False}}, route=REJECT
    ),
    StagingCase(
        name="no margin headroom", verdict={**_CLEAN, "margin_check": {"has_headroom": False}}, route=REJECT
    ),
    StagingCase(name="one breach", verdict={**_CLEAN, "risk_breaches": ["max position"]}, route=REJECT),
    StagingCase(name="a breach as text", verdict={**_CLEAN, "risk_breaches": "max position"}, route=REJECT),
)


def misrouted(route: Callable[[object], Route] = risk_simulator_approves) -> list[str]:
    """Return, for each case that goes the wrong way, its name and where it went; empty means all go right."""
    found = [(case, route(case.verdict)) for case in CASES]
    return [f"{case.name} went to {where}" for case, where in found if where != case.route]
