"""Single agents over HTTP: agents by name, runs with their steps, exact replays, and the halt of all agents."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response, status
from pydantic import BaseModel, ConfigDict, Field

from persistence.agent_steps import StepRecord
from runtime.ids import TaskId
from studio.api.auth import CurrentActor, Services
from studio.api.desks import DeskRunAccepted, DeskRunDetail, DeskRunEntry, listed, run_detail
from tasks.control import agents as control_agents
from tasks.control import desks as control_desks
from tasks.control.agents import AgentRunView, NamedAgent

router = APIRouter(prefix="/agents", tags=["agents"])
MAX_WAIT_SECONDS = 60.0


class AgentEntry(BaseModel):
    """An agent that can be run by name."""

    name: str
    role: str
    model: str
    memory: int
    shipped: bool
    spec_hash: str
    updated_at: datetime | None
    updated_by: str


class AgentDetail(AgentEntry):
    """An agent with its content."""

    spec: dict[str, Any]


class AgentStepEntry(BaseModel):
    """One step of an agent."""

    model_config = ConfigDict(from_attributes=True)

    seq: int
    at: datetime
    agent: str
    execution: int
    step: int
    kind: str
    name: str
    inputs: dict[str, Any]
    output: dict[str, Any]
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None
    ms: float
    error: str
    note: str


class AgentRunDetail(DeskRunDetail):
    """A run with everything it did."""

    steps: list[AgentStepEntry]


class AgentRunRequest(BaseModel):
    """Which agent, about what; see the config of the desk."""

    model_config = ConfigDict(extra="forbid")

    spec: str = ""
    agent: dict[str, Any] = Field(default_factory=dict)
    symbols: list[str] = Field(default_factory=list)
    symbol: str = ""
    as_of: date | None = None
    prompt: str = "Should we hold it?"
    horizon_days: int = 10
    name: str = ""

    def config(self) -> dict[str, Any]:
        """Return the desk's config."""
        return self.model_dump(mode="json", exclude={"name", "timeout_seconds"})


class AgentRunSync(AgentRunRequest):
    """A run whose end is waited for, for so long."""

    timeout_seconds: float = Field(default=20.0, ge=0.0, le=MAX_WAIT_SECONDS)


class HaltRequest(BaseModel):
    """Why to halt."""

    model_config = ConfigDict(extra="forbid")

    reason: str = control_agents.FANOUT


class AgentsHaltedAnswer(BaseModel):
    """What a halt of all agents has done."""

    stopped: int
    task_ids: list[TaskId]
    failures: list[str]
    risk_kill_switch_engaged: bool


@router.get("/specs")
def list_specs(actor: CurrentActor, container: Services) -> list[AgentEntry]:
    """Return every agent with a name."""
    return [_entry(agent) for agent in control_agents.list_agents(container.control, actor)]


@router.post("/specs", status_code=status.HTTP_201_CREATED)
def save_spec(spec: dict[str, Any], actor: CurrentActor, container: Services) -> AgentDetail:
    """Keep an agent under its name, in the place of an earlier one."""
    return _detail(control_agents.save_agent(container.control, actor, spec))


@router.get("/specs/{name}")
def get_spec(name: str, actor: CurrentActor, container: Services) -> AgentDetail:
    """Return an agent."""
    return _detail(control_agents.get_agent(container.control, actor, name))


@router.get("/runs/v2")
def list_runs(
    *,
    actor: CurrentActor,
    container: Services,
    active: bool = False,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: str | None = None,
) -> list[DeskRunEntry]:
    """Return runs of agents, newest first; `before` is the id of the last run of the page before."""
    return listed(container.control, actor, "agents", active=active, limit=limit, before=before)


@router.post("/runs/v2", status_code=status.HTTP_202_ACCEPTED)
def start_run(request: AgentRunRequest, actor: CurrentActor, container: Services) -> DeskRunAccepted:
    """Start a run of an agent."""
    started = control_desks.start_desk_run(
        container.control, actor, "agents", request.config(), name=request.name
    )
    return DeskRunAccepted(run_id=started.run_id, task_id=started.task_id, dispatched=started.dispatched)


@router.post("/runs/v2/sync", responses={status.HTTP_202_ACCEPTED: {"model": AgentRunDetail}})
async def start_and_wait(
    request: AgentRunSync, actor: CurrentActor, container: Services, response: Response
) -> AgentRunDetail:
    """Start a run and wait for its end; 202 with the run as it is when it takes longer than the request waits."""
    view = await control_agents.run_and_wait(
        container.control,
        actor,
        "agents",
        request.config(),
        name=request.name,
        seconds=request.timeout_seconds,
    )
    if view.run.record.summary.closed_at is None:
        response.status_code = status.HTTP_202_ACCEPTED
    return agent_run_detail(view)


@router.get("/runs/v2/{run_id}")
def get_run(run_id: str, actor: CurrentActor, container: Services) -> AgentRunDetail:
    """Return one run with its steps."""
    return agent_run_detail(control_agents.agent_run(container.control, actor, run_id))


@router.post("/runs/v2/{run_id}/replay", status_code=status.HTTP_202_ACCEPTED)
def replay_run(run_id: str, actor: CurrentActor, container: Services) -> DeskRunAccepted:
    """Start a run again exactly as it was; 409 for one that might not be the same."""
    started = control_agents.replay_agent_run(container.control, actor, run_id)
    return DeskRunAccepted(run_id=started.run_id, task_id=started.task_id, dispatched=started.dispatched)


@router.post("/halt")
def halt(
    *,
    actor: CurrentActor,
    container: Services,
    engage_risk: bool = True,
    request: HaltRequest | None = None,
) -> AgentsHaltedAnswer:
    """Halt all agents, quant agents included; by default by engaging the kill switch, which halts everything."""
    reason = (request or HaltRequest()).reason
    halted = control_agents.halt_agents(container.control, actor, reason, engage_risk=engage_risk)
    return AgentsHaltedAnswer(
        stopped=halted.stopped,
        task_ids=list(halted.task_ids),
        failures=list(halted.failures),
        risk_kill_switch_engaged=halted.switch_engaged,
    )


def agent_run_detail(view: AgentRunView) -> AgentRunDetail:
    """Return the public form of a run and its steps."""
    return AgentRunDetail(**run_detail(view.run).model_dump(), steps=[_step(step) for step in view.steps])


def _step(step: StepRecord) -> AgentStepEntry:
    return AgentStepEntry.model_validate(step)


def _entry(agent: NamedAgent) -> AgentEntry:
    spec = agent.spec
    return AgentEntry(
        name=spec.name,
        role=spec.role,
        model=spec.model.name,
        memory=spec.memory,
        shipped=agent.shipped,
        spec_hash=spec.snapshot_hash(),
        updated_at=agent.updated_at,
        updated_by=agent.updated_by,
    )


def _detail(agent: NamedAgent) -> AgentDetail:
    return AgentDetail(**_entry(agent).model_dump(), spec=agent.spec.dump())
