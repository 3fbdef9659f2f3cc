"""What an execution of an agent leaves behind: its steps, what it used, and how it ended."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

StepKind = Literal["llm", "tool", "memory", "guardrail", "output"]
FailureKind = Literal["model", "timeout", "output", "guardrail", "config", "internal"]
SHOWN_STEPS = 60
"""Steps that a record shows; an agent that took more says how many are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What the provider counted for one request."""

    input: int
    output: int
    cached: int = 0
    """Part of `input` that the provider had in its cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStep:
    """One thing an agent did."""

    kind: StepKind
    name: str
    milliseconds: float
    tokens: Tokens | None = None
    """None where nothing was counted, or the provider does not say."""
    cost_usd: float | None = None
    """None where it is not known."""
    error: str = ""
    note: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What it started from: JSON-ready, bounded, without secrets."""
    output: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What came of it, as `inputs`."""

    def dump(self) -> dict[str, Any]:
        """Return JSON-ready data; what does not apply is left out."""
        record: dict[str, Any] = {"kind": self.kind, "name": self.name, "ms": round(self.milliseconds, 3)}
        if self.kind == "llm":
            record["tokens"] = (
                {"input": self.tokens.input, "output": self.tokens.output} if self.tokens else None
            )
            record["cost_usd"] = self.cost_usd
        return record | {name: text for name in ("error", "note") if (text := getattr(self, name))}

    def record(self) -> dict[str, Any]:
        """Return everything, JSON-ready, for the table of steps."""
        return {
            "kind": self.kind,
            "name": self.name,
            "inputs": dict(self.inputs),
            "output": dict(self.output),
            "input_tokens": self.tokens.input if self.tokens else None,
            "output_tokens": self.tokens.output if self.tokens else None,
            "cost_usd": self.cost_usd,
            "ms": round(self.milliseconds, 3),
            "error": self.error,
            "note": self.note,
        }


def _as_it_is(step: AgentStep) -> AgentStep:
    return step


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFailure:
    """Why an agent has no answer."""

    kind: FailureKind
    message: str


@dataclass(slots=True, kw_only=True)
class AgentLog:
    """What an agent has done so far; only the agent that runs writes it."""

    model: str
    keep: Callable[[AgentStep], AgentStep] = _as_it_is
    """Called with each step as it is added; returns it as it may be shown."""
    steps: list[AgentStep] = field(default_factory=list[AgentStep])
    calls: int = 0
    tool_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0
    """As far as it is known."""
    cost_known: bool = True
    """False as soon as one request had no price or no count of tokens."""

    def add(self, step: AgentStep) -> None:
        """Keep a step and add it."""
        self.steps.append(self.keep(step))

    def dump(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        left_out = len(self.steps) - SHOWN_STEPS
        return {
            "model": self.model,
            "calls": self.calls,
            "tool_calls": self.tool_calls,
            "tokens": {"input": self.input_tokens, "output": self.output_tokens},
            "cost_usd": round(self.cost_usd, 9),
            "cost_known": self.cost_known,
            "steps": [step.dump() for step in self.steps[:SHOWN_STEPS]],
            **({"steps_left_out": left_out} if left_out > 0 else {}),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentResult:
    """How an agent ended, with everything it did by then."""

    status: Literal["completed", "rejected", "error"]
    """Rejected: a guardrail was crossed."""
    log: AgentLog
    output: Mapping[str, Any] | None = None
    """The fields of the spec's output; `{"text": …}` for a spec without any. None unless completed."""
    failure: AgentFailure | None = None
