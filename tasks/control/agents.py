"""What the agents desk offers beside starting and looking: agents by name, steps, exact replays, and its own halt."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from persistence.agent_specs import AgentSpecRecord, AgentSpecRepository
from persistence.agent_steps import AgentStepRepository, StepRecord
from persistence.controls import AuditEntry, ControlRepository
from runtime.agents.shipped_agents import shipped_specs
from runtime.agents.spec import AgentSpec
from runtime.desks import DESK_TERMINAL, DeskName
from runtime.errors import AlreadyExists, NotFound, NotReproducible, StudioError
from runtime.ids import RunId, TaskId
from tasks.access import Actor, Permission, require
from tasks.control.context import Control
from tasks.control.desk_halts import halt_desk
from tasks.control.desks import DeskRunView, StartedDeskRun, get_desk_run, start_desk_run
from tasks.control.halts import HaltRecord
from tasks.control.switch import engage

AGENT_DESKS: tuple[DeskName, ...] = ("agents", "quant-agents")
"""What a halt of all agents stops: the quant agents are agents, too."""
POLL_SECONDS = 0.2
FANOUT = "agents.halt: kill_switch fanout"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedAgent:
    """An agent that can be run by name."""

    spec: AgentSpec
    shipped: bool
    updated_at: datetime | None = None
    updated_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRunView:
    """A run of an agent with what it did, step by step."""

    run: DeskRunView
    steps: Sequence[StepRecord]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentsHalted:
    """What a halt of agents has done."""

    stopped: int
    """Runs that were halted by it."""
    task_ids: tuple[TaskId, ...]
    failures: tuple[str, ...]
    """What could not be done, in words; everything else was."""
    switch_engaged: bool = False
    """Whether it engaged the kill switch."""


def list_agents(control: Control, actor: Actor) -> list[NamedAgent]:
    """Return every agent with a name: the shipped ones first, then those of the installation."""
    require(actor, Permission.READ)
    with control.database.read() as session:
        stored = AgentSpecRepository(session).all()
    return [
        *(NamedAgent(spec=spec, shipped=True) for spec in shipped_specs()),
        *(_named(record) for record in stored),
    ]


def get_agent(control: Control, actor: Actor, name: str) -> NamedAgent:
    """Return an agent by name; raises `NotFound` with the nearest one."""
    known = list_agents(control, actor)
    for agent in known:
        if agent.spec.name == name:
            return agent
    raise NotFound("agent", name, known=[agent.spec.name for agent in known])


def save_agent(control: Control, actor: Actor, payload: Mapping[str, Any]) -> NamedAgent:
    """Store an agent under its name, in the place of an earlier one; raises `InvalidSpec`, `AlreadyExists` for a shipped name."""
    require(actor, Permission.DRAW)
    spec = AgentSpec.parse(payload)
    if any(spec.name == shipped.name for shipped in shipped_specs()):
        raise AlreadyExists(f"{spec.name!r} is an agent of the product. Choose another name.", field="name")
    now = control.clock.now()
    with control.database.write() as session:
        AgentSpecRepository(session).put(
            spec.name, spec.dump(), spec.snapshot_hash(), author=actor.name, now=now
        )
        ControlRepository(session).append_audit(
            AuditEntry(
                at=now,
                actor_id=actor.id,
                actor_name=actor.name,
                action="agents.save",
                target=spec.name,
                reason=None,
                detail={"spec_hash": spec.snapshot_hash()},
            )
        )
    return NamedAgent(spec=spec, shipped=False, updated_at=now, updated_by=actor.name)


def agent_run(control: Control, actor: Actor, run_id: str, *, desk: DeskName = "agents") -> AgentRunView:
    """Return a run of the desk with its steps; raises `NotFound`."""
    view = get_desk_run(control, actor, run_id)
    if view.record.summary.desk != desk:
        raise NotFound("agent run", run_id)
    with control.database.read() as session:
        steps = AgentStepRepository(session).of_run(RunId(run_id))
    return AgentRunView(run=view, steps=steps)


async def run_and_wait(
    control: Control,
    actor: Actor,
    desk: DeskName,
    config: Mapping[str, Any],
    *,
    name: str = "",
    seconds: float,
) -> AgentRunView:
    """Start a run, and return it as soon as its last frame is written, or as it is after so many seconds.

    Raises what `start_desk_run` raises.
    """
    started = await asyncio.to_thread(start_desk_run, control, actor, desk, config, name=name)
    left = seconds
    while True:
        view = await asyncio.to_thread(agent_run, control, actor, started.run_id, desk=desk)
        if view.run.record.summary.closed_at is not None or left <= 0:
            return view
        await control.clock.sleep(min(POLL_SECONDS, left))
        left -= POLL_SECONDS


def replay_agent_run(control: Control, actor: Actor, run_id: str) -> StartedDeskRun:
    """Start a run again exactly as it was; raises `NotFound`, and `NotReproducible` when it may not be the same."""
    require(actor, Permission.RUN)
    record = agent_run(control, actor, run_id).run.record
    if record.summary.status not in DESK_TERMINAL:
        raise _refused(run_id, "it has not ended")
    spec = AgentSpec.parse(record.config["agent"])
    if not spec.model.is_quant:
        raise _refused(run_id, "it asks a chat model; start a new run instead")
    recalled = int((record.result or {}).get("recalled") or 0)
    if recalled:
        raise _refused(
            run_id,
            f"it was reminded of {recalled} past decisions, and a replay has no memory; start a new run instead",
        )
    config = {**record.config, "replay_of": run_id}
    return start_desk_run(
        control, actor, "agents", config, name=record.summary.name, parent=record.summary.run_id
    )


def halt_agents(control: Control, actor: Actor, reason: str, *, engage_risk: bool) -> AgentsHalted:
    """Halt every run of an agent, quant agents included; with `engage_risk` by engaging the kill switch, which halts everything.

    One part that fails does not keep the others from being halted.
    """
    require(actor, Permission.HALT_ALL)
    if engage_risk:
        engaged = engage(control, actor, reason)
        ours = {item.run_id for item in engaged.halt.items if item.desk in AGENT_DESKS}
        halted = _halted([engaged.halt], only=ours)
        return AgentsHalted(
            stopped=halted.stopped,
            task_ids=halted.task_ids,
            failures=halted.failures,
            switch_engaged=engaged.status.state == "engaged",
        )
    records: list[HaltRecord] = []
    failures: list[str] = []
    for desk in AGENT_DESKS:
        try:
            records.append(halt_desk(control, actor, desk, reason))
        except StudioError as error:
            failures.append(f"{desk}: {error.message}")
    halted = _halted(records)
    return AgentsHalted(
        stopped=halted.stopped, task_ids=halted.task_ids, failures=(*failures, *halted.failures)
    )


def halt_quant_agents(control: Control, actor: Actor, reason: str) -> AgentsHalted:
    """Halt the quant agents; neither other agents nor the kill switch are touched."""
    return _halted([halt_desk(control, actor, "quant-agents", reason)])


def _halted(records: Sequence[HaltRecord], *, only: set[RunId] | None = None) -> AgentsHalted:
    hits = [hit for record in records for hit in record.hit if only is None or hit.run_id in only]
    failures = [
        "The database did not take it in time; the workers were told, and the rows follow."
        for record in records
        if not record.row_written
    ]
    failures += [
        "Redis did not take it; the workers find the rows at their next heartbeat or transition."
        for record in records
        if not record.published
    ]
    return AgentsHalted(
        stopped=len(hits),
        task_ids=tuple(hit.task_id for hit in hits if hit.task_id is not None),
        failures=tuple(failures),
    )


def _named(record: AgentSpecRecord) -> NamedAgent:
    return NamedAgent(
        spec=AgentSpec.parse(record.payload),
        shipped=False,
        updated_at=record.updated_at,
        updated_by=record.updated_by,
    )


def _refused(run_id: str, reason: str) -> NotReproducible:
    return NotReproducible(f"Run {run_id} cannot be replayed exactly: {reason}.")
