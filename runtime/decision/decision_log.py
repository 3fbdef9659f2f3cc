"""The log of decisions: what was decided or not done, when, and why."""

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


def decision_entry(
    record: Mapping[str, Any], *, heading: str, run_id: str, spec_name: str, now: datetime
) -> dict[str, Any]:
    """Return the JSON-ready entry of a decision record (a verdict or an insight).

    It never says `approved`, so that a log entry cannot pass for an approval anywhere.
    """
    rejected = record.get("approved") is False
    breaches = record.get("risk_breaches")
    return {
        "heading": heading,
        "run_id": run_id,
        "spec_name": spec_name,
        "vt_symbol": str(record.get("vt_symbol") or ""),
        "as_of": str(record.get("as_of") or ""),
        "decision": "rejected"
        if rejected
        else str(record.get("action") or record.get("direction") or "noted"),
        "direction": str(record.get("direction") or ""),
        "confidence": record.get("confidence"),
        "horizon_days": record.get("horizon_days"),
        "reasons": [str(each) for each in breaches] if isinstance(breaches, list) else [],
        "rationale": str(record.get("rationale") or ""),
        "status": "pending",
        "logged_at": now.isoformat(),
    }


def markdown(entry: Mapping[str, Any], body: str) -> str:
    """Return the entry as Markdown with its JSON embedded."""
    title = " ".join(f"{entry['heading']}: {entry['decision']} {entry['vt_symbol']}".split())
    said = " ".join(str(entry["rationale"]).split())
    return f"# {title}\n\n{entry['logged_at']}\n\n{said}\n\n```json\n{body}\n```\n"
