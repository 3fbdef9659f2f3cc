"""Composite voter: four price formulas vote, and the strongest share is proposed."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field

from runtime.agents.subject import choose_symbol
from runtime.node import Effects, Family, NodeContext, NodeKind, Port
from runtime.nodes.prices import PricesConfig, wired_or_loaded
from runtime.quant.votes import VOTERS, ballots, composite_vote


class CompositeVoterConfig(PricesConfig):
    """What is proposed of the result."""

    horizon_days: int = Field(
        default=10,
        ge=1,
        le=30,
        title="Horizon",
        description="For how long the proposal is meant to hold.",
        json_schema_extra={"unit": "days"},
    )


class CompositeVoter(NodeKind):
    """Momentum twice, mean reversion and the long trend have one vote each; agreement is confidence."""

    kind = "quant.composite_voter"
    title = "Composite voter"
    family: ClassVar[Family] = "quant"
    icon = "vote"
    summary = "Lets four price formulas vote on every share and proposes the one they are most agreed on."
    example: ClassVar[dict[str, Any]] = {"start": "2015-01-02"}
    inputs = (Port(id="prices", type="prices", title="Prices", required=False),)
    outputs = (
        Port(id="prices", type="prices", title="Prices"),
        Port(id="signals", type="signals", title="Votes"),
        Port(id="insight", type="insight", title="Proposal"),
    )
    effects: ClassVar[Effects] = "reads"
    writes = ("proposed_alpha",)
    headline = ("symbols", "horizon_days")
    Config = CompositeVoterConfig

    async def run(
        self, inputs: Mapping[str, Any], config: CompositeVoterConfig, ctx: NodeContext
    ) -> Mapping[str, Any]:
        """Return prices, votes and the proposal."""
        prices = await wired_or_loaded(inputs, config, ctx)
        signals, insight = await ctx.compute(_voted, prices, config.horizon_days)
        ctx.write("proposed_alpha", insight)
        return {"prices": prices, "signals": signals, "insight": insight}


def _voted(prices: pd.DataFrame, horizon: int) -> tuple[pd.DataFrame, dict[str, Any]]:
    votes = ballots(prices)
    signals = composite_vote(votes)
    return signals, _proposal(prices, signals, votes, horizon)


def _proposal(
    prices: pd.DataFrame, signals: pd.DataFrame, votes: Mapping[str, pd.DataFrame], horizon: int
) -> dict[str, Any]:
    symbol = choose_symbol(prices, signals)
    cast = {name: _last(votes[name], symbol) for name in VOTERS}
    score = _last(signals, symbol) or 0.0
    agreed = [vote for vote in cast.values() if vote is not None and vote * score > 0]
    known = [vote for vote in cast.values() if vote is not None]
    said = ", ".join(
        f"{name} {'unknown' if vote is None else format(vote, '+.2f')}" for name, vote in cast.items()
    )
    return {
        "vt_symbol": symbol,
        "direction": "long" if score >= 0 else "short",
        "strength": round(abs(score), 6),
        "confidence": round(len(agreed) / len(known), 6) if known else 0.0,
        "horizon_days": horizon,
        "rationale": f"{len(agreed)} of {len(known)} votes on {symbol} point this way: {said}.",
        "as_of": pd.Timestamp(prices.index[-1]).date().isoformat(),
    }


def _last(frame: pd.DataFrame, symbol: str) -> float | None:
    if frame.empty or symbol not in frame.columns:
        return None
    value = float(frame[symbol].to_numpy(dtype=float)[-1])
    return None if value != value else value  # noqa: PLR0124  NaN alone differs from itself
