"""One thing measured about a share."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

DIGITS = 6
"""Decimals that are kept of scores and numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One thing measured about a share on its last day."""

    id: str
    title: str
    score: float
    """-1 (against the share) .. 1 (for it)."""
    reading: str
    """What was measured, with its numbers."""
    meaning: str
    """Why that speaks for or against the share."""
    numbers: Mapping[str, float]


def last_value(frame: pd.DataFrame) -> float | None:
    """Return the last value of a one-column frame; None when it is missing."""
    if frame.empty:
        return None
    value = float(frame.iloc[-1, 0])  # pyright: ignore[reportArgumentType]  the frames of this module hold floats
    return value if math.isfinite(value) else None


def make_measure(
    measure_id: str, title: str, score: float, reading: str, meanings: tuple[str, str], **numbers: float
) -> Measure:
    """Build a measure: the score clipped, the meaning of its sign chosen (for, against), the numbers rounded."""
    clipped = round(min(1.0, max(-1.0, score)), DIGITS)
    return Measure(
        id=measure_id,
        title=title,
        score=clipped,
        reading=reading,
        meaning=meanings[0] if clipped >= 0 else meanings[1],
        numbers={name: round(number, DIGITS) for name, number in numbers.items()},
    )
