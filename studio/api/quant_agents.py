"""The two quant agents over HTTP: try a formula, look for alphas, have one judged, decide about one, halt both."""

from datetime import date
from typing import Any

from fastapi import APIRouter, Response, status
from pydantic import BaseModel, ConfigDict, Field

from runtime.agents.quant_agents import alpha_researcher, strategy_executor
from runtime.alpha.executor import Action
from runtime.alpha.grammar import parse_formula
from runtime.errors import InvalidValue
from runtime.ids import TaskId
from studio.api.agents import MAX_WAIT_SECONDS, AgentRunDetail, agent_run_detail
from studio.api.auth import CurrentActor, Services
from studio.wiring import Container
from tasks.access import Actor, Permission, require
from tasks.control import agents as control_agents

router = APIRouter(prefix="/quant-agents", tags=["quant-agents"])


class QuantAgentSpec(BaseModel):
    """One of the two."""

    name: str
    role: str
    spec_hash: str
    spec: dict[str, Any]


class FormulaRequest(BaseModel):
    """A formula to be looked at."""

    model_config = ConfigDict(extra="forbid")

    formula: str = ""


class FormulaPreview(BaseModel):
    """What a formula uses, or why it cannot be read."""

    ok: bool
    used_operators: list[str]
    used_fields: list[str]
    error: str | None


class _Request(BaseModel):
    """What every request says; the rest is the desk's own."""

    model_config = ConfigDict(extra="forbid")

    symbols: list[str] = Field(default_factory=list)
    start: date | None = None
    as_of: date | None = None
    terms: dict[str, Any] = Field(default_factory=dict)
    wait_seconds: float = Field(default=0.0, ge=0.0, le=MAX_WAIT_SECONDS)
    """The answer is given when the run has ended, or after so long with 202."""

    def config(self, spec: str) -> dict[str, Any]:
        """Return the desk's config."""
        return {"spec": spec, **self.model_dump(mode="json", exclude={"wait_seconds"})}


class ProposeRequest(_Request):
    """A search."""

    evaluations: int = 20
    seed: int = 0
    model: str = ""
    max_cost_usd: float = 1.0
    hint: str = ""


class EvaluateRequest(_Request):
    """A proposal to be judged: name, formula, rationale, expected_horizon_bars, expected_direction."""

    proposal: dict[str, Any]


class DispatchRequest(EvaluateRequest):
    """A proposal to be acted on."""

    action: Action
    limits: dict[str, Any] = Field(default_factory=dict)
    target: dict[str, Any] = Field(default_factory=dict)
    """The config of the run to start, as its desk takes it."""


class HaltRequest(BaseModel):
    """Why to halt."""

    model_config = ConfigDict(extra="forbid")

    reason: str = "user_halt"


class QuantAgentsHalted(BaseModel):
    """What a halt of the quant agents has done."""

    ok: bool
    stopped: int
    task_ids: list[TaskId]
    failures: list[str]
    specs: list[str]


@router.get("/specs")
def list_specs(actor: CurrentActor) -> list[QuantAgentSpec]:
    """Return the two."""
    require(actor, Permission.READ)
    return [
        QuantAgentSpec(name=spec.name, role=spec.role, spec_hash=spec.snapshot_hash(), spec=spec.dump())
        for spec in (alpha_researcher(), strategy_executor())
    ]


@router.post("/factor/compile-preview")
def compile_preview(request: FormulaRequest, actor: CurrentActor) -> FormulaPreview:
    """Say what a formula uses, or what is wrong with it and where."""
    require(actor, Permission.READ)
    try:
        formula = parse_formula(request.formula)
    except InvalidValue as error:
        return FormulaPreview(ok=False, used_operators=[], used_fields=[], error=error.message)
    return FormulaPreview(
        ok=True, used_operators=[*formula.used_operators], used_fields=[*formula.used_fields], error=None
    )


@router.post("/alpha-researcher/propose", responses={status.HTTP_202_ACCEPTED: {"model": AgentRunDetail}})
async def propose(
    request: ProposeRequest, actor: CurrentActor, container: Services, response: Response
) -> AgentRunDetail:
    """Look for alphas: propose, judge, again, up to so many."""
    config = request.config(alpha_researcher().name)
    return await _run(container, actor, config, request.wait_seconds, response)


@router.post("/alpha-researcher/evaluate", responses={status.HTTP_202_ACCEPTED: {"model": AgentRunDetail}})
async def evaluate(
    request: EvaluateRequest, actor: CurrentActor, container: Services, response: Response
) -> AgentRunDetail:
    """Judge one proposal."""
    config = request.config(alpha_researcher().name)
    return await _run(container, actor, config, request.wait_seconds, response)


@router.post("/strategy-executor/dispatch", responses={status.HTTP_202_ACCEPTED: {"model": AgentRunDetail}})
async def dispatch(
    request: DispatchRequest, actor: CurrentActor, container: Services, response: Response
) -> AgentRunDetail:
    """Decide about a proposal, and have the action done when nothing speaks against it."""
    config = request.config(strategy_executor().name)
    return await _run(container, actor, config, request.wait_seconds, response)


@router.post("/halt")
def halt(actor: CurrentActor, container: Services, request: HaltRequest | None = None) -> QuantAgentsHalted:
    """Halt the quant agents; other agents and the kill switch are left alone."""
    reason = (request or HaltRequest()).reason
    halted = control_agents.halt_quant_agents(container.control, actor, reason)
    return QuantAgentsHalted(
        ok=not halted.failures,
        stopped=halted.stopped,
        task_ids=list(halted.task_ids),
        failures=list(halted.failures),
        specs=[alpha_researcher().name, strategy_executor().name],
    )


async def _run(
    container: Container, actor: Actor, config: dict[str, Any], seconds: float, response: Response
) -> AgentRunDetail:
    view = await control_agents.run_and_wait(
        container.control, actor, "quant-agents", config, seconds=seconds
    )
    if view.run.record.summary.closed_at is None:
        response.status_code = status.HTTP_202_ACCEPTED
    return agent_run_detail(view)
