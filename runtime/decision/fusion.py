"""Signal fusion: one weight vector from quantitative signals, model predictions and a debate.

Deterministic: no model, no randomness, no time. The combination is a linear opinion pool (Stone 1961, "The opinion
pool"): priors weigh the contributors that have something to say. Order of the limits: gross 1, per-symbol cap, gross cap.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Contributor = Literal["quant", "model", "debate"]
CONTRIBUTORS: tuple[Contributor, ...] = ("quant", "model", "debate")
NO_CONTRIBUTORS = "no contributors had a signal"
DEFAULT_CONFIDENCE = 0.5
"""Of a debate that names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Caps on a portfolio, as fractions of equity."""

    max_position_pct: float = 0.20
    max_gross_exposure: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one contributor says, after cleaning."""

    name: Contributor
    signals: Mapping[str, float]
    confidence: float
    prior: float = 0.0
    """Share in the pool; the priors of all contributors present sum to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fusion:
    """The fused target and how it came about."""

    target_weights: Mapping[str, float]
    rationale: str
    confidence: float
    contributors: Mapping[str, Mapping[str, float]]
    """By name: prior, confidence, and the number of symbols."""

    def dump(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        return {
            "target_weights": dict(self.target_weights),
            "rationale": self.rationale,
            "confidence": self.confidence,
            "contributors": {name: dict(facts) for name, facts in self.contributors.items()},
        }


def synthesize(
    *,
    quant_signals: Mapping[str, object],
    debate_verdict: Mapping[str, object] | None,
    model_predictions: Mapping[str, object],
    model_confidence: float | None,
    priors: Mapping[Contributor, float],
    limits: Limits,
) -> Fusion:
    """Fuse what the contributors say about now into target weights (fractions of equity)."""
    found = [
        Contribution(
            name="quant", signals=(quant := clean_signals(quant_signals)), confidence=_mean_size(quant)
        ),
        Contribution(
            name="model",
            signals=(model := clean_signals(model_predictions)),
            confidence=_mean_size(model) if model_confidence is None else model_confidence,
        ),
        _debate(debate_verdict),
    ]
    pool = _with_priors([each for each in found if each.signals], priors)
    if not pool:
        return Fusion(target_weights={}, rationale=NO_CONTRIBUTORS, confidence=0.0, contributors={})
    weights = limited(_unit_gross(_pooled(pool)), limits)
    confidence = _clamp(math.fsum(each.prior * each.confidence for each in pool), 0.0, 1.0)
    return Fusion(
        target_weights=weights,
        rationale=_rationale(pool, weights, confidence),
        confidence=confidence,
        contributors={
            each.name: {
                "prior": each.prior,
                "confidence": _clamp(each.confidence, 0.0, 1.0),
                "n_symbols": len(each.signals),
            }
            for each in pool
        },
    )


def clean_signals(raw: Mapping[str, object]) -> dict[str, float]:
    """Return finite numbers clipped to [-1, 1], in symbol order; everything else is dropped."""
    numbers = ((str(symbol), finite(value)) for symbol, value in raw.items())
    return dict(sorted((symbol, _clamp(value, -1.0, 1.0)) for symbol, value in numbers if value is not None))


def finite(value: object) -> float | None:
    """Return `value` as a finite float, or None when it is none (booleans are no numbers here)."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = float(value)  # pyright: ignore[reportArgumentType]  whatever it is, the next line answers
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def limited(weights: Mapping[str, float], limits: Limits) -> dict[str, float]:
    """Clamp each position first, then scale the whole to the gross limit; never scales up."""
    cap = limits.max_position_pct
    clamped = {symbol: _clamp(weight, -cap, cap) for symbol, weight in weights.items()}
    total = gross(clamped)
    if total <= limits.max_gross_exposure:
        return clamped
    scale = limits.max_gross_exposure / total
    return {symbol: weight * scale for symbol, weight in clamped.items()}


def gross(weights: Mapping[str, float]) -> float:
    """Return the sum of absolute weights."""
    return math.fsum(abs(weight) for weight in weights.values())


def _debate(verdict: Mapping[str, object] | None) -> Contribution:
    said = verdict or {}
    stated = finite(said.get("confidence"))
    confidence = DEFAULT_CONFIDENCE if stated is None else _clamp(stated, 0.0, 1.0)
    sign = {"buy": 1.0, "sell": -1.0}.get(str(said.get("action", "")).lower())
    symbol = said.get("vt_symbol")
    if sign is None or not isinstance(symbol, str) or not symbol:
        return Contribution(name="debate", signals={}, confidence=confidence)
    return Contribution(name="debate", signals={symbol: sign * confidence}, confidence=confidence)


def _with_priors(pool: Sequence[Contribution], priors: Mapping[Contributor, float]) -> list[Contribution]:
    raw = [max(0.0, finite(priors.get(each.name)) or 0.0) for each in pool]
    largest = max(raw, default=0.0)
    # Divided by the largest first, so that huge priors cannot overflow their sum.
    sizes = [value / largest for value in raw] if largest > 0 else [1.0] * len(raw)
    total = math.fsum(sizes)
    shares = [size / total for size in sizes]
    return [
        Contribution(name=each.name, signals=each.signals, confidence=each.confidence, prior=share)
        for each, share in zip(pool, shares, strict=True)
    ]


def _pooled(pool: Sequence[Contribution]) -> dict[str, float]:
    symbols = sorted({symbol for each in pool for symbol in each.signals})
    return {
        symbol: math.fsum(each.prior * each.signals.get(symbol, 0.0) for each in pool) for symbol in symbols
    }


def _unit_gross(weights: Mapping[str, float]) -> dict[str, float]:
    total = gross(weights)
    # Below this the sum is cancellation, not a view; dividing by it would turn noise into a full position.
    if total < 1e-12:  # noqa: PLR2004
        return dict.fromkeys(weights, 0.0)
    return {symbol: weight / total for symbol, weight in weights.items()}


def _mean_size(signals: Mapping[str, float]) -> float:
    return gross(signals) / len(signals) if signals else 0.0


def _rationale(pool: Sequence[Contribution], weights: Mapping[str, float], confidence: float) -> str:
    said = ", ".join(f"{each.name} {each.prior:.2f}" for each in pool)
    ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    longs = [f"{symbol} {weight:+.1%}" for symbol, weight in ranked[:1] if weight > 0]
    shorts = [f"{symbol} {weight:+.1%}" for symbol, weight in ranked[-1:] if weight < 0]
    return (
        f"Priors: {said}. Top long: {longs[0] if longs else 'none'}. Top short: {shorts[0] if shorts else 'none'}. "
        f"Confidence {confidence:.2f}."
    )


def _clamp(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)
