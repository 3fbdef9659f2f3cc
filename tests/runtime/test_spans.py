"""One span per transition below one per run, with the documented attributes, and nothing at all while nobody asks."""

from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from runtime.graph.document import GraphDocument
from runtime.graph.sketch import sketch
from runtime.spans import process_tracer
from tests.runtime.probes import runtime_for

pytestmark = pytest.mark.usefixtures("probes")


async def spans_of(document: GraphDocument, folder: Path, **more: object) -> dict[str, ReadableSpan]:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    await runtime_for(document, folder, tracer=provider.get_tracer("test"), **more).run({})  # pyright: ignore[reportArgumentType]
    return {span.name: span for span in exporter.get_finished_spans()}


async def test_every_transition_is_a_span_below_that_of_the_run(tmp_path: Path) -> None:
    document = sketch({"a": ("test.number", {"value": 2}), "sum": "test.sum"}, ["a.number -> sum.numbers"])

    spans = await spans_of(document, tmp_path)

    run = spans["workflow probe"]
    assert sorted(spans) == ["WorkflowStudioAdapter.a", "WorkflowStudioAdapter.sum", "workflow probe"]
    assert dict(spans["WorkflowStudioAdapter.a"].attributes or {}) == {
        "adapter_alias": "WorkflowStudioAdapter",
        "node_name": "a",
        "workflow_run_id": "run",
        "workflow_spec_name": "probe",
        "kind": "workflow",
        "status": "ok",
        "cost_usd": 0.02,
    }
    assert (run.attributes or {})["status"] == "completed"
    assert (run.attributes or {})["cost_usd"] == 0.02
    parents = {span.parent.span_id for span in spans.values() if span.parent is not None}
    assert run.context is not None
    assert parents == {run.context.span_id}


@pytest.mark.parametrize(
    ("kind", "rails", "status"),
    [("test.fails", {}, "error"), ("test.says", {"forbidden_terms": ["moon"]}, "guardrail")],
)
async def test_a_span_says_how_its_transition_ended(
    kind: str, rails: dict[str, object], status: str, tmp_path: Path
) -> None:
    spans = await spans_of(sketch({"x": kind}, []), tmp_path, guardrails=rails)

    assert (spans["WorkflowStudioAdapter.x"].attributes or {})["status"] == status
    assert not spans["WorkflowStudioAdapter.x"].status.is_ok
    assert (spans["workflow probe"].attributes or {})["status"] == "error"


def test_nothing_is_recorded_while_nobody_has_set_traces_up() -> None:
    assert not process_tracer().start_span("x").is_recording()
