"""The gate: may these very weights be acted on? One question, asked wherever a signal or an order could follow."""

from collections.abc import Mapping
from typing import Any, cast

import pandas as pd

from runtime.risk.coverage import covers
from runtime.risk.predicate import rejections, risk_simulator_approves

OTHER_WEIGHTS = "the verdict is about other weights than these; wire the same weights into simulator and gate"
NOTHING_SIMULATED = "the verdict does not say what was simulated"
NOTHING_HELD = "the target holds nothing"


def target_of(weights: pd.DataFrame) -> dict[str, float]:
    """Return the last row: what would be held now, as fractions of equity."""
    row = {} if weights.empty else weights.iloc[-1].fillna(0.0).to_dict()
    return {str(symbol): float(weight) for symbol, weight in row.items()}


def gate_reasons(weights: pd.DataFrame, verdict: Mapping[str, Any], *, strict: bool = False) -> list[str]:
    """Return why the weights must not be acted on; empty means approved.

    The one predicate decides about the verdict; then the verdict must be about these weights. A verdict that does not say
    what was simulated is not compared, unless `strict`: then it is no approval, and neither is one of nothing.
    """
    reasons = [] if risk_simulator_approves(verdict) == "emit_signal_event" else rejections(verdict)
    target = target_of(weights)
    simulated = verdict.get("simulated_weights")
    if isinstance(simulated, Mapping):
        known = cast(Mapping[str, float], simulated)
        reasons += [] if covers(known, target) else [OTHER_WEIGHTS]
    elif strict:
        reasons.append(NOTHING_SIMULATED)
    if strict and not any(target.values()):
        reasons.append(NOTHING_HELD)
    return reasons


def rejection(verdict: Mapping[str, Any], reasons: list[str]) -> dict[str, Any]:
    """Return the verdict as it leaves by the rejected port."""
    return dict(verdict) | {"approved": False, "rationale": f"Rejected: {'; '.join(reasons)}."}
