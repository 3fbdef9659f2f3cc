"""`WorkflowRuntime`: the only caller of `Adapter.invoke`. Whatever happens ends in a `WorkflowRunResult`."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal, cast

from langgraph.checkpoint.base import BaseCheckpointSaver
from opentelemetry.trace import Tracer

from runtime.adapter import AdapterContext, AdapterFailure, AdapterResult, adapter_named, adapters
from runtime.agents.memory import AgentMemory
from runtime.approvals import Carried
from runtime.embedded import ThreadCompute
from runtime.errors import STOPS, AnswerAwaited, CapabilityOff, GuardrailBreached, HaltRequested, StudioError
from runtime.fence import Fence, fenced
from runtime.graph.compile import GraphCache
from runtime.graph.execution import World
from runtime.graph.session import GraphEngine
from runtime.halt import HaltGate, HaltToken
from runtime.ids import RunId, SpecName, TaskId, VersionId
from runtime.ports import (
    Approvals,
    ArtifactStore,
    Clock,
    Compute,
    HaltSource,
    Journal,
    OrderBook,
    Outbound,
    PriceSource,
    RunQueue,
)
from runtime.settings import LiveSettingsSource, environment_name
from runtime.spans import RunSpans, process_tracer
from runtime.spec import WorkflowSpec
from runtime.state import Breadcrumb, OrchestrationState, breadcrumb
from runtime.supervision import clear_cancellation, live_grace, supervised
from runtime.transitions import TransitionPipeline

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimePorts:
    """Everything outside that a run touches."""

    market: PriceSource
    orders: OrderBook
    artifacts: ArtifactStore
    journal: Journal
    settings: LiveSettingsSource
    halts: Sequence[HaltSource]
    clock: Clock
    folder: Path
    """The run's own folder; made when it is missing."""
    checkpointer: BaseCheckpointSaver[Any] | None = None
    graphs: GraphCache = field(default_factory=GraphCache)
    """Compiled graphs; share one cache per process."""
    files: Sequence[Path] = ()
    """Folders that nodes may read files from."""
    outbound: Outbound | None = None
    compute: Compute = field(default_factory=ThreadCompute)
    """Where nodes block and compute; the default cannot stop what it has begun."""
    tracer: Tracer = field(default_factory=process_tracer)
    """Takes the spans of the run; by default that of the process, which records nothing unless somebody set it up."""
    queue: RunQueue | None = None
    """Where a run may enqueue another one; None where there are no workers."""
    memory: AgentMemory | None = None
    """What agents remember; None where nothing is kept."""
    approvals: Approvals | None = None
    """Where a run asks people; needs a checkpointer. None where a run cannot wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowRunResult:
    """How a run, or its segment when it waits for a person, ended, with everything it had done by then."""

    run_id: RunId
    spec_name: SpecName
    spec_version_id: VersionId | None
    status: Literal["completed", "halted", "error", "waiting"]
    state: OrchestrationState
    breadcrumbs: list[Breadcrumb]
    cost_usd: float
    n_calls: int
    n_tool_calls: int
    n_rag_hits: int
    duration_ms: float
    """For how long it was worked on, over all its segments; waiting for a person does not count."""
    error: str | None
    halted: bool
    failure: AdapterFailure | None
    last_effect_at: datetime | None
    """When the run last did something to the world; None when it never did."""
    abandoned: bool = False
    """A node did not stop within the grace: the run has ended, and nothing of it is taken any more, but something of it may still run."""

    def dump(self) -> dict[str, Any]:
        """Return JSON-ready data, without the state."""
        return {
            "run_id": self.run_id,
            "spec_name": self.spec_name,
            "spec_version_id": self.spec_version_id,
            "status": self.status,
            "breadcrumbs": self.breadcrumbs,
            "cost_usd": self.cost_usd,
            "n_calls": self.n_calls,
            "n_tool_calls": self.n_tool_calls,
            "n_rag_hits": self.n_rag_hits,
            "duration_ms": self.duration_ms,
            "error": self.error,
            "halted": self.halted,
            "failure": self.failure.dump() if self.failure else None,
            "last_effect_at": self.last_effect_at.isoformat() if self.last_effect_at else None,
            "abandoned": self.abandoned,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ending:
    status: Literal["completed", "halted", "error", "waiting"]
    state: OrchestrationState
    failure: AdapterFailure | None = None


class WorkflowRuntime:
    """One run of one spec."""

    def __init__(
        self,
        spec: WorkflowSpec,
        *,
        run_id: RunId,
        task_id: TaskId,
        ports: RuntimePorts,
        spec_version_id: VersionId | None = None,
        actor: str = "workflow_runtime",
        carried: Carried | None = None,
    ) -> None:
        self._spec = spec
        self._run_id = run_id
        self._task_id = task_id
        self._version_id = spec_version_id
        self._actor = actor
        self._carried = carried
        self._token = HaltToken()
        self._fence = Fence(self._token)
        self._ports = ports = fenced(ports, self._fence)
        self._abandoned: str | None = None
        self._spans = RunSpans(
            tracer=ports.tracer, adapter=spec.adapter, run_id=run_id, workflow=SpecName(spec.name)
        )
        self.remains: asyncio.Task[Any] | None = None
        """What still runs of a run that was given up, because a node did not stop within the grace."""
        self._pipeline = TransitionPipeline(
            run_id=run_id,
            adapter=spec.adapter,
            rails=spec.guardrails,
            settings=ports.settings,
            gate=HaltGate(ports.halts, token=self._token, clock=ports.clock),
            token=self._token,
            journal=ports.journal,
            clock=ports.clock,
            spans=self._spans,
            fence=self._fence,
            approvals=ports.approvals if _can_wait(spec, ports) else None,
            carried=carried,
        )

    @property
    def last_effect_at(self) -> datetime | None:
        """When the run last did something to the world, so far."""
        return self._pipeline.trace.last_effect_at

    def halt(self, reason: str) -> None:
        """Make the run end as halted; cancel its task right after, so that the running node stops too."""
        self._token.engage(reason)

    def abandon(self, reason: str) -> None:
        """Make a cancelled run end as an error with this reason: its worker lost it or is shutting down."""
        self._abandoned = reason
        self._fence.close(reason)

    async def run(self, inputs: Mapping[str, Any]) -> WorkflowRunResult:
        """Run to an end, or to where people are needed: `waiting`.

        Never raises; a cancelled task gives `halted` after `halt`, else `error`. A cancelled run whose node has not stopped
        when the halt-check timeout has passed is given up: see `remains`.
        """
        worked = self._carried.active_seconds if self._carried else 0.0
        started = self._ports.clock.monotonic() - worked
        state = self._seeded(inputs)
        try:
            with self._spans.run() as outcome:
                work = await supervised(self._guarded(state), grace=partial(live_grace, self._ports.settings))
                ending = work.result() if work.done() else self._given_up(state, work)
                outcome.status, outcome.cost_usd = ending.status, self._pipeline.trace.totals.cost_usd
        except Exception as error:  # noqa: BLE001  the last line of defence: the promise is that nothing escapes
            _log.exception("a run failed outside its adapter", extra={"run_id": self._run_id})
            ending = _Ending(status="error", state=state, failure=_failure_of(error))
        return self._result(ending, duration_ms=(self._ports.clock.monotonic() - started) * 1000)

    async def _guarded(self, state: OrchestrationState) -> _Ending:
        try:
            ending = await self._invoked(state)
        except HaltRequested as halt:
            return self._halted(state, halt.reason)
        except AnswerAwaited:
            return _Ending(status="waiting", state=state)
        except asyncio.CancelledError:
            clear_cancellation()
            return self._stopped(state)
        except GuardrailBreached as breach:
            failure = AdapterFailure(message=breach.message, kind="guardrail")
            ending = _Ending(status="error", state=state, failure=failure)
        if ending.status == "error" and self._token.reason is not None:
            # Whoever turns its cancellation into an error of its own has stopped all the same, and because it was told to.
            return self._halted(ending.state, self._token.reason)
        return ending

    def _stopped(self, state: OrchestrationState) -> _Ending:
        if self._token.reason is not None:
            return self._halted(state, self._token.reason)
        reason = self._abandoned or "The run's task was cancelled from outside."
        return _Ending(status="error", state=state, failure=AdapterFailure(message=reason, kind="error"))

    def _given_up(self, state: OrchestrationState, remains: "asyncio.Task[Any]") -> _Ending:
        ending = self._stopped(state)
        self._pipeline.mark("kill_switch", "halted", reason="A node did not stop; it was abandoned.")
        self._fence.give_up(ending.failure.message if ending.failure else "stopped")
        self.remains = remains
        _log.error("a node does not stop; its run is given up", extra={"run_id": self._run_id})
        return ending

    async def _invoked(self, state: OrchestrationState) -> _Ending:
        try:
            adapter = adapter_named(self._spec.adapter)
            self._pipeline.watch(state)
            live = await self._pipeline.admit()
            if adapter.requires and not getattr(live, adapter.requires):
                needed = f"{environment_name(adapter.requires)}=true"
                raise CapabilityOff(f"{adapter.adapter_alias} requires {needed}")  # noqa: TRY301
            result = await adapter().invoke(state, self._context())
            self._pipeline.watch(result.state if isinstance(result, AdapterResult) else state)  # pyright: ignore[reportUnnecessaryIsInstance]  foreign code
            await self._pipeline.dismiss()
        except (GuardrailBreached, *STOPS):
            raise
        except BaseException as error:  # noqa: BLE001  an adapter is foreign code: anything may come out of it
            return self._failed(state, error)
        return self._ended(result)

    def _context(self) -> AdapterContext:
        ports = self._ports
        ports.folder.mkdir(parents=True, exist_ok=True)
        world = World(
            market=ports.market,
            orders=ports.orders,
            artifacts=ports.artifacts,
            clock=ports.clock,
            folder=ports.folder,
            compute=ports.compute,
            files=ports.files,
            outbound=ports.outbound,
            memory=ports.memory,
            queue=ports.queue,
        )
        return AdapterContext(
            workflow_run_id=self._run_id,
            workflow_spec_name=SpecName(self._spec.name),
            spec_version_id=self._version_id,
            spec_hash=self._spec.snapshot_hash(),
            request_id=self._task_id,
            actor=self._actor,
            params=self._spec.params,
            max_rounds=self._spec.max_rounds,
            received_at=ports.clock.now(),
            transitions=self._pipeline,
            engine=GraphEngine(
                world=world,
                journal=ports.journal,
                graphs=ports.graphs,
                checkpointer=ports.checkpointer,
                carried=self._carried,
            ),
            queue=ports.queue,
        )

    def _seeded(self, inputs: Mapping[str, Any]) -> OrchestrationState:
        fresh = OrchestrationState(
            run_id=self._run_id,
            task_id=self._task_id,
            workflow_run_id=self._run_id,
            workflow_spec_name=self._spec.name,
            workflow_spec_version_id=self._version_id,
            halt_token=bool(inputs.get("halt_token")),
            inputs=dict(inputs),
        )
        kept = self._carried.state if self._carried else {}
        return cast(OrchestrationState, {**kept, **fresh})

    def _ended(self, result: AdapterResult) -> _Ending:
        if not isinstance(result, AdapterResult):  # pyright: ignore[reportUnnecessaryIsInstance]  foreign code
            failure = AdapterFailure(message=f"{self._spec.adapter} returned no result.", kind="error")
            return _Ending(status="error", state=self._seeded({}), failure=failure)
        return _Ending(status=result.status, state=result.state, failure=result.failure)

    def _halted(self, state: OrchestrationState, reason: str) -> _Ending:
        self._pipeline.mark("kill_switch", "halted", reason=reason)
        failure = AdapterFailure(message=reason, kind="halted")
        ended = cast(OrchestrationState, {**state, "halt_token": True})
        return _Ending(status="halted", state=ended, failure=failure)

    def _failed(self, state: OrchestrationState, error: BaseException) -> _Ending:
        failure = _failure_of(error)
        now = self._ports.clock.now()
        crumb = breadcrumb(
            self._spec.adapter, "adapter_invoke", "error", at=now, duration_ms=0.0, error=failure.message
        )
        self._pipeline.trace.crumbs.append(crumb)
        if failure.kind == "error" and not isinstance(error, StudioError):
            _log.error("an adapter failed", exc_info=error, extra={"run_id": self._run_id})
        return _Ending(status="error", state=state, failure=failure)

    def _result(self, ending: _Ending, *, duration_ms: float) -> WorkflowRunResult:
        trace = self._pipeline.trace
        totals = trace.totals
        state = cast(
            OrchestrationState,
            {**ending.state, "cost_usd": totals.cost_usd, "n_calls": totals.n_calls},
        )
        return WorkflowRunResult(
            run_id=self._run_id,
            spec_name=SpecName(self._spec.name),
            spec_version_id=self._version_id,
            status=ending.status,
            state=state,
            breadcrumbs=list(trace.crumbs),
            cost_usd=totals.cost_usd,
            n_calls=totals.n_calls,
            n_tool_calls=totals.n_tool_calls,
            n_rag_hits=totals.n_rag_hits,
            duration_ms=duration_ms,
            error=ending.failure.message if ending.failure else None,
            halted=ending.status == "halted",
            failure=ending.failure,
            last_effect_at=trace.last_effect_at,
            abandoned=self.remains is not None,
        )


def _failure_of(error: BaseException) -> AdapterFailure:
    if isinstance(error, CapabilityOff):
        return AdapterFailure(message=error.message, kind="policy")
    if isinstance(error, StudioError):
        details = {"code": error.code} | ({"field": error.field} if error.field else {})
        return AdapterFailure(message=error.message, kind="error", details=details)
    return AdapterFailure(message=f"{type(error).__name__}: {error}", kind="error")


def _can_wait(spec: WorkflowSpec, ports: RuntimePorts) -> bool:
    adapter = adapters().get(spec.adapter)
    return ports.checkpointer is not None and adapter is not None and adapter.resumable
