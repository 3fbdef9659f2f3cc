"""One transition, the heart of the product.

The order is the contract, and it is stated only here: live knobs → halt check → guardrails → the work → crumb with `at` → guardrails on what was done → journal.
A halt raises `HaltRequested`; a guardrail raises `GuardrailBreached`; while no halt source can be read the run is suspended
before the transition; what waits for a person raises `AnswerAwaited`. Whatever happens leaves a crumb and a frame.

A budget that asks (`on_cost_breach`) asks before the next transition; inside a node, where the node next asks whether it
may go on, so after the model call under way. What that node had not finished is done again when somebody raises the budget.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from runtime.approvals import Answer, Carried, Question, budget_question
from runtime.errors import AnswerAwaited, GuardrailBreached, HaltRequested, StudioError, Unavailable
from runtime.fence import Fence, FencedJournal
from runtime.frames import frame
from runtime.guardrails import Breach, Totals, content_breach, duration_breach, spending_breach
from runtime.halt import HaltGate, HaltToken
from runtime.ids import RunId
from runtime.node import Ledger
from runtime.ports import Approvals, Clock, Journal
from runtime.settings import LiveSettings, LiveSettingsSource
from runtime.spans import Outcome, RunSpans
from runtime.spec import Guardrails
from runtime.state import Breadcrumb, breadcrumb
from runtime.status import CrumbStatus, NodeStatus
from runtime.values import ArtifactRef, Value

SUSPENDED_POLL_SECONDS = 0.25
HALT_SLOT = "halt_token"
"""Slot of the state that halts its own run; any node may write it, and inputs may hold it."""
Refs = Mapping[str, list[ArtifactRef]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is about to happen."""

    node: str
    kind: str
    title: str
    inputs: Refs = field(default_factory=dict[str, list[ArtifactRef]])
    since: datetime | None = None
    """When it began to wait for a person: the transition began then, not when the answer came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What the work gave: values to be judged by the guardrails, and where they are stored."""

    outputs: Mapping[str, Value]
    refs: Mapping[str, ArtifactRef]
    extras: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """More fields for the crumb."""


@dataclass(slots=True)
class Trace:
    """What a run has done so far. The one mutable thing of a run; only the pipeline writes it."""

    totals: Totals = field(default_factory=Totals)
    crumbs: list[Breadcrumb] = field(default_factory=list[Breadcrumb])
    last_effect_at: datetime | None = None


class TransitionPipeline:
    """Takes transitions of one run."""

    def __init__(
        self,
        *,
        run_id: RunId,
        adapter: str,
        rails: Guardrails,
        settings: LiveSettingsSource,
        gate: HaltGate,
        token: HaltToken,
        journal: Journal,
        clock: Clock,
        spans: RunSpans,
        fence: Fence | None = None,
        approvals: Approvals | None = None,
        carried: Carried | None = None,
    ) -> None:
        earlier = carried or Carried()
        self.run_id = run_id
        self.trace = Trace(
            totals=earlier.totals, crumbs=list(earlier.crumbs), last_effect_at=earlier.last_effect_at
        )
        self._adapter = adapter
        self._rails = rails
        self._settings = settings
        self._gate = gate
        self._token = token
        self._fence = fence or Fence(token)
        self._journal = FencedJournal(journal, self._fence)
        self._state: Mapping[str, Any] = {}
        self._clock = clock
        self._spans = spans
        self._approvals = approvals
        self._granted = tuple(earlier.granted_usd)
        self._refused = earlier.refused
        self._asked_budget = False
        # The limit of the duration is for the time in which the run is worked on: waiting for a person does not count.
        self._began = clock.monotonic() - earlier.active_seconds

    async def take(self, step: Step, work: Callable[[LiveSettings, Ledger], Awaitable[Done]]) -> Done:
        """Take one transition; raises what the module says, or whatever the work raised."""
        live = await self.admit()
        with self._spans.transition(step.node) as outcome:
            return await self._taken(step, work, live, outcome)

    async def _taken(
        self,
        step: Step,
        work: Callable[[LiveSettings, Ledger], Awaitable[Done]],
        live: LiveSettings,
        outcome: Outcome,
    ) -> Done:
        at, started = self._times_of(step)
        self._tell(step, "running", at=at)
        ledger = Ledger()
        try:
            async with asyncio.timeout(self._seconds_left()):
                done = await work(live, ledger)
            self._refuse_late_results()
        except BaseException as error:
            self._spend(ledger)
            outcome.cost_usd, outcome.status = ledger.cost_usd, _outcome_of(error)
            self._tell_failure(step, error, at=at, started=started, notes=ledger.notes)
            raise self._as_breach(error) from error
        self._spend(ledger)
        outcome.cost_usd, outcome.status = ledger.cost_usd, "guardrail"
        self._judge(step, replace(done, extras={**done.extras, **ledger.notes}), at=at, started=started)
        outcome.status = "ok"
        return done

    async def admit(self, spent: Ledger | None = None) -> LiveSettings:
        """Return the live settings when the run may go on; the checks before a transition, usable between inner steps.

        `spent`: what the transition under way has used so far, which the totals do not hold yet.
        """
        live = await self._passed()
        totals = self._totals_with(spent or Ledger())
        breach = spending_breach(self._rails, totals, granted_usd=sum(self._granted))
        if breach is not None and breach.limit == "cost" and (self._refused or self._asks):
            await self._ask_for_budget(totals)
        if breach is not None:
            raise self._breached(breach, at=self._clock.now())
        return live

    def watch(self, state: Mapping[str, Any]) -> None:
        """Heed the halt token in this state from now on, before every transition."""
        self._state = state

    def heed(self, state: Mapping[str, Any]) -> None:
        """Halt before the next transition when the state holds a halt token: true, or the reason."""
        told = state.get(HALT_SLOT)
        if told:
            self._token.engage(told if isinstance(told, str) else "The run's own state says halt.")

    async def dismiss(self) -> None:
        """Check once more after the last transition; a budget that would ask has nothing left to ask about."""
        await self._passed()
        breach = self._spending_breach()
        if breach is not None:
            raise self._breached(breach, at=self._clock.now())

    async def ask(self, question: Question) -> Answer:
        """Return the answer of a person; raises `AnswerAwaited` until there is one, `Unavailable` where nobody is asked."""
        if self._approvals is None:
            raise Unavailable("Nobody can be asked here: this run is not executed by the studio's workers.")
        answer = await self._approvals.ask(question)
        if answer is None:
            raise AnswerAwaited(question.text, subject=question.subject)
        return answer

    def skip(self, step: Step, reason: str) -> None:
        """Record that a branch was not taken."""
        at = self._clock.now()
        crumb = self._crumb(step.node, "skipped", at=at, duration_ms=0.0, reason=reason)
        self._tell(step, "skipped", at=at, duration_ms=0.0, crumb=crumb, message=reason)

    def mark(self, node: str, status: CrumbStatus, **extras: Any) -> None:  # noqa: ANN401  JSON
        """Leave a crumb that is no transition, such as a cap that was applied."""
        self._crumb(node, status, at=self._clock.now(), duration_ms=0.0, **extras)

    def side_effect(self, at: datetime | None = None, /) -> None:
        """Stamp the time of the run's last side effect; raises `HaltRequested` when the run has been given up."""
        at, last = at or self._clock.now(), self.trace.last_effect_at
        self.trace.last_effect_at = at if last is None else max(last, at)
        # It was done all the same, and is told; but whoever did it does nothing more.
        self._fence.check_word()

    def progress(self, node: str, fraction: float, message: str) -> None:
        """Tell watchers how far a node is."""
        bounded = min(max(fraction, 0.0), 1.0)
        self._journal.record(frame("progress", message, self._clock.now(), node=node, fraction=bounded))

    def agent_step(self, node: str, step: Mapping[str, Any]) -> None:
        """Record what an agent of a node did, as `runtime.agents.context.recorder` made it."""
        message = f"{step['agent']}: {step['kind']} {step['name']}"
        self._journal.record(frame("agent", message, self._clock.now(), node=node, **step))

    @property
    def _asks(self) -> bool:
        return self._rails.on_cost_breach == "ask" and self._approvals is not None

    async def _passed(self) -> LiveSettings:
        live = await self._settings.live()
        await self._pass_gate(live)
        breach = duration_breach(self._rails, elapsed_seconds=self._clock.monotonic() - self._began)
        if breach is not None:
            raise self._breached(breach, at=self._clock.now())
        return live

    def _spending_breach(self) -> Breach | None:
        breach = spending_breach(self._rails, self.trace.totals, granted_usd=sum(self._granted))
        # A budget that asks keeps what has been paid for: it stands in the way of the next transition, not of this one.
        return None if breach is not None and breach.limit == "cost" and self._asks else breach

    async def _ask_for_budget(self, totals: Totals) -> None:
        if self._refused:
            self._crumb(
                "guardrail",
                "guardrail",
                at=self._clock.now(),
                duration_ms=0.0,
                error=self._refused,
                limit="cost",
            )
            raise GuardrailBreached(self._refused)
        allowed = self._rails.cost_budget_usd + sum(self._granted)
        question = budget_question(len(self._granted) + 1, allowed_usd=allowed, spent_usd=totals.cost_usd)
        if not self._asked_budget:
            self._asked_budget = True
            self.mark("guardrail", "waiting", question=question.text, **question.detail)
        await self.ask(question)
        # Answered meanwhile: what was granted counts from the next segment on, which begins at once.
        raise AnswerAwaited(question.text, subject=question.subject)

    def _times_of(self, step: Step) -> tuple[datetime, float]:
        now, started = self._clock.now(), self._clock.monotonic()
        if step.since is None:
            return now, started
        return step.since, started - max((now - step.since).total_seconds(), 0.0)

    async def _pass_gate(self, live: LiveSettings) -> None:
        self.heed(self._state)
        budget = live.orchestration_halt_check_timeout_seconds
        suspended = False
        while True:
            answer = await self._gate.check(self.run_id, budget_seconds=budget)
            if answer.verdict == "halt":
                # Branches that run beside this one shall begin nothing either.
                self._token.engage(answer.reason)
                self._crumb("halt_check", "halted", at=self._clock.now(), duration_ms=answer.milliseconds)
                raise HaltRequested(answer.reason)
            if answer.verdict == "go":
                if suspended:
                    self._journal.record(frame("resumed", "A halt source answers again.", self._clock.now()))
                return
            if not suspended:
                suspended = True
                self.mark("halt_check", "suspended", reason=answer.reason)
                told = f"Suspended: no halt source can be read ({answer.reason})."
                self._journal.record(frame("suspended", told, self._clock.now(), reason=answer.reason))
            await self._clock.sleep(SUSPENDED_POLL_SECONDS)

    def _seconds_left(self) -> float:
        return max(self._rails.max_duration_seconds - (self._clock.monotonic() - self._began), 0.0)

    def _refuse_late_results(self) -> None:
        # A node that swallowed its cancellation comes back as if nothing had been asked of it.
        if self._token.reason is not None:
            raise HaltRequested(self._token.reason)

    def _judge(self, step: Step, done: Done, *, at: datetime, started: float) -> None:
        took = (self._clock.monotonic() - started) * 1000
        breach = self._spending_breach() or content_breach(self._rails, done.outputs)
        if breach is not None:
            self._tell(step, "error", at=at, duration_ms=took, error=breach.sentence)
            raise self._breached(breach, at=at)
        crumb = self._crumb(step.node, "ok", at=at, duration_ms=took, **done.extras)
        outputs = {port: ref.dump() for port, ref in done.refs.items()}
        self._tell(step, "completed", at=at, duration_ms=took, outputs=outputs, crumb=crumb)

    def _as_breach(self, error: BaseException) -> BaseException:
        if isinstance(error, TimeoutError):
            breach = duration_breach(self._rails, elapsed_seconds=self._clock.monotonic() - self._began)
            if breach is not None:
                return self._breached(breach, at=self._clock.now())
        return error

    def _breached(self, breach: Breach, *, at: datetime) -> GuardrailBreached:
        self._crumb("guardrail", "guardrail", at=at, duration_ms=0.0, error=breach.sentence, **breach.dump())
        return GuardrailBreached(breach.sentence)

    def _tell_failure(
        self, step: Step, error: BaseException, *, at: datetime, started: float, notes: Mapping[str, Any]
    ) -> None:
        took = (self._clock.monotonic() - started) * 1000
        if isinstance(error, AnswerAwaited):
            self._tell_waiting(step, error, at=at, took=took, notes=notes)
            return
        halted = _is_halt(error)
        message = (self._token.reason or "stopped") if halted else _sentence_of(error)
        crumb = self._crumb(
            step.node, "halted" if halted else "error", at=at, duration_ms=took, error=message, **notes
        )
        status: NodeStatus = "halted" if halted else "error"
        self._tell(step, status, at=at, duration_ms=took, error=message, crumb=crumb)

    def _tell_waiting(
        self, step: Step, asked: AnswerAwaited, *, at: datetime, took: float, notes: Mapping[str, Any]
    ) -> None:
        crumb = self._crumb(
            step.node, "waiting", at=at, duration_ms=took, **{**notes, "question": asked.question}
        )
        self._tell(step, "waiting", at=at, crumb=crumb, message=f"{step.title}: {asked.question}")

    def _crumb(
        self,
        node: str,
        status: CrumbStatus,
        *,
        at: datetime,
        duration_ms: float,
        **extras: Any,  # noqa: ANN401
    ) -> Breadcrumb:
        crumb = breadcrumb(self._adapter, node, status, at=at, duration_ms=duration_ms, **extras)
        self.trace.crumbs.append(crumb)
        return crumb

    def _tell(self, step: Step, status: NodeStatus, *, at: datetime, **extras: Any) -> None:  # noqa: ANN401
        message = extras.pop("message", None) or f"{step.title or step.node}: {status}"
        fields: dict[str, Any] = {
            "node": step.node,
            "kind": step.kind,
            "title": step.title,
            "status": status,
            "at": at.isoformat(),
            "duration_ms": None,
            "inputs": {port: [ref.dump() for ref in refs] for port, refs in step.inputs.items()},
            "outputs": {},
            "error": None,
            "crumb": None,
            "totals": asdict(self.trace.totals),
        }
        self._journal.record(frame("node", message, self._clock.now(), **(fields | extras)))

    def _spend(self, ledger: Ledger) -> None:
        self.trace.totals = self._totals_with(ledger)

    def _totals_with(self, ledger: Ledger) -> Totals:
        totals = self.trace.totals
        return replace(
            totals,
            cost_usd=totals.cost_usd + ledger.cost_usd,
            n_calls=totals.n_calls + ledger.n_calls,
            n_tool_calls=totals.n_tool_calls + ledger.n_tool_calls,
            n_rag_hits=totals.n_rag_hits + ledger.n_rag_hits,
        )


def _outcome_of(error: BaseException) -> str:
    if isinstance(error, AnswerAwaited):
        return "waiting"
    return "halted" if _is_halt(error) else "error"


def _is_halt(error: BaseException) -> bool:
    return isinstance(error, asyncio.CancelledError | HaltRequested)


def _sentence_of(error: BaseException) -> str:
    if isinstance(error, StudioError):
        return error.message
    words = str(error).strip()
    return f"{type(error).__name__}: {words}" if words else type(error).__name__
