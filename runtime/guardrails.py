"""The limits of a spec as pure checks: what was spent or said → the breach, or None."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from runtime.spec import Guardrails, canonical_json
from runtime.values import RECORD_TYPES, Value

RATIONALE_KEYS = ("rationale", "reason", "reasoning", "explanation", "thesis")


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a run has used so far."""

    cost_usd: float = 0.0
    n_calls: int = 0
    n_tool_calls: int = 0
    n_rag_hits: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A limit that a run has crossed."""

    limit: Literal["cost", "calls", "duration", "term", "rationale"]
    allowed: str
    actual: str

    @property
    def sentence(self) -> str:
        """Say which limit, what it allows and what was met."""
        return f"Guardrail {self.limit}: allowed {self.allowed}, met {self.actual}."

    def dump(self) -> dict[str, str]:
        """Return JSON-ready data."""
        return {"limit": self.limit, "allowed": self.allowed, "actual": self.actual}


def spending_breach(rails: Guardrails, spent: Totals, *, granted_usd: float = 0.0) -> Breach | None:
    """Compare cost (USD) and calls with their limits; exactly at the limit is allowed.

    `granted_usd` is what people have added to the budget of this run.
    """
    budget = rails.cost_budget_usd + granted_usd
    if spent.cost_usd > budget:
        return Breach(limit="cost", allowed=f"{budget:g} USD", actual=f"{spent.cost_usd:.4f} USD")
    if spent.n_calls > rails.max_calls:
        return Breach(limit="calls", allowed=str(rails.max_calls), actual=str(spent.n_calls))
    return None


def duration_breach(rails: Guardrails, *, elapsed_seconds: float) -> Breach | None:
    """Compare the run's wall-clock time with its limit."""
    if elapsed_seconds < rails.max_duration_seconds:
        return None
    return Breach(
        limit="duration", allowed=f"{rails.max_duration_seconds} s", actual=f"{elapsed_seconds:.1f} s"
    )


def content_breach(rails: Guardrails, outputs: Mapping[str, Value]) -> Breach | None:
    """Look for forbidden terms in everything said, and for a rationale in every verdict and insight."""
    said = [
        (port, value) for port, value in outputs.items() if value.type in RECORD_TYPES or value.type == "text"
    ]
    for port, value in said:
        words = canonical_json(value.data).lower()
        for term in rails.forbidden_terms:
            if term in words:
                return Breach(limit="term", allowed=f"without {term!r}", actual=f"{term!r} in {port}")
    if rails.require_rationale:
        return _missing_rationale(said)
    return None


def _missing_rationale(said: Iterable[tuple[str, Value]]) -> Breach | None:
    for port, value in said:
        if value.type in ("verdict", "insight") and not _has_rationale(value.data):
            return Breach(limit="rationale", allowed="verdicts with a rationale", actual=f"none in {port}")
    return None


def _has_rationale(record: Mapping[str, Any]) -> bool:
    return any(str(record.get(key) or "").strip() for key in RATIONALE_KEYS)
