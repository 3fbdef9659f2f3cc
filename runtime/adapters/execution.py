"""`WeightCentricExecutionAdapter`: a target through selection, allocation, timing and the risk overlay."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, cast

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from runtime.adapter import Adapter, AdapterContext, AdapterResult
from runtime.decision.fusion import Limits, finite
from runtime.decision.weight_centric import Pipeline, PipelineHistory, Policy, run_pipeline
from runtime.errors import InvalidSpec, InvalidValue
from runtime.node import Ledger
from runtime.nodes.weight_centric import overlay_verdict
from runtime.settings import LiveSettings, SettingName
from runtime.spec import sentence
from runtime.state import OrchestrationState
from runtime.stepping import Outcome, announce, given, record_in, take_step
from runtime.transitions import Step
from runtime.values import Value

NODE = "weight_centric_pipeline"


class ExecutionContext(BaseModel):
    """The account and the market as the caller sees them."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    equity: float = Field(default=1.0, gt=0, le=1)
    """Share of the account to invest."""
    turbulence: float = Field(default=0.0, ge=0, le=1)
    """Percentile of turbulence."""


class ExecutionParams(BaseModel):
    """What the adapter reads of a spec's `params`."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    context: ExecutionContext = ExecutionContext()
    universe: tuple[str, ...] | None = None
    max_position_pct: float = Field(default=0.20, gt=0, le=1)
    max_gross_exposure: float = Field(default=1.0, gt=0, le=2)


class WeightCentricExecutionAdapter(Adapter):
    """Take a target through four pure stages; the overlay can veto. Never emits a signal itself."""

    adapter_kind = "execution"
    adapter_category = "execution"
    adapter_source = "finrl"
    adapter_tags = ("weight_centric", "risk_overlay", "finrl_x")
    requires: ClassVar[SettingName | None] = "orchestration_fusion_enabled"

    async def invoke(self, state: OrchestrationState, context: AdapterContext) -> AdapterResult:
        """Write target_weights, weight_pipeline_history and risk_veto; a veto overwrites the verdict's `approved`.

        Raises `InvalidValue` without a target and `InvalidSpec` for bad params.
        """
        params = _params(context.params)
        target = _target(state)
        policy = Policy(
            universe=_universe(params, state),
            equity=params.context.equity,
            limits=Limits(
                max_position_pct=params.max_position_pct, max_gross_exposure=params.max_gross_exposure
            ),
        )
        written: dict[str, Any] = {}

        async def work(live: LiveSettings, ledger: Ledger) -> Outcome:  # noqa: ARG001  pure arithmetic
            pipeline = run_pipeline(target, policy, turbulence=params.context.turbulence)
            verdict = _verdict(pipeline, record_in(state, "simulation_verdict"), params.context.turbulence)
            written.update(
                target_weights=dict(pipeline.weights),
                weight_pipeline_history=pipeline.history(),
                risk_veto=pipeline.risk_veto,
            )
            if pipeline.risk_veto:
                written["simulation_verdict"] = verdict
            return Outcome(
                outputs={"verdict": Value(type="verdict", data=verdict)},
                extras={
                    "prior_gross": pipeline.prior_gross,
                    "post_gross": pipeline.post_gross,
                    "risk_veto": pipeline.risk_veto,
                },
            )

        announce(context, [NODE])
        step = Step(node=NODE, kind="adapter.execution", title="Weight-centric execution")
        await take_step(context, step, work)
        return AdapterResult(state=cast(OrchestrationState, {**state, **written}))


def _params(params: Mapping[str, Any]) -> ExecutionParams:
    try:
        return ExecutionParams.model_validate(
            {name: params[name] for name in ExecutionParams.model_fields if params.get(name) is not None}
        )
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(["params", *(str(part) for part in first["loc"])])
        raise InvalidSpec(f"Field {field!r}: {sentence(first['msg'])}", field=field) from error


def _target(state: OrchestrationState) -> dict[str, float]:
    fused = record_in(state, "fusion_output").get("target_weights")
    raw: Mapping[str, object] = (
        cast(Mapping[str, object], fused)
        if isinstance(fused, Mapping) and fused
        else record_in(state, "target_weights")
    )
    target = {str(symbol): weight for symbol, value in raw.items() if (weight := finite(value)) is not None}
    if not target:
        raise InvalidValue(
            "There are no target weights; run SignalFusionAdapter first, or start the run with target_weights.",
            field="target_weights",
        )
    return target


def _universe(params: ExecutionParams, state: OrchestrationState) -> frozenset[str]:
    """Return the symbols that may be held: of the spec, else of the run; empty means those of the target."""
    known: Sequence[str] | None = params.universe or given(state, "universe")
    return frozenset(str(symbol) for symbol in known or ())


def _verdict(pipeline: Pipeline, earlier: Mapping[str, Any], turbulence: float) -> dict[str, Any]:
    history = PipelineHistory(weights=pd.DataFrame(), last=pipeline, turbulence=turbulence)
    return overlay_verdict(history, earlier)
