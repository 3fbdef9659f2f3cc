"""A chat model as a `ModelClient`: the same questions that `quant` computes, asked of an agent."""

import json
from collections.abc import Sequence
from typing import Any

import pandas as pd

from runtime.agents.agent_runtime import AgentRuntime
from runtime.agents.judge import Judgement
from runtime.agents.measure import DIGITS
from runtime.agents.provider import Advice, Argument, Brief, Side, Usage
from runtime.agents.record import AgentFailure, AgentResult
from runtime.agents.shipped_agents import analyst, portfolio_manager, researcher
from runtime.agents.spec import AgentSpec, ModelChoice
from runtime.errors import GuardrailBreached, RunFailure
from runtime.node import NodeContext

SPENT = Usage(calls=0)
"""The agent accounts for every request itself, when it is made."""


class AgentFailed(RunFailure):
    """An agent gave no answer; the message says why."""

    code = "agent-failed"


class ChatModelClient:
    """A `ModelClient` that asks a chat model; what it did stays in `results`."""

    def __init__(self, ctx: NodeContext, choice: ModelChoice, prices: pd.DataFrame) -> None:
        self._runtime = AgentRuntime(ctx)
        self._choice = choice
        self._prices = prices
        self.results: list[tuple[AgentSpec, AgentResult]] = []

    async def argue(
        self, brief: Brief, side: Side, round_number: int, transcript: Sequence[Argument]
    ) -> tuple[Argument | None, Usage]:
        """Return the side's next argument, or None when it says that it has none; raises `AgentFailed`."""
        spec = researcher(self._choice, side)
        said = _answer(await self._run(spec, _debate_task(brief, side, transcript)), spec)
        text = str(said.get("argument") or "").strip()
        if not said["has_argument"] or not text:
            return None, SPENT
        measure = next((each for each in brief.evidence.measures if each.id == said.get("measure")), None)
        title = str(said.get("title") or "").strip() or (measure.title if measure else "argument")
        argument = Argument(
            side=side,
            round=round_number,
            measure=measure.id if measure else f"{side}_{round_number}",
            title=title[:120],
            confidence=_rounded(said["confidence"]),
            text=text,
            point=text,
            weight=_rounded(said.get("weight", 0.0)),
            numbers=measure.numbers if measure else {},
        )
        return argument, SPENT

    async def advise(self, brief: Brief) -> tuple[Advice, Usage]:
        """Return a view of the share; raises `AgentFailed`."""
        spec = analyst(self._choice, brief.role)
        task = "\n\n".join([f"Question: {brief.question or 'Long or short?'}", evidence_text(brief)])
        said = _answer(await self._run(spec, task), spec)
        numbers = {name: number for each in brief.evidence.measures for name, number in each.numbers.items()}
        advice = Advice(
            direction=said["direction"],
            strength=_rounded(said["strength"]),
            confidence=_rounded(said["confidence"]),
            rationale=f"{brief.role}: {said['rationale']}",
            numbers=numbers,
        )
        return advice, SPENT

    async def judge(self, brief: Brief, transcript: Sequence[Argument]) -> Judgement | None:
        """Return the judgement, or None when the model gives no action; raises `GuardrailBreached`."""
        spec = portfolio_manager(self._choice)
        result = await self._run(spec, _debate_task(brief, None, transcript))
        if result.status == "rejected":
            raise _error(result.failure, spec)
        if result.output is None:
            return None
        said = result.output
        winner = {"hold": "nobody", brief.proposal: "bull"}.get(said["action"], "bear")
        return Judgement(
            action=said["action"],
            confidence=_rounded(said["confidence"]),
            winner=winner,  # pyright: ignore[reportArgumentType]  one of the three words above
            by="model",
            rationale=str(said["rationale"]),
        )

    def record(self) -> dict[str, Any]:
        """Return who did what, JSON-ready: totals, and the steps of every agent in order."""
        logs = [result.log for _, result in self.results]
        return {
            "model": self._choice.name,
            "calls": sum(log.calls for log in logs),
            "tool_calls": sum(log.tool_calls for log in logs),
            "tokens": {
                "input": sum(log.input_tokens for log in logs),
                "output": sum(log.output_tokens for log in logs),
            },
            "cost_usd": round(sum(log.cost_usd for log in logs), 9),
            "cost_known": all(log.cost_known for log in logs),
            "agents": [
                {
                    "agent": spec.name,
                    "spec_hash": spec.snapshot_hash(),
                    "status": result.status,
                    "steps": result.log.dump()["steps"],
                    **({"error": result.failure.message} if result.failure else {}),
                }
                for spec, result in self.results
            ],
        }

    async def _run(self, spec: AgentSpec, task: str) -> AgentResult:
        result = await self._runtime.run(spec, task, self._prices if spec.tools else None)
        self.results.append((spec, result))
        return result


def _answer(result: AgentResult, spec: AgentSpec) -> dict[str, Any]:
    if result.output is None:
        raise _error(result.failure, spec)
    return dict(result.output)


def _error(failure: AgentFailure | None, spec: AgentSpec) -> RunFailure:
    if failure is None:
        return AgentFailed(f"{spec.role} gave no answer.")
    if failure.kind == "guardrail":
        return GuardrailBreached(failure.message)
    return AgentFailed(f"{spec.role} gave no answer: {failure.message}")


def evidence_text(brief: Brief) -> str:
    """Return the measures, and what was decided in similar situations, for a prompt."""
    measures = [
        {
            "id": each.id,
            "score": each.score,
            "reading": each.reading,
            "meaning": each.meaning,
            "numbers": dict(each.numbers),
        }
        for each in brief.evidence.measures
    ]
    told = f"Measures of {brief.evidence.symbol} on {brief.evidence.as_of}: {json.dumps(measures)}"
    if not brief.past:
        return told
    past = json.dumps([passage.dump() for passage in brief.past])
    return f"{told}\n\nWhat was decided in similar situations before, and what became of it: {past}"


def _debate_task(brief: Brief, side: Side | None, transcript: Sequence[Argument]) -> str:
    said = [
        {"side": turn.side, "round": turn.round, "argument": turn.text, "confidence": turn.confidence}
        for turn in transcript
    ]
    asked = "What do we do?" if side is None else f"You are the {side}. What is your next argument?"
    return "\n\n".join(
        [
            f"Proposal: {brief.proposal} {brief.evidence.symbol}.",
            evidence_text(brief),
            f"Said so far: {json.dumps(said)}" if said else "Nobody has spoken yet.",
            asked,
        ]
    )


def _rounded(number: float) -> float:
    return round(float(number), DIGITS)
