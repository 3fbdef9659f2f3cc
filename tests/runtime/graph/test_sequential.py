"""Two runners, one plan: LangGraph and the sequential one give equal states and crumbs, on whatever is drawn."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.embedded import FixedSettings, MemoryArtifacts, MemoryJournal
from runtime.engine import RuntimePorts, WorkflowRunResult, WorkflowRuntime
from runtime.graph.document import GraphDocument
from runtime.graph.sketch import sketch
from runtime.ids import RunId, TaskId
from runtime.spec import WorkflowSpec
from tests.contracts.inputs import ALL_ON, example_data
from tests.fakes import FakeClock, InMemoryOrders, InMemoryPrices

pytestmark = pytest.mark.usefixtures("probes")

OUTPUTS = {"test.number": ("number",), "test.sum": ("number",), "test.fork": ("high", "low")}
"""Kinds that are drawn, and their outputs; all of them give numbers."""
INPUT = {"test.sum": "numbers", "test.fork": "number"}


@st.composite
def drawings(draw: st.DrawFn) -> GraphDocument:
    """Return an acyclic drawing of numbers, sums and forks; forks leave branches untaken."""
    nodes: dict[str, Any] = {"n0": ("test.number", {"value": draw(st.integers(0, 3))})}
    kinds = {"n0": "test.number"}
    wires: list[str] = []
    for number in range(1, draw(st.integers(1, 9)) + 1):
        node, kind = f"n{number}", draw(st.sampled_from(sorted(OUTPUTS)))
        nodes[node] = (kind, {"value": draw(st.integers(0, 3))}) if kind == "test.number" else kind
        if kind in INPUT:
            most = 1 if kind == "test.fork" else 3
            sources = draw(st.lists(st.sampled_from(sorted(kinds)), min_size=1, max_size=most, unique=True))
            wires += [
                f"{source}.{draw(st.sampled_from(OUTPUTS[kinds[source]]))} -> {node}.{INPUT[kind]}"
                for source in sources
            ]
        kinds[node] = kind
    return sketch({**nodes, "end": "test.sum"}, [*wires, f"n0.{OUTPUTS[kinds['n0']][0]} -> end.numbers"])


def run(document: GraphDocument, *, use_langgraph: bool | None) -> WorkflowRunResult:
    """Run a drawing as a builder would, by either runner."""
    from runtime.builders import Builder, builders

    builders()["drawn"] = Builder(
        alias="drawn", title="Drawn", sentence="Drawn.", build=lambda: document, requires=None
    )
    spec = WorkflowSpec(
        name="drawn", adapter="LangGraphAdapter", params={"builder": "drawn", "use_langgraph": use_langgraph}
    )
    try:
        with TemporaryDirectory() as folder:
            ports = RuntimePorts(
                market=InMemoryPrices(example_data("prices")),
                orders=InMemoryOrders(),
                artifacts=MemoryArtifacts(),
                journal=MemoryJournal(),
                settings=FixedSettings(ALL_ON),
                halts=(),
                clock=FakeClock(),
                folder=Path(folder),
            )
            runtime = WorkflowRuntime(spec, run_id=RunId("run"), task_id=TaskId("task"), ports=ports)
            return asyncio.run(runtime.run({}))
    finally:
        del builders()["drawn"]


def facts(result: WorkflowRunResult) -> dict[str, Any]:
    """Return everything that must not depend on the runner; parallel nodes may be told in either order."""
    return {
        "status": result.status,
        "state": dict(result.state),
        "crumbs": sorted(result.breadcrumbs, key=lambda crumb: crumb["node"]),
        "cost": round(result.cost_usd, 9),
        "calls": result.n_calls,
    }


@given(drawings())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_runners_give_equal_states_and_crumbs(document: GraphDocument) -> None:
    graph, sequence = run(document, use_langgraph=None), run(document, use_langgraph=False)

    assert graph.status == "completed", graph.error
    first, second = facts(graph), facts(sequence)
    first["state"].pop("cost_usd")
    second["state"].pop("cost_usd")
    assert first == second


@pytest.mark.parametrize("use_langgraph", [None, False])
def test_a_node_that_fails_ends_either_runner_and_keeps_what_had_settled(use_langgraph: bool | None) -> None:
    document = sketch(
        {"a": ("test.number", {"value": 2}), "bad": "test.fails", "after": "test.sum"},
        ["a.number -> bad.number", "bad.number -> after.numbers"],
    )

    result = run(document, use_langgraph=use_langgraph)

    assert (result.status, result.error) == (
        "error",
        "Fails failed: ZeroDivisionError: nothing to divide by",
    )
    # The older platform lost cost, calls and state of a run that failed; here they are kept.
    assert result.n_calls == 4
    assert list(result.state["outputs"]) == ["a"]
    assert result.state["as_of"] == "2.0"
