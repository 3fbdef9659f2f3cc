"""Portfolio analyst: sizes for the picks, each by its own risk."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field

from runtime.decision.fusion import Limits, limited
from runtime.errors import InvalidValue
from runtime.node import Family, NodeConfig, NodeContext, NodeKind, Port
from runtime.quant.volatility import realised_volatility


class PortfolioAnalystConfig(NodeConfig):
    """How risk is measured, and how large a position may get."""

    window: int = Field(
        default=63,
        ge=10,
        le=504,
        title="Volatility window",
        description="Days over which each share's volatility is measured.",
        json_schema_extra={"unit": "trading days"},
    )
    max_position_pct: float = Field(
        default=0.20,
        gt=0,
        le=1,
        title="Largest position",
        description="No position gets larger than this share of equity; the rest stays in cash.",
        json_schema_extra={"unit": "of equity"},
    )


class PortfolioAnalyst(NodeKind):
    """Sizes by inverse volatility; drops shares whose signal is negative. A proposal: it approves nothing."""

    kind = "agents.portfolio_analyst"
    title = "Portfolio analyst"
    family: ClassVar[Family] = "agents"
    icon = "pie-chart"
    summary = "Proposes weights for the picks in inverse proportion to their volatility, capped per share."
    example: ClassVar[dict[str, Any]] = {"window": 63}
    inputs = (
        Port(id="prices", type="prices", title="Prices"),
        Port(id="signals", type="signals", title="Signals", required=False),
        Port(id="analysis", type="report", title="Analysis", required=False),
    )
    outputs = (
        Port(id="weights", type="weights", title="Proposed weights"),
        Port(id="decision", type="verdict", title="Proposal"),
    )
    writes = ("portfolio_decision",)
    headline = ("window", "max_position_pct")
    Config = PortfolioAnalystConfig

    async def run(
        self, inputs: Mapping[str, Any], config: PortfolioAnalystConfig, ctx: NodeContext
    ) -> Mapping[str, Any]:
        """Return weights of the last day."""
        prices = inputs["prices"]
        weights = await ctx.compute(
            inverse_volatility_weights, prices, inputs.get("signals"), config.window, config.max_position_pct
        )
        frame = pd.DataFrame([weights], index=prices.index[-1:], columns=list(prices.columns)).fillna(0.0)
        said = ", ".join(f"{symbol} {weight:.1%}" for symbol, weight in weights.items())
        decision = {
            "action": "hold" if not any(weights.values()) else "buy",
            "as_of": pd.Timestamp(prices.index[-1]).date().isoformat(),
            "proposed_weights": weights,
            "rationale": f"Inverse volatility over {config.window} days: {said}.",
        }
        ctx.write("portfolio_decision", decision)
        return {"weights": frame, "decision": decision}


def inverse_volatility_weights(
    prices: pd.DataFrame, signals: pd.DataFrame | None, window: int, cap: float
) -> dict[str, float]:
    """Return long weights in proportion to 1/σ, capped; raises `InvalidValue` when no volatility is known.

    Source: Maillard, Roncalli and Teiletche (2010), *Journal of Portfolio Management* 36(4): risk parity when all
    correlations are equal.
    """
    deviation = realised_volatility(prices, window=window).iloc[-1]
    usable = deviation[(deviation > 0) & deviation.notna()]
    if usable.empty:
        raise InvalidValue(f"No share has {window} days of moving prices.", field="prices")
    if signals is not None and not signals.empty:
        last = signals.iloc[-1].reindex(usable.index)
        usable = usable[~(last < 0).to_numpy(dtype=bool)]
    shares = {str(symbol): 1.0 / float(value) for symbol, value in sorted(usable.items())}
    total = sum(shares.values())
    return limited(
        {symbol: share / total for symbol, share in shares.items()},
        Limits(max_position_pct=cap, max_gross_exposure=1.0),
    )
