"""The log of rejected decisions: what was not done, when, and why."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any


def rejection_entry(
    *, run_id: str, spec_name: str, vt_symbol: str, as_of: str, reasons: Sequence[str], now: datetime
) -> dict[str, Any]:
    """Return one JSON-ready entry."""
    return {
        "run_id": run_id,
        "spec_name": spec_name,
        "vt_symbol": vt_symbol,
        "as_of": as_of,
        "decision": "rejected",
        "reasons": list(reasons),
        "status": "pending",
        "logged_at": now.isoformat(),
    }


def appended(state: Mapping[str, Any], entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the run's decision log with one entry more; the log in the state stays as it is."""
    known = state.get("decision_log")
    return [*(known if isinstance(known, list) else []), dict(entry)]
