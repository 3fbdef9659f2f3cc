"""Cointegration analyst: does the proposal lean against the share's long-run partner?"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import pandas as pd
from pydantic import Field

from runtime.decision.fusion import finite
from runtime.errors import InvalidValue
from runtime.node import Family, NodeConfig, NodeContext, NodeKind, Port
from runtime.quant.cointegration import Pair, pairs_of

STRETCHED = 1.0
"""From this distance on, in standard deviations, the spread counts."""
STEP = 0.25
"""Of the way to certainty, or to none, by which a stretched spread moves the confidence."""
CALMER = 0.75
"""What is left of a long proposal's confidence while the market is risk off."""


class CointegrationConfig(NodeConfig):
    """How strict the test is."""

    level: Literal["1%", "5%", "10%"] = Field(
        default="5%", title="Level", description="Significance at which a pair counts as cointegrated."
    )
    lookback_days: int = Field(
        default=756,
        ge=60,
        le=5040,
        title="Lookback",
        description="Days over which pairs are tested.",
        json_schema_extra={"unit": "trading days"},
    )
    lags: int = Field(
        default=1,
        ge=0,
        le=20,
        title="Lags",
        description="Lagged changes in the Dickey-Fuller regression.",
    )


class CointegrationAnalyst(NodeKind):
    """Tests every pair after Engle and Granger (1987), and trusts a proposal more when its share is cheap to its partner."""

    kind = "quant.cointegration"
    title = "Cointegration analyst"
    family: ClassVar[Family] = "quant"
    icon = "link-2"
    summary = "Tests a proposal's share against all others for cointegration and weighs its spread."
    example: ClassVar[dict[str, Any]] = {"level": "5%", "lookback_days": 504}
    inputs = (
        Port(id="prices", type="prices", title="Prices"),
        Port(id="insight", type="insight", title="Proposal"),
        Port(id="regime", type="insight", title="Regime", required=False),
    )
    outputs = (
        Port(id="insight", type="insight", title="Weighed proposal"),
        Port(id="pairs", type="table", title="Pairs"),
    )
    writes = ("proposed_alpha",)
    headline = ("level", "lookback_days")
    Config = CointegrationConfig

    async def run(
        self, inputs: Mapping[str, Any], config: CointegrationConfig, ctx: NodeContext
    ) -> Mapping[str, Any]:
        """Return the proposal with its confidence moved, and the table of pairs."""
        prices, insight = inputs["prices"], inputs["insight"]
        symbol = str(insight.get("vt_symbol") or "")
        if symbol not in prices.columns:
            raise InvalidValue(
                f"The proposal is about {symbol!r}, of which there are no prices.", field="insight"
            )
        pairs: list[Pair] = await ctx.compute(
            pairs_of,
            prices.tail(config.lookback_days),
            symbol,
            level=float(config.level.rstrip("%")) / 100,
            lags=config.lags,
        )
        weighed = weighed_insight(insight, pairs, inputs.get("regime"))
        ctx.write("proposed_alpha", weighed)
        return {"insight": weighed, "pairs": _table(pairs)}


def weighed_insight(
    insight: Mapping[str, Any], pairs: Sequence[Pair], regime: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return the insight with its confidence moved by the best cointegrated partner's spread, and by a stressed market."""
    confidence = min(max(finite(insight.get("confidence")) or 0.0, 0.0), 1.0)
    said = [str(insight.get("rationale") or "")]
    long = insight.get("direction") != "short"
    best = next((pair for pair in pairs if pair.cointegrated), None)
    if best is None:
        said.append(f"No cointegrated partner among {len(pairs)}.")
    else:
        said.append(
            f"Cointegrated with {best.partner} (t {best.statistic:.2f} < {best.critical:.2f}, hedge ratio "
            f"{best.hedge_ratio:.2f}), spread {best.spread_z:+.2f} standard deviations."
        )
        if abs(best.spread_z) >= STRETCHED:
            helps = (best.spread_z < 0) == long
            confidence += STEP * (1.0 - confidence) if helps else -STEP * confidence
    if regime is not None and regime.get("regime") == "risk_off" and long:
        confidence *= CALMER
        said.append("The market is risk off.")
    return dict(insight) | {"confidence": round(confidence, 6), "rationale": " ".join(filter(None, said))}


def _table(pairs: Sequence[Pair]) -> pd.DataFrame:
    columns = ("partner", "statistic", "critical", "cointegrated", "hedge_ratio", "spread_z")
    rows = [[getattr(pair, column) for column in columns] for pair in pairs]
    return pd.DataFrame(rows, columns=list(columns))
