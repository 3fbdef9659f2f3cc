"""What the data say for and against a share: a fixed list of measures, each a score and a sentence with its numbers."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from runtime.errors import InvalidValue, NotFound
from runtime.quant.momentum import skip_momentum, trend_t_statistic
from runtime.quant.returns import log_prices
from runtime.quant.reversion import z_score
from runtime.quant.volatility import drawdown, realised_volatility, trailing_percentile

HISTORY_DAYS = 1600
"""No measure looks further back, so no more is computed."""
YEAR, LONG_RUN, BREADTH_AVERAGE, MONTH = 252, 1260, 200, 21
LEAST_LONG_RUN = 504
LOW_NEAR_HIGH, NEAR_HIGH_SCALE = 0.85, 0.15
DIGITS = 6


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All measures that the history allows, in a fixed order."""

    symbol: str
    as_of: str
    """ISO date of the last price."""
    measures: tuple[Measure, ...]


def gather(
    prices: pd.DataFrame,
    symbol: str,
    signals: pd.DataFrame | None = None,
    insight: Mapping[str, Any] | None = None,
) -> Evidence:
    """Measure a share; raises `NotFound` for an unknown symbol, `InvalidValue` when nothing can be measured."""
    if symbol not in prices.columns:
        raise NotFound("symbol", symbol, known=[str(name) for name in prices.columns])
    recent = prices.tail(HISTORY_DAYS)
    own = recent[[symbol]].dropna().rename(columns={symbol: "own"})
    found = (
        _momentum(own),
        _near_high(own),
        _volatility_regime(own),
        _run_up(own),
        _breadth(recent),
        _reversal(own),
        _signal(signals, symbol),
        _insight(insight, symbol),
    )
    measures = tuple(measure for measure in found if measure is not None)
    if not measures:
        raise InvalidValue(
            f"There is too little to say about {symbol}: {len(own)} days of prices. Start the prices earlier.",
            field="prices",
        )
    return Evidence(
        symbol=symbol,
        as_of=pd.Timestamp(own.index[-1]).date().isoformat() if len(own) else "",
        measures=measures,
    )


def _momentum(own: pd.DataFrame) -> Measure | None:
    """12-1 momentum and its t statistic (Jegadeesh and Titman 1993; Moskowitz, Ooi and Pedersen 2012)."""
    gain, t_statistic = _last(skip_momentum(own)), _last(trend_t_statistic(own))
    if gain is None or t_statistic is None:
        return None
    return _measure(
        "momentum",
        "momentum",
        math.tanh(t_statistic / 2),
        f"the 12-1 month momentum is {gain:+.1%} with a t statistic of {t_statistic:+.2f}",
        ("trends of a year tend to go on", "losers of a year tend to go on losing"),
        momentum=gain,
        momentum_t=t_statistic,
    )


def _near_high(own: pd.DataFrame) -> Measure | None:
    """Distance from the high of the year (George and Hwang 2004, *Journal of Finance* 59(5))."""
    if len(own) < YEAR:
        return None
    depth = _last(drawdown(own.tail(YEAR)))
    if depth is None:
        return None
    return _measure(
        "drawdown",
        "drawdown",
        (1.0 + depth - LOW_NEAR_HIGH) / NEAR_HIGH_SCALE,
        f"the price is {-depth:.1%} below its high of the year",
        ("shares near their high go on more often than they turn", "a deep drawdown is slow to heal"),
        drawdown=depth,
    )


def _volatility_regime(own: pd.DataFrame) -> Measure | None:
    """Calm pays more per unit of risk (Moreira and Muir 2017, *Journal of Finance* 72(4))."""
    volatilities = realised_volatility(own, window=MONTH)["own"]
    level = _last(volatilities.to_frame())
    percentile = _last(trailing_percentile(volatilities, window=LONG_RUN).to_frame())
    if level is None or percentile is None:
        return None
    return _measure(
        "volatility",
        "volatility regime",
        1.0 - 2.0 * percentile,
        f"volatility is {level:.1%} a year, at the {percentile:.0%} point of its own history",
        ("calm times pay more for the same risk", "agitated times pay less for the same risk"),
        volatility=level,
        volatility_percentile=percentile,
    )


def _run_up(own: pd.DataFrame) -> Measure | None:
    """Price against its long-run trend: long run-ups reverse (De Bondt and Thaler 1985, *Journal of Finance* 40(3))."""
    logs = log_prices(own.tail(LONG_RUN))["own"].to_numpy(dtype=float)
    if len(logs) < LEAST_LONG_RUN:
        return None
    days = np.arange(len(logs), dtype=float)
    slope, level = np.polyfit(days, logs, 1)
    gaps = logs - (level + slope * days)
    spread = float(gaps.std())
    gap = float(gaps[-1])
    score = gap / spread if spread > 1e-9 else 0.0  # noqa: PLR2004  rounding, not a spread
    return _measure(
        "run_up",
        "run-up",
        -score / 2,
        f"the price is {math.expm1(gap):+.1%} from its trend of {len(logs)} days, {score:+.2f} standard deviations",
        (
            "a share below its long trend is cheap against its own past",
            "a long run-up tends to be given back",
        ),
        trend_gap=math.expm1(gap),
        trend_gap_sigma=score,
    )


def _breadth(prices: pd.DataFrame) -> Measure | None:
    """Share of all symbols above their 200-day average (Zaremba et al. 2021, *Economic Modelling* 97)."""
    if len(prices) < BREADTH_AVERAGE:
        return None
    last, average = prices.iloc[-1], prices.tail(BREADTH_AVERAGE).mean()
    known = last.notna()
    if not known.any():
        return None
    above, count = int((last[known] > average[known]).sum()), int(known.sum())
    return _measure(
        "breadth",
        "market breadth",
        2.0 * above / count - 1.0,
        f"{above} of {count} shares are above their {BREADTH_AVERAGE}-day average",
        ("a broad market carries its members", "a narrow market drags its members down"),
        breadth=above / count,
    )


def _reversal(own: pd.DataFrame) -> Measure | None:
    """The move of the last month against its own band (Jegadeesh 1990; Lehmann 1990)."""
    score = _last(z_score(own))
    if score is None:
        return None
    return _measure(
        "reversal",
        "short-term reversal",
        -score / 2,
        f"the price is {score:+.2f} standard deviations from its 20-day mean",
        ("what has fallen fast tends to bounce", "what has risen fast tends to pause"),
        z_score=score,
    )


def _signal(signals: pd.DataFrame | None, symbol: str) -> Measure | None:
    """The signal on the wire, as it is."""
    if signals is None or symbol not in signals.columns:
        return None
    value = _last(signals[[symbol]])
    if value is None:
        return None
    return _measure(
        "signal",
        "signal",
        value,
        f"the signal of the workflow is {value:+.2f}",
        ("the workflow's own score is positive", "the workflow's own score is negative"),
        signal=value,
    )


def _insight(insight: Mapping[str, Any] | None, symbol: str) -> Measure | None:
    """The insight on the wire: strength times confidence in its direction."""
    if not insight or insight.get("vt_symbol") != symbol or insight.get("direction") not in ("long", "short"):
        return None
    strength, confidence = (_fraction(insight.get(name)) for name in ("strength", "confidence"))
    score = strength * confidence * (1.0 if insight["direction"] == "long" else -1.0)
    return _measure(
        "insight",
        "insight",
        score,
        f"the insight says {insight['direction']} with strength {strength:.2f} and confidence {confidence:.2f}",
        ("the analyst would hold it", "the analyst would sell it"),
        insight=score,
    )


def _fraction(value: object) -> float:
    if isinstance(value, int | float) and math.isfinite(value):
        return min(1.0, max(0.0, float(value)))
    return 0.0


def _last(frame: pd.DataFrame) -> float | None:
    if frame.empty:
        return None
    value = float(frame.iloc[-1, 0])  # pyright: ignore[reportArgumentType]  the frames of this module hold floats
    return value if math.isfinite(value) else None


def _measure(
    measure_id: str, title: str, score: float, reading: str, meanings: tuple[str, str], **numbers: float
) -> Measure:
    clipped = round(min(1.0, max(-1.0, score)), DIGITS)
    return Measure(
        id=measure_id,
        title=title,
        score=clipped,
        reading=reading,
        meaning=meanings[0] if clipped >= 0 else meanings[1],
        numbers={name: round(number, DIGITS) for name, number in numbers.items()},
    )
