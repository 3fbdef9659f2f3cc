"""The state of the market as a whole."""

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from pydantic import Field

from runtime.node import Family, NodeConfig, NodeContext, NodeKind, Port
from runtime.quant.regime import Regime, regime_now

TITLES = {"risk_on": "risk on", "risk_off": "risk off", "neutral": "neutral"}


class RegimeConfig(NodeConfig):
    """What counts as trend, and what as stress."""

    average_days: int = Field(
        default=200,
        ge=10,
        le=1000,
        title="Moving average",
        description="The market is in an up-trend above its average of so many days.",
        json_schema_extra={"unit": "days"},
    )
    volatility_days: int = Field(
        default=21,
        ge=5,
        le=252,
        title="Volatility window",
        description="Days over which today's volatility is measured.",
        json_schema_extra={"unit": "days"},
    )
    history_days: int = Field(
        default=1260,
        ge=50,
        le=5040,
        title="History",
        description="Today's volatility is ranked among those of so many days; a fifth of them must exist.",
        json_schema_extra={"unit": "days"},
    )
    stress_percentile: float = Field(
        default=0.8,
        ge=0.5,
        le=0.99,
        title="Stress from",
        description="Volatility at or above this percentile of its history counts as stress.",
        json_schema_extra={"unit": "percentile, 0 to 1"},
    )


class MarketRegime(NodeKind):
    """Says whether the market rewards risk."""

    kind = "data.regime"
    title = "Market regime"
    family: ClassVar[Family] = "data"
    icon = "cloud-sun"
    summary = "Says from trend and volatility whether the market is risk on, risk off or neutral."
    example: ClassVar[dict[str, Any]] = {"average_days": 200, "stress_percentile": 0.8}
    inputs = (Port(id="prices", type="prices", title="Prices"),)
    outputs = (Port(id="regime", type="insight", title="Regime"),)
    headline = ("average_days", "stress_percentile")
    Config = RegimeConfig

    async def run(
        self, inputs: Mapping[str, Any], config: RegimeConfig, ctx: NodeContext
    ) -> Mapping[str, Any]:
        """Return the regime of the last day."""
        judge = partial(
            regime_now,
            average_days=config.average_days,
            volatility_days=config.volatility_days,
            history_days=config.history_days,
            stress=config.stress_percentile,
        )
        regime = await ctx.compute(judge, inputs["prices"])
        return {"regime": _insight(regime, config)}


def _insight(regime: Regime, config: RegimeConfig) -> dict[str, Any]:
    side = "above" if regime.trend > 0 else "below"
    return {
        "title": TITLES[regime.name],
        "regime": regime.name,
        "trend": round(regime.trend, 6),
        "volatility": round(regime.volatility, 6),
        "vol_percentile": round(regime.volatility_percentile, 6),
        "as_of": regime.as_of.date().isoformat(),
        "rationale": (
            f"The equal-weight index is {abs(regime.trend):.1%} {side} its {config.average_days}-day average, and its "
            f"volatility of {regime.volatility:.1%} a year is at the {regime.volatility_percentile:.0%} point of its "
            f"history (stress from {config.stress_percentile:.0%}): {TITLES[regime.name]}."
        ),
    }
