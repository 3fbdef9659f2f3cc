"""The formulas that are searched without a chat model: a small grammar, written out whole and taken in a seeded order."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from runtime.alpha.proposal import Direction, Proposal

WINDOWS = (5, 10, 21, 63, 126, 252)
HORIZONS = (5, 21)


@dataclass(frozen=True, slots=True, kw_only=True)
class Idea:
    """A family of formulas with one window, `{d}`."""

    name: str
    formula: str
    direction: Direction
    rationale: str
    """With the source of the effect."""


IDEAS: Sequence[Idea] = (
    Idea(
        name="momentum",
        formula="delay(close, 5) / delay(close, {d}) - 1",
        direction="long",
        rationale="Winners of the past tend to go on winning (Jegadeesh and Titman 1993).",
    ),
    Idea(
        name="reversal",
        formula="close / delay(close, {d}) - 1",
        direction="short",
        rationale="Short moves tend to be given back (Lehmann 1990; Jegadeesh 1990).",
    ),
    Idea(
        name="low volatility",
        formula="ts_std(returns, {d})",
        direction="short",
        rationale="Calm shares have paid more than their risk (Ang et al. 2006; Frazzini and Pedersen 2014).",
    ),
    Idea(
        name="risk-adjusted momentum",
        formula="ts_mean(returns, {d}) / ts_std(returns, {d})",
        direction="long",
        rationale="Steady winners go on more often than jumpy ones (Rachev et al. 2007).",
    ),
    Idea(
        name="nearness to the high",
        formula="close / ts_max(close, {d})",
        direction="long",
        rationale="Shares near their high go on more often than they turn (George and Hwang 2004).",
    ),
    Idea(
        name="distance to the mean",
        formula="ts_zscore(close, {d})",
        direction="short",
        rationale="What has left its own band tends to return to it (Poterba and Summers 1988).",
    ),
    Idea(
        name="lottery appeal",
        formula="ts_max(returns, {d})",
        direction="short",
        rationale="Shares that jump like lottery tickets are overpaid (Bali, Cakici and Whitelaw 2011).",
    ),
    Idea(
        name="market correlation",
        formula="correlation(returns, market, {d})",
        direction="short",
        rationale="What moves with the market is dear for its risk (Asness et al. 2020, Betting against correlation).",
    ),
    Idea(
        name="decayed trend",
        formula="decay_linear(returns, {d})",
        direction="long",
        rationale="Newer returns say more about what comes next than older ones.",
    ),
)


def grammar() -> list[Proposal]:
    """Return every formula of the grammar, single ideas and sums of two ranks, in a fixed order."""
    single = [
        _proposal(f"{idea.name} {days}", idea.formula.format(d=days), idea.direction, idea.rationale, horizon)
        for idea, days, horizon in product(IDEAS, WINDOWS, HORIZONS)
        if days > 5  # noqa: PLR2004  the momentum idea skips the last five days
    ]
    pairs = [
        _proposal(
            f"{first.name} {days} and {second.name} {days}",
            f"{_signed(first, days)} {_sign(second)} {_ranked(second, days)}",
            "long",
            f"{first.rationale} {second.rationale}",
            horizon,
        )
        for index, first in enumerate(IDEAS)
        for second in IDEAS[index + 1 :]
        for days, horizon in product(WINDOWS[2:], HORIZONS)
    ]
    return single + pairs


def enumerated(seed: int) -> Iterator[Proposal]:
    """Yield every formula of the grammar once, in an order that the seed decides."""
    proposals = grammar()
    random.Random(seed).shuffle(proposals)  # noqa: S311  an order, not a secret
    yield from proposals


def _proposal(name: str, formula: str, direction: Direction, rationale: str, horizon: int) -> Proposal:
    return Proposal(
        name=f"{name}, {horizon} bars",
        formula=formula,
        rationale=rationale,
        expected_horizon_bars=horizon,
        expected_direction=direction,
    )


def _ranked(idea: Idea, days: int) -> str:
    return f"rank({idea.formula.format(d=days)})"


def _signed(idea: Idea, days: int) -> str:
    return _ranked(idea, days) if idea.direction == "long" else f"-{_ranked(idea, days)}"


def _sign(idea: Idea) -> str:
    return "+" if idea.direction == "long" else "-"
