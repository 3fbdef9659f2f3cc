"""What a back-test has to reach: each figure that misses its threshold is named."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

MetricName = Literal[
    "sharpe", "max_drawdown", "turnover", "hit_rate", "total_return", "annual_return", "annual_volatility"
]


class Threshold(BaseModel):
    """Bounds of one metric, ends included."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    metric: MetricName
    minimum: float | None = None
    maximum: float | None = None

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        if self.minimum is None and self.maximum is None:
            raise ValueError("A threshold needs a minimum or a maximum.")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError("The minimum is above the maximum.")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether all thresholds were reached, and which were not."""

    passed: bool
    failed: tuple[str, ...]
    """One sentence each."""


def judge(metrics: Mapping[str, float], thresholds: Sequence[Threshold]) -> Verdict:
    """Compare; a metric that cannot be told (NaN) reaches nothing."""
    failed = tuple(sentence for threshold in thresholds for sentence in _missed(threshold, metrics))
    return Verdict(passed=not failed, failed=failed)


def _missed(threshold: Threshold, metrics: Mapping[str, float]) -> list[str]:
    name = threshold.metric
    value = metrics.get(name, math.nan)
    if not math.isfinite(value):
        return [f"{name} cannot be told from so few days."]
    found: list[str] = []
    if threshold.minimum is not None and value < threshold.minimum:
        found.append(f"{name} is {value:.4g}, at least {threshold.minimum:g} was asked for.")
    if threshold.maximum is not None and value > threshold.maximum:
        found.append(f"{name} is {value:.4g}, at most {threshold.maximum:g} was asked for.")
    return found
