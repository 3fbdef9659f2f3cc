"""From a drawing to what React Flow shows, and from a change to the patch that brings the canvas up to date. Pure.

The canvas owns its nodes and edges. It gets one `reset` when a drawing is opened, and after that only what differs. What
a node shows depends on more than the node itself (problems, types resolved through `any` ports); those few that show
anything of the kind are remembered as marks, so that a patch touches just the nodes whose mark has changed.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NotRequired, TypedDict

from runtime.body import BodyKind
from runtime.graph.connect import title_of
from runtime.graph.document import GraphEdge, GraphNode
from runtime.graph.drawing import Change
from runtime.node import NodeKind, Port
from runtime.values import PortType
from studio.canvas.scene import Scene

WIDTH = 200
HEADER = 28
PORT_STEP = 20
MIN_BODY = 44
UNKNOWN_ICON = "circle-help"

Marks = dict[str, str]
"""`n:<node>` or `e:<edge>` → signature of what it shows beyond its own content; absent when there is nothing."""


class PortData(TypedDict):
    """A plug of a card."""

    id: str
    type: str
    title: str
    required: bool
    many: bool


class CardData(TypedDict):
    """What a node card shows."""

    title: str
    kind: str
    icon: str
    line: str
    ins: list[PortData]
    outs: list[PortData]
    problems: int
    level: str
    known: bool


class FlowNode(TypedDict):
    """A node as React Flow takes it; the size is fixed, so that nothing is measured again while a run writes on it."""

    id: str
    type: str
    position: dict[str, float]
    width: int
    height: int
    data: CardData
    ariaLabel: str


class FlowEdge(TypedDict):
    """A wire as React Flow takes it."""

    id: str
    source: str
    sourceHandle: str
    target: str
    targetHandle: str
    className: str
    ariaLabel: str


class Op(TypedDict):
    """One step of a patch; `op` says which of the other keys are there."""

    op: str
    nodes: NotRequired[Any]
    edges: NotRequired[list[Any]]
    fit: NotRequired[bool]


def flow_node(view: Scene, node_id: str) -> FlowNode:
    """Return one node as React Flow takes it."""
    node = view.nodes[node_id]
    data = card_data(view, node)
    rows = max(len(data["ins"]), len(data["outs"]))
    problems = f", {data['problems']} problems" if data["problems"] else ""
    return {
        "id": node.id,
        "type": "step",
        "position": view.positions[node.id],
        "width": WIDTH,
        "height": HEADER + max(MIN_BODY, rows * PORT_STEP + 4),
        "data": data,
        "ariaLabel": f"{data['title']}, {node.kind}{problems}",
    }


def flow_edge(view: Scene, edge_id: str) -> FlowEdge:
    """Return one wire as React Flow takes it."""
    edge = view.edges[edge_id]
    carried = view.types.get((edge.source, edge.source_port), "any")
    level = view.levels.get(f"e:{edge.id}", "")
    giver, taker = title_of(view.nodes[edge.source]), title_of(view.nodes[edge.target])
    return {
        "id": edge.id,
        "source": edge.source,
        "sourceHandle": edge.source_port,
        "target": edge.target,
        "targetHandle": edge.target_port,
        "className": f"as-wire as-wire-{carried}{f' as-wire-{level}' if level else ''}",
        "ariaLabel": f"Wire of {carried} from {giver} to {taker}",
    }


def card_data(view: Scene, node: GraphNode) -> CardData:
    """Return what the card of a node shows."""
    kind = view.kinds.get(node.id)
    ins, outs = _ports(view, node, kind)
    return {
        "title": title_of(node),
        "kind": node.kind,
        "icon": kind.icon if kind else UNKNOWN_ICON,
        "line": (config_line(kind, node.config) or kind.summary) if kind else f"Unknown kind {node.kind}",
        "ins": ins,
        "outs": outs,
        "problems": view.counts[f"n:{node.id}"],
        "level": view.levels.get(f"n:{node.id}", ""),
        "known": kind is not None,
    }


def config_line(kind: type[NodeKind], config: Mapping[str, Any]) -> str:
    """Return the one line of config that matters: the kind's headline fields with their units."""
    parts: list[str] = []
    for name in kind.headline:
        info = kind.Config.model_fields.get(name)
        if info is None:
            continue
        value = config.get(name, info.get_default(call_default_factory=True))
        extra = info.json_schema_extra
        unit = str(extra.get("unit", "")) if isinstance(extra, dict) else ""
        if text := _value_text(value, info.title or name, unit):
            parts.append(text)
    return " · ".join(parts)


def marks(view: Scene) -> Marks:
    """Return the signature of everything that shows more than its own content."""
    found: Marks = {}
    for node in view.nodes.values():
        kind = view.kinds.get(node.id)
        loose = [view.types[node.id, port.id] for port in kind.outputs if port.type == "any"] if kind else []
        key = f"n:{node.id}"
        extra = view.extra_ports.get(node.id)
        used = _used_ports(kind)
        if loose or extra or used or view.counts[key]:
            found[key] = json.dumps([view.counts[key], view.levels.get(key, ""), loose, extra, used])
    for edge in view.edges.values():
        key = f"e:{edge.id}"
        signature = [view.levels.get(key, ""), view.types.get((edge.source, edge.source_port), "any")]
        if signature[0] or _is_loose(view, edge):
            found[key] = json.dumps(signature)
    return found


def reset(view: Scene, *, fit: bool) -> Op:
    """Return the patch that replaces everything."""
    return {
        "op": "reset",
        "nodes": [flow_node(view, key) for key in view.nodes],
        "edges": [flow_edge(view, key) for key in view.edges],
        "fit": fit,
    }


def patch(view: Scene, change: Change, before: Marks, after: Marks) -> list[Op]:
    """Return the steps that bring a canvas with marks `before` up to the scene, which `change` has led to."""
    gone_nodes = [key for key in change.nodes if key not in view.nodes]
    gone_edges = [key for key in change.edges if key not in view.edges]
    shifted = _shifted(before, after)
    new_nodes = [key for key, (old, _) in change.nodes.items() if old is None and key in view.nodes]
    redrawn = [key for key in (*change.nodes, *shifted["n"]) if key in view.nodes and key not in new_nodes]
    rewired = [
        key for key in (*change.edges, *shifted["e"], *_renamed_ends(view, change)) if key in view.edges
    ]
    moved = [key for key in change.positions if key in view.nodes and key not in new_nodes]
    ops: list[Op] = []
    if gone_nodes or gone_edges:
        ops.append({"op": "del", "nodes": gone_nodes, "edges": gone_edges})
    if new_nodes or rewired:
        ops.append(
            {
                "op": "put",
                "nodes": [flow_node(view, key) for key in dict.fromkeys(new_nodes)],
                "edges": [flow_edge(view, key) for key in dict.fromkeys(rewired)],
            }
        )
    if redrawn:
        ops.append({"op": "draw", "nodes": {key: _without_position(flow_node(view, key)) for key in redrawn}})
    if moved:
        ops.append({"op": "move", "nodes": {key: view.positions[key] for key in moved}})
    return ops


def focus(*node_ids: str) -> Op:
    """Return the step that selects nodes and brings them into view."""
    return {"op": "focus", "nodes": list(node_ids)}


def select(node_ids: Iterable[str]) -> Op:
    """Return the step that selects exactly these nodes."""
    return {"op": "select", "nodes": list(node_ids)}


def _without_position(node: FlowNode) -> dict[str, Any]:
    return {"data": node["data"], "height": node["height"], "ariaLabel": node["ariaLabel"]}


def _renamed_ends(view: Scene, change: Change) -> list[str]:
    """Return the wires whose spoken name holds the title of a node that has got another one."""
    renamed = {key for key, (old, new) in change.nodes.items() if old and new and old.title != new.title}
    ends = ((edge.id, {edge.source, edge.target}) for edge in view.edges.values()) if renamed else ()
    return [key for key, nodes in ends if nodes & renamed]


def _shifted(before: Marks, after: Marks) -> dict[str, list[str]]:
    changed: dict[str, list[str]] = {"n": [], "e": []}
    for key in dict.fromkeys((*before, *after)):
        if before.get(key) != after.get(key):
            changed[key[0]].append(key[2:])
    return changed


def _ports(
    view: Scene, node: GraphNode, kind: type[NodeKind] | None
) -> tuple[list[PortData], list[PortData]]:
    extra_ins, extra_outs = view.extra_ports.get(node.id, ((), ()))
    ins = [_port(port, port.type) for port in kind.inputs] if kind else []
    outs = [_port(port, view.types[node.id, port.id]) for port in kind.outputs] if kind else []
    return ins + [_lost(port) for port in extra_ins], outs + [_lost(port) for port in extra_outs]


def _used_ports(kind: type[NodeKind] | None) -> list[list[str]]:
    """Return the ports that a card has from another workflow, which may have been changed meanwhile."""
    if kind is None or not issubclass(kind, BodyKind):
        return []
    return [[port.id, port.type, str(port.required)] for port in (*kind.inputs, *kind.outputs)]


def _port(port: Port, concrete: PortType) -> PortData:
    return {
        "id": port.id,
        "type": concrete,
        "title": port.title or port.id,
        "required": port.required,
        "many": port.many,
    }


def _lost(port_id: str) -> PortData:
    return {"id": port_id, "type": "any", "title": f"{port_id} (unknown)", "required": False, "many": True}


def _is_loose(view: Scene, edge: GraphEdge) -> bool:
    kind = view.kinds.get(edge.source)
    port = kind.output(edge.source_port) if kind else None
    return port is None or port.type == "any"


def _value_text(value: Any, title: str, unit: str) -> str:  # noqa: ANN401  JSON
    if value in (None, "", []):
        return ""
    if isinstance(value, bool):
        return title if value else ""
    if isinstance(value, list | tuple):
        listed = [str(item) for item in value]  # pyright: ignore[reportUnknownVariableType]  JSON
        return ", ".join(listed) if len(listed) <= 3 else f"{title} {len(listed)}"  # noqa: PLR2004
    if isinstance(value, int | float):
        return f"{title} {value:g}{f' {unit}' if unit else ''}"
    return str(value).replace("_", " ")
