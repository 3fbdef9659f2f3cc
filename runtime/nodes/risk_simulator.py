"""Risk simulator: would we live with what the next days could do to this portfolio?"""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from runtime.decision.fusion import finite
from runtime.node import NodeConfig, NodeContext, NodeKind, Port
from runtime.risk.verdict import PORTFOLIO, Judgement, RiskLimits, SimulationRequest, judge, with_overlay


class RiskSimulatorConfig(NodeConfig):
    """How to simulate. The limits can be tightened, never loosened beyond the platform's."""

    paths: int = Field(
        default=1000, ge=50, le=20000, title="Paths", description="How many futures are drawn from the past."
    )
    horizon_days: int = Field(
        default=10,
        ge=1,
        le=60,
        title="Horizon",
        description="How far each of them goes.",
        json_schema_extra={"unit": "trading days"},
    )
    lookback_days: int = Field(
        default=252,
        ge=20,
        le=2520,
        title="Lookback",
        description="The past they are drawn from.",
        json_schema_extra={"unit": "trading days"},
    )
    seed: int | None = Field(
        default=None,
        ge=0,
        le=2**32 - 1,
        title="Seed",
        description="Start of the random numbers. Empty: the same for the same workflow and node.",
    )
    max_p99_drawdown: float = Field(
        default=0.20,
        gt=0,
        le=0.20,
        title="Largest p99 drawdown",
        description="Rejected when the 99th percentile of the drawdown is above this.",
        json_schema_extra={"unit": "of equity"},
    )
    max_tvar_95: float = Field(
        default=0.10,
        gt=0,
        le=0.10,
        title="Largest TVaR 95",
        description="Rejected when the mean loss of the worst 5 % of paths is above this.",
        json_schema_extra={"unit": "of equity"},
    )
    min_expected_sharpe: float = Field(
        default=0.0,
        ge=0,
        le=5,
        title="Smallest Sharpe",
        description="Rejected when the annualised Sharpe ratio of the simulated returns is below this.",
    )
    max_gross_exposure: float = Field(
        default=1.0,
        gt=0,
        le=2,
        title="Margin",
        description="Gross exposure that the account can carry.",
        json_schema_extra={"unit": "× equity"},
    )


class RiskSimulator(NodeKind):
    """Judges a portfolio, or a single-symbol insight (direction × strength × confidence)."""

    kind = "decision.risk_simulator"
    title = "Risk simulator"
    family = "decision"
    icon = "activity"
    summary = "Simulates the next days from the past and approves only what stays within every limit."
    example: ClassVar[dict[str, Any]] = {"paths": 500, "horizon_days": 10, "seed": 7}
    inputs = (
        Port(id="prices", type="prices", title="Prices"),
        Port(id="weights", type="weights", title="Portfolio", required=False),
        Port(id="insight", type="insight", title="Insight behind it, or alone", required=False),
        Port(id="overlay", type="verdict", title="Overlay verdict", required=False),
    )
    outputs = (
        Port(id="verdict", type="verdict", title="Verdict"),
        Port(id="paths", type="table", title="Simulated wealth"),
    )
    writes = ("simulation_verdict",)
    headline = ("paths", "horizon_days", "max_p99_drawdown")
    Config = RiskSimulatorConfig

    async def run(
        self, inputs: Mapping[str, Any], config: RiskSimulatorConfig, ctx: NodeContext
    ) -> Mapping[str, Any]:
        """Simulate the last row of the weights, or the insight."""
        vt_symbol, weights = _subject(inputs)
        request = SimulationRequest(
            prices=inputs["prices"],
            weights=weights,
            vt_symbol=vt_symbol,
            paths=config.paths,
            horizon_days=config.horizon_days,
            lookback_days=config.lookback_days,
            seed=ctx.seed if config.seed is None else config.seed,
            limits=RiskLimits(
                max_p99_drawdown=config.max_p99_drawdown,
                max_tvar_95=config.max_tvar_95,
                min_expected_sharpe=config.min_expected_sharpe,
                max_gross_exposure=config.max_gross_exposure,
            ),
        )
        judged: Judgement = await ctx.compute(judge, request)
        verdict = with_overlay(judged.verdict, inputs.get("overlay"))
        ctx.write("simulation_verdict", verdict)
        return {"verdict": verdict, "paths": judged.paths}


def _subject(inputs: Mapping[str, Any]) -> tuple[str, dict[str, float]]:
    """Return what is judged: a name for it, and its weights. With both wired, the insight only names the portfolio."""
    insight, frame = inputs.get("insight"), inputs.get("weights")
    if frame is None:
        # Nothing wired, or a branch that was not taken: an empty portfolio, which is never approved.
        return _insight_position(insight) if insight is not None else (PORTFOLIO, {})
    name = str((insight or {}).get("vt_symbol") or PORTFOLIO)
    row = {} if frame.empty else frame.iloc[-1].fillna(0.0).to_dict()
    return name, {str(symbol): float(weight) for symbol, weight in row.items()}


def _insight_position(insight: Mapping[str, Any]) -> tuple[str, dict[str, float]]:
    """Return the position that an insight asks for: direction × strength × confidence; none when it is malformed."""
    symbol = str(insight.get("vt_symbol") or "")
    sign = {"long": 1.0, "short": -1.0}.get(str(insight.get("direction")), 0.0)
    strength, confidence = finite(insight.get("strength")), finite(insight.get("confidence"))
    if not symbol or strength is None or confidence is None:
        return symbol, {}
    return symbol, {symbol: sign * strength * confidence}
