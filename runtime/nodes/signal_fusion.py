"""Signal fusion: signals, model predictions and a debate become target weights."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field

from runtime.decision.fusion import Limits
from runtime.decision.fusion_history import FusedHistory, FusionRequest, fuse_history
from runtime.decision.rebalance_dates import Cadence
from runtime.errors import InvalidValue
from runtime.flags import require
from runtime.node import NodeConfig, NodeContext, NodeKind, Port


class FusionConfig(NodeConfig):
    """Who counts how much, and how large a position may get."""

    prior_quant: float = Field(
        default=0.4,
        ge=0,
        le=1,
        title="Prior quant",
        description="Share of the quantitative signals in the result.",
    )
    prior_model: float = Field(
        default=0.2,
        ge=0,
        le=1,
        title="Prior model",
        description="Share of the model's predictions in the result.",
    )
    prior_debate: float = Field(
        default=0.4,
        ge=0,
        le=1,
        title="Prior debate",
        description="Share of the debate's verdict in the result.",
    )
    model_confidence: float | None = Field(
        default=None,
        ge=0,
        le=1,
        title="Model confidence",
        description="How sure the model is, 0 to 1. Empty: the mean size of its predictions.",
    )
    max_position_pct: float = Field(
        default=0.20,
        gt=0,
        le=1,
        title="Largest position",
        description="No position gets larger than this share of equity.",
        json_schema_extra={"unit": "of equity"},
    )
    max_gross_exposure: float = Field(
        default=1.0,
        gt=0,
        le=2,
        title="Largest gross exposure",
        description="Longs and shorts together get no larger than this multiple of equity.",
        json_schema_extra={"unit": "× equity"},
    )
    rebalance: Cadence = Field(
        default="monthly", title="Rebalance", description="How often the weights change in the history."
    )


class SignalFusion(NodeKind):
    """Pools its contributors by their priors; the debate's verdict counts on the last day only."""

    kind = "decision.signal_fusion"
    title = "Signal fusion"
    family = "decision"
    icon = "combine"
    summary = "Pools signals, model predictions and a debate's verdict into one set of target weights."
    example: ClassVar[dict[str, Any]] = {"prior_quant": 0.6, "prior_debate": 0.4}
    inputs = (
        Port(id="quant", type="signals", title="Quant signals", required=False),
        Port(id="model", type="signals", title="Model predictions", required=False),
        Port(id="debate", type="verdict", title="Debate verdict", required=False),
    )
    outputs = (
        Port(id="weights", type="weights", title="Target weights"),
        Port(id="fusion", type="verdict", title="How they came about"),
    )
    writes = ("fusion_inputs", "fusion_output", "target_weights")
    needs_any = True
    requires = "orchestration_fusion_enabled"
    headline = ("prior_quant", "prior_debate", "rebalance")
    Config = FusionConfig

    async def run(
        self, inputs: Mapping[str, Any], config: FusionConfig, ctx: NodeContext
    ) -> Mapping[str, Any]:
        """Fuse at every rebalance day of the signals."""
        require("orchestration_fusion_enabled", ctx.settings, title=self.title)
        if not inputs:
            raise InvalidValue("Signal fusion got nothing to fuse. Connect signals, predictions or a debate.")
        fused: FusedHistory = await ctx.compute(fuse_history, _request(inputs, config, ctx))
        ctx.write("fusion_inputs", dict(fused.last_inputs))
        ctx.write("fusion_output", fused.last.dump())
        ctx.write("target_weights", dict(fused.last.target_weights))
        record = {
            "rationale": fused.last.rationale,
            "confidence": fused.last.confidence,
            "contributors": fused.last.dump()["contributors"],
        }
        return {"weights": fused.weights, "fusion": record}


def _request(inputs: Mapping[str, Any], config: FusionConfig, ctx: NodeContext) -> FusionRequest:
    verdict = inputs.get("debate")
    return FusionRequest(
        quant=inputs.get("quant"),
        model=inputs.get("model"),
        verdict=verdict,
        as_of=_decision_day(verdict or {}, ctx),
        cadence=config.rebalance,
        priors={"quant": config.prior_quant, "model": config.prior_model, "debate": config.prior_debate},
        model_confidence=config.model_confidence,
        limits=Limits(max_position_pct=config.max_position_pct, max_gross_exposure=config.max_gross_exposure),
    )


def _decision_day(verdict: Mapping[str, Any], ctx: NodeContext) -> pd.Timestamp:
    """Return the day of a decision that no signals date: the verdict's, the run's, else today."""
    for said in (verdict.get("as_of"), ctx.inputs.get("as_of")):
        day = pd.to_datetime(str(said), errors="coerce") if said else pd.NaT
        if isinstance(day, pd.Timestamp):
            return day.tz_localize(None).normalize()
    return pd.Timestamp(ctx.clock.now().date())
