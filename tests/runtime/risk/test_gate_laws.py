"""Whatever is drawn: nothing is emitted and nothing is ordered around a gate that rejects.

Drawings are made of everything that gives or passes weights and verdicts, wired at random wherever a wire is allowed. Each is
either refused by validation, or it runs, and then nothing happens to the world.
"""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from runtime.catalog import node_kinds
from runtime.engine import WorkflowRunResult, WorkflowRuntime
from runtime.graph.connect import output_types
from runtime.graph.document import GraphDocument
from runtime.graph.sketch import sketch
from runtime.graph.validate import errors, validate
from runtime.ids import RunId, TaskId
from runtime.node import NodeKind
from runtime.risk.gate import gate_reasons
from runtime.risk.predicate import risk_simulator_approves
from runtime.spec import WorkflowSpec
from tests.contracts.inputs import ALL_ON, example_data
from tests.fakes import InMemoryOrders
from tests.runtime.builders.market import ports_over, stormy

PRICES = stormy()
"""Too rough for any portfolio that is fully invested."""
SOURCES = ("data.prices", "decision.risk_decision")
MIDDLE = (
    "quant.momentum",
    "quant.mean_reversion",
    "agents.debate",
    "agents.agent",
    "decision.signal_fusion",
    "decision.weight_centric",
    "decision.gated_execution",
    "decision.risk_simulator",
    "decision.risk_decision",
    "decision.risk_gate",
    "control.router",
    "control.join",
    "agents.portfolio_analyst",
)
ACTORS = ("output.signal_event", "output.paper_orders")
STRICT = {"paths": 50, "min_expected_sharpe": 5.0}
"""No portfolio of these prices has such a Sharpe ratio, so every simulator rejects, whatever it is asked about."""
CONFIGS: dict[str, dict[str, Any]] = {
    "decision.risk_simulator": STRICT,
    "decision.risk_decision": STRICT,
    "control.router": {"expression": "1 < 2"},
}


def compatible(kind: type[NodeKind], port_id: str, given: str) -> bool:
    port = kind.input(port_id)
    return port is not None and (port.type in ("any", given))


@st.composite
def drawings(draw: st.DrawFn) -> GraphDocument:
    """Return a drawing that ends in something that acts, with wires wherever the types allow them."""
    kinds = node_kinds()
    chosen = [
        *SOURCES[: draw(st.integers(1, 2))],
        *draw(st.lists(st.sampled_from(MIDDLE), min_size=1, max_size=7)),
        *draw(st.lists(st.sampled_from(ACTORS), min_size=1, max_size=2)),
    ]
    nodes: dict[str, Any] = {}
    wires: list[str] = []
    for number, kind_id in enumerate(chosen):
        node, kind = f"n{number}", kinds[kind_id]
        types = output_types(sketch(nodes, wires))
        for port in kind.inputs:
            offers = sorted(
                f"{source}.{output}"
                for (source, output), given in types.items()
                if compatible(kind, port.id, given)
            )
            if offers and (port.required or draw(st.booleans())):
                most = min(2, len(offers)) if port.many else 1
                picked = draw(st.lists(st.sampled_from(offers), min_size=1, max_size=most, unique=True))
                wires += [f"{offer} -> {node}.{port.id}" for offer in picked]
        nodes[node] = (kind_id, CONFIGS.get(kind_id, {}))
    return sketch(nodes, wires)


def run(document: GraphDocument, prices: pd.DataFrame) -> tuple[WorkflowRunResult, InMemoryOrders]:
    spec = WorkflowSpec(name="x", adapter="WorkflowStudioAdapter", params={"graph": document.dump()})
    with TemporaryDirectory() as folder:
        ports = ports_over(Path(folder), prices)
        runtime = WorkflowRuntime(spec, run_id=RunId("run"), task_id=TaskId("task"), ports=ports)
        result = asyncio.run(runtime.run({}))
    assert isinstance(ports.orders, InMemoryOrders)
    return result, ports.orders


@given(drawings())
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_drawing_acts_around_a_gate_that_rejects(document: GraphDocument) -> None:
    refused = bool(errors(validate(document, ALL_ON)))
    event("refused" if refused else "ran")

    result, orders = run(document, PRICES)

    if refused:
        assert "cannot run" in (result.error or "")
        assert result.state.get("outputs") is None
    assert result.state.get("signal_event_emitted") is None
    assert result.state.get("consensus_status") != "approved_emitted"
    assert orders.placed == []
    assert result.last_effect_at is None


GATES = {
    "simulator and gate": (
        {"sim": ("decision.risk_simulator", {"seed": 7}), "gate": "decision.risk_gate"},
        [
            "prices.prices -> sim.prices",
            "sizes.weights -> sim.weights",
            "sim.verdict -> gate.verdict",
            "sizes.weights -> gate.weights",
            "gate.approved -> emit.weights",
            "gate.approved -> orders.weights",
        ],
    ),
    "risk decision": (
        {"gate": ("decision.risk_decision", {"seed": 7})},
        [
            "prices.prices -> gate.prices",
            "sizes.weights -> gate.weights",
            "gate.approved -> emit.weights",
            "gate.approved -> orders.weights",
        ],
    ),
    "gated execution": (
        {"sim": ("decision.risk_simulator", {"seed": 7}), "gate": "decision.gated_execution"},
        [
            "prices.prices -> sim.prices",
            "sizes.weights -> sim.weights",
            "sim.verdict -> gate.verdict",
            "sizes.weights -> gate.weights",
            "gate.approved -> emit.weights",
            "gate.approved -> orders.weights",
        ],
    ),
}


def gated(name: str) -> GraphDocument:
    nodes, wires = GATES[name]
    return sketch(
        {
            "prices": "data.prices",
            "sizes": "agents.portfolio_analyst",
            **nodes,
            "emit": "output.signal_event",
            "orders": "output.paper_orders",
        },
        ["prices.prices -> sizes.prices", "prices.prices -> orders.prices", *wires],
    )


@pytest.mark.parametrize("name", GATES)
def test_each_gate_lets_through_what_it_approves_so_the_law_is_not_empty(name: str) -> None:
    calm = example_data("prices")
    assert isinstance(calm, pd.DataFrame)

    result, orders = run(gated(name), calm)

    assert result.error is None
    assert result.state["consensus_status"] == "approved_emitted"
    assert orders.placed


@pytest.mark.parametrize("name", GATES)
def test_the_same_drawing_does_nothing_when_its_gate_rejects(name: str) -> None:
    result, orders = run(gated(name), PRICES)

    assert result.error is None
    statuses = {crumb["node"]: crumb["status"] for crumb in result.breadcrumbs}
    assert (statuses["emit"], statuses["orders"]) == ("skipped", "skipped")
    assert (orders.placed, result.last_effect_at) == ([], None)


ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2),
    st.sampled_from(["", "true", "yes", [], ["breach"], {}, {"approved": False}, {"approved": 1}]),
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "approved": ODD,
            "insight_impact": ODD,
            "margin_check": st.one_of(ODD, st.fixed_dictionaries({"has_headroom": ODD})),
            "risk_breaches": ODD,
        },
    )
)
def test_only_a_clean_approval_passes_and_everything_else_fails_closed(verdict: dict[str, Any]) -> None:
    approved = risk_simulator_approves(verdict) == "emit_signal_event"

    if approved:
        assert verdict["approved"] is True
        assert not verdict.get("risk_breaches")
        assert (verdict.get("insight_impact") or {}).get("approved", True) is True
        assert (verdict.get("margin_check") or {}).get("has_headroom", True) is True
    weights = pd.DataFrame({"A": [0.1]}, index=pd.DatetimeIndex(["2020-01-02"]))
    assert gate_reasons(weights, verdict, strict=True) != []
    assert (gate_reasons(weights, verdict) == []) == approved


@pytest.mark.parametrize("verdict", [None, 7, "approved", [], {"approved": True, "risk_breaches": ["x"]}])
def test_what_is_no_verdict_is_a_rejection(verdict: object) -> None:
    assert risk_simulator_approves(verdict) == "reject_decision_log"


@given(st.floats(-1, 1), st.floats(-1, 1), st.sampled_from(["A", "B"]))
def test_a_single_position_may_shrink_but_never_grow_turn_or_change_its_name(
    simulated: float, asked: float, symbol: str
) -> None:
    weights = pd.DataFrame({symbol: [asked]}, index=pd.DatetimeIndex(["2020-01-02"]))
    verdict = {"approved": True, "risk_breaches": [], "simulated_weights": {"A": simulated}}

    passed = gate_reasons(weights, verdict, strict=True) == []

    if passed:
        assert symbol == "A"
        assert asked * simulated >= 0
        assert abs(asked) <= abs(simulated) + 1e-9


def test_a_signal_event_is_constructed_in_exactly_one_place() -> None:
    root = Path(__file__).parents[3]
    places = [
        str(path.relative_to(root))
        for package in ("runtime", "tasks", "persistence", "studio")
        for path in sorted((root / package).rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if "SignalEvent(" in line and "class " not in line
    ]

    assert places == ["runtime/decision/signal_event.py"]
