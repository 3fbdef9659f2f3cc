"""`AgentRuntime`: lets a chat model think and look things up until it answers, within limits.

The loop: live knobs and halt → request → tools, each behind the same check → … → answer, checked against the spec's output,
with one chance to repair it. It never raises but for a halt or a cancellation: everything else is in the result.
"""

import json
import logging
import os
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage, ToolMessage

from runtime.agents.agent_prompt import opening, repair_request
from runtime.agents.answer_rails import refuse_output
from runtime.agents.chat import ChatSession, ModelFailed, open_chat
from runtime.agents.context import AgentContext, recorder
from runtime.agents.output import read_answer
from runtime.agents.record import AgentFailure, AgentLog, AgentResult, AgentStep, FailureKind
from runtime.agents.request import Attempt, Reply, Requester, ToolRequest
from runtime.agents.secrets import Scrubber
from runtime.agents.spec import AgentSpec
from runtime.agents.tariff import VARIABLE, Tariff
from runtime.agents.tools import checked_arguments, definitions, use_tool
from runtime.agents.transcript import answered, told
from runtime.errors import GuardrailBreached, InvalidValue, StudioError

PROGRESS_SECONDS = 0.25
"""Watchers hear of streamed text no more often than this."""
SHOWN_CHARACTERS = 160
MAX_TOOLS_A_REPLY = 16
NOTED_AGENTS = 40
"""Executions that the crumb of one node keeps."""

_log = logging.getLogger(__name__)


class AgentRuntime:
    """Executes agents for one node of one run; cost, calls and steps go to its context as they arise."""

    def __init__(self, ctx: AgentContext, *, environment: Mapping[str, str] | None = None) -> None:
        self._ctx = ctx
        self._environment = os.environ if environment is None else environment

    async def run(self, spec: AgentSpec, task: str, prices: pd.DataFrame | None = None) -> AgentResult:
        """Execute one agent on a task; its tools measure `prices` (days × symbols), and without any it has no tools."""
        scrubber = Scrubber.of(self._environment)
        log = AgentLog(model=spec.model.name, keep=recorder(self._ctx, spec.name, scrubber))
        try:
            tariff = Tariff.read(self._environment)
            session = await open_chat(spec.model, self._environment)
            try:
                execution = _Execution(
                    ctx=self._ctx, spec=spec, session=session, tariff=tariff, log=log, prices=prices
                )
                return AgentResult(status="completed", log=log, output=await execution.answer(task))
            finally:
                await session.close()
        except GuardrailBreached as breach:
            log.add(AgentStep(kind="guardrail", name=spec.name, milliseconds=0.0, error=breach.message))
            return _ended("guardrail", breach.message, log)
        except ModelFailed as failed:
            return _ended(failed.kind, failed.message, log)
        except StudioError as error:
            kind: FailureKind = "output" if error.field == "output" else "config"
            return _ended(kind, scrubber.clean(error.message), log)
        except Exception as error:  # noqa: BLE001  an agent must not end a run without saying what it had done
            words = scrubber.clean(f"{type(error).__name__}: {error}")
            # No traceback: its exceptions may carry headers of a request.
            _log.error("an agent failed unexpectedly", extra={"agent": spec.name, "error": words})
            return _ended("internal", words, log)
        finally:
            self._note(spec, log)

    def _note(self, spec: AgentSpec, log: AgentLog) -> None:
        """Leave the steps in the crumb of the node, also when it is halted."""
        noted = self._ctx.ledger.notes.setdefault("agents", [])
        if len(noted) < NOTED_AGENTS:
            noted.append({"agent": spec.name, "spec_hash": spec.snapshot_hash(), **log.dump()})


class _Execution:
    """One agent at work."""

    def __init__(
        self,
        *,
        ctx: AgentContext,
        spec: AgentSpec,
        session: ChatSession,
        tariff: Tariff,
        log: AgentLog,
        prices: pd.DataFrame | None,
    ) -> None:
        self._ctx = ctx
        self._spec = spec
        self._session = session
        self._tariff = tariff
        self._log = log
        self._prices = prices
        self._told_at = float("-inf")
        self._asked: Sequence[BaseMessage] = ()
        """What the request under way tells the model that it was not told before."""

    async def answer(self, task: str) -> dict[str, Any]:
        """Return the checked answer; raises what the module says the result tells."""
        self._say_what_is_not_enforced()
        requester = self._requester()
        system, human = opening(self._spec, task)
        messages: list[BaseMessage] = [SystemMessage(system), HumanMessage(human)]
        repaired, known = False, 0
        while True:
            self._asked, known = messages[known:], len(messages)
            reply = await requester.ask(messages)
            self._refuse_cost()
            messages.append(reply.message)
            if reply.tools:
                messages += await self._look_up(reply.tools)
                continue
            try:
                return self._checked(reply)
            except InvalidValue as problem:
                if repaired:
                    raise
                repaired = True
                messages.append(HumanMessage(repair_request(self._spec, problem.message)))

    def _requester(self) -> Requester:
        spec, model = self._spec, self._session.model
        tools = definitions(spec.tools) if self._prices is not None else []
        return Requester(
            name=spec.model.name,
            session=self._session,
            model=model.bind_tools(tools) if tools else model,
            clock=self._ctx.clock,
            timeout_seconds=spec.timeout_seconds,
            retries=spec.retries,
            streaming=spec.model.streaming,
            before=self._may_ask,
            after=self._record,
            hear=self._tell,
        )

    async def _may_ask(self) -> None:
        await self._ctx.refresh()
        allowed = self._spec.guardrails.max_calls
        if self._log.calls >= allowed:
            raise GuardrailBreached(
                f"Guardrail calls of agent {self._spec.name}: allowed {allowed}, and one more was needed."
            )

    def _record(self, attempt: Attempt) -> None:
        tokens = attempt.reply.tokens if attempt.reply else None
        cost = self._tariff.cost(self._spec.model.name, tokens)
        log = self._log
        log.calls += 1
        if tokens is not None:
            log.input_tokens += tokens.input
            log.output_tokens += tokens.output
        log.cost_usd += cost or 0.0
        log.cost_known = log.cost_known and cost is not None
        log.add(
            AgentStep(
                kind="llm",
                name=self._spec.model.name,
                milliseconds=attempt.milliseconds,
                tokens=tokens,
                cost_usd=cost,
                error=attempt.failure.message if attempt.failure else "",
                inputs=told(self._asked),
                output=answered(attempt.reply),
            )
        )
        self._ctx.spend(cost_usd=cost or 0.0, calls=1)

    def _refuse_cost(self) -> None:
        allowed = self._spec.guardrails.max_cost_usd
        if self._log.cost_usd > allowed:
            raise GuardrailBreached(
                f"Guardrail cost of agent {self._spec.name}: allowed {allowed:g} USD, "
                f"met {self._log.cost_usd:.4f} USD."
            )

    async def _look_up(self, wanted: Sequence[ToolRequest]) -> list[ToolMessage]:
        return [
            await self._use(each, allowed=number < MAX_TOOLS_A_REPLY) for number, each in enumerate(wanted)
        ]

    async def _use(self, wanted: ToolRequest, *, allowed: bool) -> ToolMessage:
        await self._ctx.refresh()
        started = self._ctx.clock.monotonic()
        content, problem = await self._measured(wanted, allowed=allowed)
        self._log.tool_calls += 1
        self._ctx.spend(tool_calls=1)
        took = (self._ctx.clock.monotonic() - started) * 1000
        # The name comes from the model, which may say anything; progress is told to watchers as it is.
        shown = self._session.scrubber.clean(wanted.name)[:80] or "nameless"
        self._log.add(
            AgentStep(
                kind="tool",
                name=shown,
                milliseconds=took,
                error=problem,
                inputs={"arguments": wanted.arguments},
                output=content,
            )
        )
        self._ctx.progress(self._fraction, f"{self._spec.role}: {shown}")
        return ToolMessage(
            json.dumps(content, allow_nan=False),
            tool_call_id=wanted.id,
            status="error" if problem else "success",
        )

    async def _measured(self, wanted: ToolRequest, *, allowed: bool) -> tuple[dict[str, Any], str]:
        """Return what a tool found, or an error that the model is told of and can mend."""
        try:
            if not allowed:
                raise InvalidValue("Too many tools at once; ask for fewer.")
            if wanted.name not in self._spec.tools or self._prices is None:
                known = ", ".join(self._spec.tools) or "none"
                raise InvalidValue(f"There is no tool {wanted.name!r} here. Known: {known}.")
            if wanted.arguments is None:
                raise InvalidValue("The arguments are no valid JSON object.")
            arguments = checked_arguments(wanted.name, wanted.arguments)
            return await self._ctx.compute(use_tool, self._prices, wanted.name, arguments), ""
        except StudioError as error:
            return {"error": error.message}, error.message

    def _checked(self, reply: Reply) -> dict[str, Any]:
        try:
            answer = read_answer(self._spec.output, reply.text)
        except InvalidValue as problem:
            self._say_output(inputs={"text": reply.text}, error=problem.message)
            raise
        self._say_output(output=answer)
        refuse_output(self._spec, answer)
        return answer

    def _say_output(self, **fields: Any) -> None:  # noqa: ANN401  fields of `AgentStep`
        self._log.add(AgentStep(kind="output", name=self._spec.name, milliseconds=0.0, **fields))

    def _say_what_is_not_enforced(self) -> None:
        if self._tariff.knows(self._spec.model.name):
            return
        note = (
            f"The price of {self._spec.model.name} is not known, so its cost counts as 0 and no limit of cost can "
            f"hold; that of calls does. Set {VARIABLE}."
        )
        self._log.add(AgentStep(kind="guardrail", name="cost", milliseconds=0.0, note=note))

    def _tell(self, text: str) -> None:
        now = self._ctx.clock.monotonic()
        if now - self._told_at < PROGRESS_SECONDS:
            return
        self._told_at = now
        shown = " ".join(self._session.scrubber.clean(text).split())
        tail = shown if len(shown) <= SHOWN_CHARACTERS else "…" + shown[-SHOWN_CHARACTERS:]
        self._ctx.progress(self._fraction, f"{self._spec.role}: {tail}")

    @property
    def _fraction(self) -> float:
        return self._log.calls / (self._spec.guardrails.max_calls + 1)


def _ended(kind: FailureKind, message: str, log: AgentLog) -> AgentResult:
    status = "rejected" if kind == "guardrail" else "error"
    return AgentResult(status=status, log=log, failure=AgentFailure(kind=kind, message=message))
