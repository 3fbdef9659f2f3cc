"""Workflows the browser tests open, created through the same control functions as every front uses."""

from __future__ import annotations

from typing import Any

from runtime.graph.document import Layout, edge_id
from runtime.library import templates
from tasks.access import Actor
from tasks.control.context import Control
from tasks.control.specs import create_empty, create_workflow
from tasks.control.templates import create_from_template

Wire = tuple[str, str, str, str]
CARD_COLUMNS = 40


def copy_of(control: Control, actor: Actor, template: str, name: str) -> str:
    """Create a workflow of that name with the drawing of a ready one, and the parts that it uses."""
    entry = next(each for each in templates() if each.spec.name == template)
    if entry.spec.params["graph"].get("bodies"):
        create_from_template(control, actor, template)
    create_workflow(control, actor, {**entry.spec.dump(), "name": name}, entry.layout)
    return name


def empty(control: Control, actor: Actor, name: str) -> str:
    """Create a workflow without nodes."""
    create_empty(control, actor, name)
    return name


def large(control: Control, actor: Actor, name: str, *, nodes: int) -> str:
    """Create a drawing of many nodes in a grid: rows of prices, each followed by measures of it."""
    ids = [f"n{number}" for number in range(nodes)]
    heads = [node for number, node in enumerate(ids) if number % CARD_COLUMNS == 0]
    kinds = {node: "data.prices" if node in set(heads) else "quant.momentum" for node in ids}
    wires = [
        (ids[number - number % CARD_COLUMNS], "prices", node, "prices")
        for number, node in enumerate(ids)
        if kinds[node] != "data.prices"
    ]
    positions = {
        node: (number % CARD_COLUMNS * 280.0, number // CARD_COLUMNS * 160.0)
        for number, node in enumerate(ids)
    }
    create_workflow(control, actor, _payload(name, kinds, wires), _layout(positions))
    return name


def _payload(name: str, kinds: dict[str, str], wires: list[Wire]) -> dict[str, Any]:
    names = ("source", "source_port", "target", "target_port")
    graph = {
        "nodes": [{"id": node, "kind": kind, "config": {}} for node, kind in kinds.items()],
        "edges": [{"id": edge_id(*wire), **dict(zip(names, wire, strict=True))} for wire in wires],
    }
    return {"name": name, "adapter": "WorkflowStudioAdapter", "params": {"graph": graph}}


def _layout(positions: dict[str, tuple[float, float]]) -> Layout:
    return Layout.model_validate(
        {"positions": {node: {"x": x, "y": y} for node, (x, y) in positions.items()}}
    )
