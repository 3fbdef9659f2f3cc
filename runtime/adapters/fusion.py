"""`SignalFusionAdapter`: what several contributors say now, as one set of target weights."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from runtime.adapter import Adapter, AdapterContext, AdapterResult
from runtime.decision.fusion import Contributor, Limits, synthesize
from runtime.errors import InvalidSpec
from runtime.node import Ledger
from runtime.settings import LiveSettings, SettingName
from runtime.spec import sentence
from runtime.state import OrchestrationState
from runtime.stepping import Outcome, announce, given, record_in, take_step
from runtime.transitions import Step
from runtime.values import Value

NODE = "fusion_synth"
PRIORS: dict[Contributor, float] = {"quant": 0.4, "model": 0.2, "debate": 0.4}


class RiskOverlay(BaseModel):
    """Caps on the fused target, as fractions of equity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    max_position_pct: float = Field(default=0.20, gt=0, le=1)
    max_gross_exposure: float = Field(default=1.0, gt=0, le=2)


class FusionParams(BaseModel):
    """What the adapter reads of a spec's `params`, or of the run's inputs where the spec is silent."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    weights_prior: dict[Contributor, float] | None = None
    model_confidence: float | None = Field(default=None, ge=0, le=1)
    risk_overlay: RiskOverlay = RiskOverlay()


class SignalFusionAdapter(Adapter):
    """Fuse quant signals, model predictions and a debate's verdict: deterministic, without model, randomness or time."""

    adapter_kind = "fusion"
    adapter_category = "fusion"
    adapter_source = "vibe_trading"
    adapter_tags = ("deterministic", "weight_vector", "fusion")
    requires: ClassVar[SettingName | None] = "orchestration_fusion_enabled"

    async def invoke(self, state: OrchestrationState, context: AdapterContext) -> AdapterResult:
        """Write fusion_inputs, fusion_output and target_weights; raises `InvalidSpec` for bad params."""
        params = _params(context.params, state)
        inputs = _inputs(state, params)
        written: dict[str, Any] = {}

        async def work(live: LiveSettings, ledger: Ledger) -> Outcome:  # noqa: ARG001  pure arithmetic
            fused = synthesize(
                quant_signals=inputs["quant_signals"],
                model_predictions=inputs["model_predictions"],
                debate_verdict=inputs["debate_verdict"],
                model_confidence=params.model_confidence,
                priors=inputs["weights_prior"],
                limits=Limits(
                    max_position_pct=params.risk_overlay.max_position_pct,
                    max_gross_exposure=params.risk_overlay.max_gross_exposure,
                ),
            )
            output = fused.dump()
            written.update(
                fusion_inputs=inputs, fusion_output=output, target_weights=dict(fused.target_weights)
            )
            return Outcome(
                outputs={"fusion": Value(type="verdict", data=output)},
                extras={"n_symbols": len(fused.target_weights), "confidence": fused.confidence},
            )

        announce(context, [NODE])
        await take_step(context, Step(node=NODE, kind="adapter.fusion", title="Signal fusion"), work)
        return AdapterResult(state=cast(OrchestrationState, {**state, **written}))


def _params(params: Mapping[str, Any], state: OrchestrationState) -> FusionParams:
    names = FusionParams.model_fields
    said = {name: params[name] if params.get(name) is not None else given(state, name) for name in names}
    try:
        return FusionParams.model_validate({name: value for name, value in said.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(["params", *(str(part) for part in first["loc"])])
        raise InvalidSpec(f"Field {field!r}: {sentence(first['msg'])}", field=field) from error


def _inputs(state: OrchestrationState, params: FusionParams) -> dict[str, Any]:
    verdict = next(
        (
            found
            for slot in ("debate_verdict", "simulation_verdict", "trader_signal")
            if (found := record_in(state, slot))
        ),
        None,
    )
    return {
        "quant_signals": record_in(state, "quant_signals"),
        "model_predictions": record_in(state, "model_predictions"),
        "debate_verdict": verdict,
        "weights_prior": PRIORS if params.weights_prior is None else params.weights_prior,
    }
