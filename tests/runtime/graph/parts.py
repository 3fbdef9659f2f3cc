"""Drawings that the tests of rules and of subflows start from."""

from collections.abc import Mapping
from typing import Any

from runtime.graph.document import Body, GraphDocument
from runtime.graph.sketch import sketch

NODES = {
    "prices": "data.prices",
    "momentum": "quant.momentum",
    "fusion": "decision.signal_fusion",
    "sim": "decision.risk_simulator",
    "gate": "decision.risk_gate",
    "orders": "output.paper_orders",
    "report": "output.report",
}
WIRES = [
    "prices.prices -> momentum.prices",
    "momentum.signals -> fusion.quant",
    "prices.prices -> sim.prices",
    "fusion.weights -> sim.weights",
    "fusion.weights -> gate.weights",
    "sim.verdict -> gate.verdict",
    "gate.approved -> orders.weights",
    "prices.prices -> orders.prices",
    "prices.prices -> report.prices",
]


def good() -> GraphDocument:
    return sketch(NODES, WIRES)


PART = sketch(
    {
        "in": ("control.subflow_input", {"name": "prices", "type": "prices"}),
        "momentum": "quant.momentum",
        "out": ("control.subflow_output", {"name": "signals", "type": "signals"}),
    },
    ["in.value -> momentum.prices", "momentum.signals -> out.value"],
)

ASKING = sketch(
    {
        "in": ("control.subflow_input", {"name": "prices", "type": "prices"}),
        "ask": "control.approval",
        "momentum": "quant.momentum",
        "out": ("control.subflow_output", {"name": "signals", "type": "signals"}),
    },
    [
        "in.value -> ask.value",
        "ask.approved -> momentum.prices",
        "momentum.signals -> out.value",
    ],
)
"""The part, with a person who has to be asked first."""


def using(bodies: Mapping[str, GraphDocument], kind: str = "control.subflow") -> GraphDocument:
    """Return the good drawing with a card that runs the workflow `part`."""
    document = sketch(
        {**NODES, "card": (kind, {"workflow": "part"})}, [*WIRES, "prices.prices -> card.prices"]
    )
    return with_bodies(document, **bodies)


def nesting(workflow: str) -> GraphDocument:
    """Return the part with a subflow of another workflow in the place of its momentum."""
    return sketch(
        {
            "in": ("control.subflow_input", {"name": "prices", "type": "prices"}),
            "inner": ("control.subflow", {"workflow": workflow}),
            "out": ("control.subflow_output", {"name": "signals", "type": "signals"}),
        },
        ["in.value -> inner.prices", "inner.signals -> out.value"],
    )


def with_bodies(document: GraphDocument, **bodies: GraphDocument) -> GraphDocument:
    """Return the drawing with the workflows that it uses."""
    frozen = {name: Body(nodes=body.nodes, edges=body.edges) for name, body in bodies.items()}
    return document.model_copy(update={"bodies": frozen})


def end(kind: str, name: str, port_type: str, **more: Any) -> tuple[str, dict[str, Any]]:
    """Return an open end of a part, as `sketch` takes it."""
    return (f"control.subflow_{kind}", {"name": name, "type": port_type, **more})


def failing(*nodes: str) -> GraphDocument:
    """Return a part that a probe ends."""
    return sketch(
        {"prices": end("input", "prices", "prices"), **{node.partition(".")[2]: node for node in nodes},
         "out": end("output", "number", "number")},
        [f"{nodes[0].partition('.')[2]}.number -> out.value"],
    )  # fmt: skip


def adding() -> GraphDocument:
    """Return a part that adds one to its value."""
    return sketch(
        {
            "in": end("input", "value", "number"),
            "one": "test.number",
            "sum": "test.sum",
            "out": end("output", "value", "number"),
        },
        ["in.value -> sum.numbers", "one.number -> sum.numbers", "sum.number -> out.value"],
    )
