"""Traces for OpenTelemetry: one span per run, and below it one per transition. Knows the API only, so it is free when off.

Who wants to see them sets a tracer provider for the process; without one nothing is recorded and nothing is sent.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from opentelemetry import context, trace
from opentelemetry.trace import Span, Status, StatusCode, Tracer

from runtime.ids import RunId, SpecName

SCOPE = "alphaswarm.runtime"
_FAILED = frozenset({"error", "guardrail"})


def process_tracer() -> Tracer:
    """Return the tracer of whatever provider the process has, now or later."""
    return trace.get_tracer(SCOPE)


@dataclass(slots=True)
class Outcome:
    """How what a span is about ended; filled while it is open."""

    status: str = "error"
    """That of the crumb, or of the run."""
    cost_usd: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSpans:
    """Opens the spans of one run."""

    tracer: Tracer
    adapter: str
    run_id: RunId
    workflow: SpecName

    @contextmanager
    def run(self) -> Generator[Outcome]:
        """Open the span of the run itself: the parent of those of its transitions."""
        with self._opened(f"workflow {self.workflow}") as outcome:
            yield outcome

    @contextmanager
    def transition(self, node: str) -> Generator[Outcome]:
        """Open the span of one transition, named by adapter and node."""
        with self._opened(f"{self.adapter}.{node}", node=node) as outcome:
            yield outcome

    @contextmanager
    def _opened(self, name: str, node: str | None = None) -> Generator[Outcome]:
        span, outcome = self.tracer.start_span(name), Outcome()
        if not span.is_recording():
            yield outcome
            return
        token = context.attach(trace.set_span_in_context(span))
        try:
            yield outcome
        finally:
            context.detach(token)
            self._close(span, outcome, node)

    def _close(self, span: Span, outcome: Outcome, node: str | None) -> None:
        span.set_attributes(
            {
                "adapter_alias": self.adapter,
                "workflow_run_id": self.run_id,
                "workflow_spec_name": self.workflow,
                "kind": "workflow",
                "status": outcome.status,
                "cost_usd": outcome.cost_usd,
            }
        )
        if node is not None:
            span.set_attribute("node_name", node)
        if outcome.status in _FAILED:
            span.set_status(Status(StatusCode.ERROR))
        span.end()
