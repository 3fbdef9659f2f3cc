"""The measures an agent argues with. Each returns a score from -1 (against the share) to 1 (for it), or None."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from runtime.agents.measure import Measure, last_value, make_measure
from runtime.quant.momentum import skip_momentum, trend_t_statistic
from runtime.quant.returns import equal_weight_index, log_prices, simple_returns
from runtime.quant.reversion import z_score
from runtime.quant.volatility import drawdown, realised_volatility, trailing_percentile

MONTH, HALF_YEAR, YEAR, LONG_RUN, AVERAGE = 21, 126, 252, 1260, 200
LEAST_LONG_RUN = 504
HIGH_NEUTRAL, HIGH_SCALE = 0.85, 0.15
FULL_TREND, FULL_EXCESS, FULL_BETA_GAP = 0.10, 0.20, 0.50
USUAL_MAX, FULL_MAX_GAP = 2.0, 1.5
TINY = 1e-9


def momentum(own: pd.DataFrame) -> Measure | None:
    """12-1 momentum and its t statistic (Jegadeesh and Titman 1993; Moskowitz, Ooi and Pedersen 2012)."""
    gain, t_statistic = last_value(skip_momentum(own)), last_value(trend_t_statistic(own))
    if gain is None or t_statistic is None:
        return None
    return make_measure(
        "momentum",
        "momentum",
        math.tanh(t_statistic / 2),
        f"the 12-1 month momentum is {gain:+.1%} with a t statistic of {t_statistic:+.2f}",
        ("trends of a year tend to go on", "losers of a year tend to go on losing"),
        momentum=gain,
        momentum_t=t_statistic,
    )


def trend(own: pd.DataFrame) -> Measure | None:
    """Price against its 200-day average (Faber 2007, *Journal of Wealth Management* 9(4))."""
    if len(own) < AVERAGE:
        return None
    gap = float(own["own"].iloc[-1] / own["own"].tail(AVERAGE).mean() - 1.0)
    return make_measure(
        "trend",
        "trend",
        gap / FULL_TREND,
        f"the price is {_apart(gap)} its {AVERAGE}-day average",
        ("above its average a share is in an up-trend", "below its average a share is in a down-trend"),
        average_gap=gap,
    )


def near_high(own: pd.DataFrame) -> Measure | None:
    """Distance from the high of the year (George and Hwang 2004, *Journal of Finance* 59(5))."""
    depth = last_value(drawdown(own.tail(YEAR))) if len(own) >= YEAR else None
    if depth is None:
        return None
    return make_measure(
        "drawdown",
        "drawdown",
        (1.0 + depth - HIGH_NEUTRAL) / HIGH_SCALE,
        f"the price is {-depth:.1%} below its high of the year",
        ("shares near their high go on more often than they turn", "a deep drawdown is slow to heal"),
        drawdown=depth,
    )


def volatility_regime(own: pd.DataFrame) -> Measure | None:
    """Calm pays more per unit of risk (Moreira and Muir 2017, *Journal of Finance* 72(4))."""
    volatilities = realised_volatility(own, window=MONTH)["own"]
    level = last_value(volatilities.to_frame())
    percentile = last_value(trailing_percentile(volatilities, window=LONG_RUN).to_frame())
    if level is None or percentile is None:
        return None
    return make_measure(
        "volatility",
        "volatility regime",
        1.0 - 2.0 * percentile,
        f"volatility is {level:.1%} a year, as high as on {percentile:.0%} of the days of its history or higher",
        ("calm times pay more for the same risk", "agitated times pay less for the same risk"),
        volatility=level,
        volatility_percentile=percentile,
    )


def run_up(own: pd.DataFrame) -> Measure | None:
    """Price against its long-run trend: long run-ups reverse (De Bondt and Thaler 1985, *Journal of Finance* 40(3))."""
    logs = log_prices(own.tail(LONG_RUN))["own"].to_numpy(dtype=float)
    if len(logs) < LEAST_LONG_RUN:
        return None
    days = np.arange(len(logs), dtype=float)
    slope, level = np.polyfit(days, logs, 1)
    gaps = logs - (level + slope * days)
    spread, gap = float(gaps.std()), float(gaps[-1])
    sigmas = gap / spread if spread > TINY else 0.0
    return make_measure(
        "run_up",
        "run-up",
        -sigmas / 2,
        f"the price is {_apart(math.expm1(gap))} its trend of {len(logs)} days, {abs(sigmas):.2f} standard deviations",
        (
            "a share below its long trend is cheap against its own past",
            "a long run-up tends to be given back",
        ),
        trend_gap=math.expm1(gap),
        trend_gap_sigma=sigmas,
    )


def reversal(own: pd.DataFrame) -> Measure | None:
    """The latest move against its own band (Jegadeesh 1990; Lehmann 1990)."""
    sigmas = last_value(z_score(own))
    if sigmas is None:
        return None
    return make_measure(
        "reversal",
        "short-term reversal",
        -sigmas / 2,
        f"the price is {abs(sigmas):.2f} standard deviations {_side(sigmas)} its 20-day mean",
        ("what has fallen fast tends to bounce", "what has risen fast tends to pause"),
        z_score=sigmas,
    )


def lottery(own: pd.DataFrame) -> Measure | None:
    """The best day of the month: lottery-like shares are overpaid (Bali, Cakici and Whitelaw 2011, *JFE* 99(2))."""
    daily = simple_returns(own)["own"].dropna().tail(YEAR)
    if len(daily) < YEAR or (deviation := float(daily.std())) < TINY:
        return None
    best = float(daily.tail(MONTH).max())
    return make_measure(
        "lottery",
        "lottery appeal",
        (USUAL_MAX - best / deviation) / FULL_MAX_GAP,
        f"its best day of the month is {best:+.1%}, {best / deviation:.1f} daily standard deviations",
        (
            "without such jumps nobody overpays for a lottery ticket",
            "shares that jump like lottery tickets are overpaid",
        ),
        best_day=best,
        best_day_sigma=best / deviation,
    )


def breadth(prices: pd.DataFrame, symbol: str) -> Measure | None:  # noqa: ARG001  about the whole market
    """Share of all symbols above their 200-day average (Zaremba et al. 2021, *Economic Modelling* 97)."""
    if len(prices) < AVERAGE:
        return None
    last, average = prices.iloc[-1], prices.tail(AVERAGE).mean()
    known = last.notna()
    if known.sum() < 2:  # noqa: PLR2004  one share is no market
        return None
    above, count = int((last[known] > average[known]).sum()), int(known.sum())
    return make_measure(
        "breadth",
        "market breadth",
        2.0 * above / count - 1.0,
        f"{above} of {count} shares are above their {AVERAGE}-day average",
        ("a broad market carries its members", "a narrow market drags its members down"),
        breadth=above / count,
    )


def relative_strength(prices: pd.DataFrame, symbol: str) -> Measure | None:
    """Return of half a year over that of the equal-weight index (Levy 1967, *Journal of Finance* 22(4))."""
    if len(prices) <= HALF_YEAR or prices.shape[1] < 2:  # noqa: PLR2004  one share is its own index
        return None
    recent = prices.tail(HALF_YEAR + 1)
    own = float(recent[symbol].iloc[-1] / recent[symbol].iloc[0] - 1.0)
    excess = own - float(equal_weight_index(recent).iloc[-1] - 1.0)
    if not math.isfinite(excess):
        return None
    return make_measure(
        "relative_strength",
        "relative strength",
        excess / FULL_EXCESS,
        f"in {HALF_YEAR} days it did {abs(excess):.1%} {'better' if excess >= 0 else 'worse'} than the index of all shares",
        ("leaders tend to go on leading", "laggards tend to go on lagging"),
        excess_return=excess,
    )


def market_beta(prices: pd.DataFrame, symbol: str) -> Measure | None:
    """Beta of a year: low beta is underpriced (Frazzini and Pedersen 2014, *Journal of Financial Economics* 111(1))."""
    if prices.shape[1] < 2:  # noqa: PLR2004  one share is its own index
        return None
    daily = simple_returns(prices.tail(YEAR + 1))
    pair = pd.DataFrame({"own": daily[symbol], "market": daily.mean(axis="columns")}).dropna()
    variance = float(pair["market"].var()) if len(pair) >= YEAR else 0.0
    if variance < TINY**2:
        return None
    beta = float(pair["own"].cov(pair["market"])) / variance
    return make_measure(
        "beta",
        "beta",
        (1.0 - beta) / FULL_BETA_GAP,
        f"its beta to the index of all shares is {beta:.2f}",
        ("low beta has paid more than its risk", "high beta has paid less than its risk"),
        beta=beta,
    )


def signal_on_the_wire(signals: pd.DataFrame | None, symbol: str) -> Measure | None:
    """The workflow's own signal, as it is."""
    if signals is None or symbol not in signals.columns:
        return None
    value = last_value(signals[[symbol]])
    if value is None:
        return None
    return make_measure(
        "signal",
        "signal",
        value,
        f"the signal of the workflow is {value:+.2f}",
        ("the workflow's own score is positive", "the workflow's own score is negative"),
        signal=value,
    )


def insight_on_the_wire(insight: Mapping[str, Any] | None, symbol: str) -> Measure | None:
    """The workflow's own insight: strength times confidence in its direction."""
    if not insight or insight.get("vt_symbol") != symbol or insight.get("direction") not in ("long", "short"):
        return None
    strength, confidence = (_fraction(insight.get(name)) for name in ("strength", "confidence"))
    score = strength * confidence * (1.0 if insight["direction"] == "long" else -1.0)
    return make_measure(
        "insight",
        "insight",
        score,
        f"the insight says {insight['direction']} with strength {strength:.2f} and confidence {confidence:.2f}",
        ("the analyst would hold it", "the analyst would sell it"),
        insight=score,
    )


OF_THE_SHARE: tuple[Callable[[pd.DataFrame], Measure | None], ...] = (
    momentum,
    trend,
    near_high,
    volatility_regime,
    run_up,
    reversal,
    lottery,
)
"""Take the share's own closes: one column, `own`, without gaps."""
OF_THE_MARKET: tuple[Callable[[pd.DataFrame, str], Measure | None], ...] = (
    breadth,
    relative_strength,
    market_beta,
)
"""Take all closes and the share's symbol."""


def _apart(gap: float) -> str:
    return f"{abs(gap):.1%} {_side(gap)}"


def _side(gap: float) -> str:
    return "above" if gap >= 0 else "below"


def _fraction(value: object) -> float:
    if isinstance(value, int | float) and math.isfinite(value):
        return min(1.0, max(0.0, float(value)))
    return 0.0
