"""The signal event: what the platform tells the world when a decision has passed the risk gate.

`make_signal_event` is the one place that constructs a `SignalEvent`; a test counts.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, cast

from runtime.decision.fusion import finite, gross

Direction = Literal["long", "short"]
EVENT_TYPE = "approved_target"
MAX_HORIZON_DAYS = 30
DEFAULT_HORIZON_DAYS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalEvent:
    """One approved decision."""

    vt_symbol: str
    direction: Direction
    strength: float
    """0..1."""
    confidence: float
    """0..1."""
    horizon_days: int
    """1..30."""
    rationale: str
    timestamp: str
    """ISO 8601, UTC."""
    event_type: str
    weights: Mapping[str, float]
    """The approved target, fractions of equity; symbols at zero are left out."""

    def dump(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why no event is made."""

    status: Literal["rejected", "malformed_insight", "emit_failed"]
    reason: str


def make_signal_event(
    weights: Mapping[str, float],
    insight: Mapping[str, Any] | None,
    *,
    fused: Mapping[str, Any],
    now: datetime,
) -> SignalEvent | Refusal:
    """Build the event of an approved target: about the insight's symbol, else about the largest position.

    `fused` is the fusion's record (confidence, rationale) and may be empty.
    """
    held = {symbol: weight for symbol, weight in sorted(weights.items()) if weight and math.isfinite(weight)}
    if not held:
        return Refusal(status="emit_failed", reason="The approved target holds nothing.")
    subject = _from_weights(held, fused) if insight is None else _from_insight(insight)
    if isinstance(subject, str):
        return Refusal(status="malformed_insight", reason=subject)
    symbol, direction = str(subject["vt_symbol"]), cast(Direction, subject["direction"])
    weight = held.get(symbol, 0.0)
    if weight == 0 or (weight > 0) != (direction == "long"):
        return Refusal(
            status="rejected", reason=f"The approved target is not {direction} {symbol}, as the insight is."
        )
    return SignalEvent(**subject, timestamp=now.isoformat(), event_type=EVENT_TYPE, weights=held)


def _from_weights(held: Mapping[str, float], fused: Mapping[str, Any]) -> dict[str, Any]:
    symbol = max(held, key=lambda each: abs(held[each]))
    strength = min(1.0, abs(held[symbol]) / gross(held))
    confidence = finite(fused.get("confidence"))
    return {
        "vt_symbol": symbol,
        "direction": "long" if held[symbol] > 0 else "short",
        "strength": strength,
        "confidence": strength if confidence is None else min(max(confidence, 0.0), 1.0),
        "horizon_days": DEFAULT_HORIZON_DAYS,
        "rationale": str(fused.get("rationale") or f"Largest of {len(held)} approved positions."),
    }


def _from_insight(insight: Mapping[str, Any]) -> dict[str, Any] | str:
    """Return the event's fields, or what is wrong with the insight."""
    symbol, direction = insight.get("vt_symbol"), insight.get("direction")
    if not isinstance(symbol, str) or not symbol:
        return "The insight names no symbol."
    if direction not in ("long", "short"):
        return f"The insight's direction is {direction!r}, not 'long' or 'short'."
    shares = {name: finite(insight.get(name)) for name in ("strength", "confidence")}
    outside = [name for name, value in shares.items() if value is None or not 0 <= value <= 1]
    if outside:
        return f"The insight's {outside[0]} is not a number from 0 to 1."
    horizon = finite(insight.get("horizon_days"))
    if horizon is None or not 1 <= horizon <= MAX_HORIZON_DAYS:
        return f"The insight's horizon is not 1 to {MAX_HORIZON_DAYS} days."
    return {
        "vt_symbol": symbol,
        "direction": direction,
        **shares,
        "horizon_days": int(horizon),
        "rationale": str(insight.get("rationale") or ""),
    }
