"""A drawing with everything that its looks depend on, worked out once: types through `any` ports, problems, places. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from runtime.graph.connect import output_types
from runtime.graph.document import GraphEdge, GraphNode
from runtime.graph.drawing import Drawing
from runtime.graph.issue import Issue
from runtime.graph.kinds import kinds_of
from runtime.graph.tidy import tidy_positions
from runtime.node import NodeKind
from runtime.values import PortType


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A drawing with everything its looks depend on, worked out once."""

    nodes: dict[str, GraphNode]
    kinds: dict[str, type[NodeKind]]
    """By node, where the kind is known, with the ports that the node's config gives it."""
    edges: dict[str, GraphEdge]
    positions: dict[str, dict[str, float]]
    types: dict[tuple[str, str], PortType]
    levels: dict[str, str]
    """Node or edge id, prefixed like marks → `error` or `warning`."""
    counts: Counter[str]
    extra_ports: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = field(
        default_factory=dict[str, tuple[tuple[str, ...], tuple[str, ...]]]
    )
    """Ports that only wires know, of kinds that are unknown or have lost a port: (inputs, outputs)."""


def scene(drawing: Drawing, issues: Sequence[Issue]) -> Scene:
    """Work out what the looks of a drawing depend on."""
    nodes = {node.id: node for node in reversed(drawing.document.nodes)}
    nodes = {node.id: node for node in drawing.document.nodes if nodes[node.id] is node}
    edges = {
        edge.id: edge for edge in drawing.document.edges if edge.source in nodes and edge.target in nodes
    }
    levels, counts = _problems(issues)
    document = drawing.document.model_copy(update={"nodes": tuple(nodes.values())})
    kinds = kinds_of(document)
    return Scene(
        nodes=nodes,
        kinds=kinds,
        edges=edges,
        positions=_positions(drawing),
        types=output_types(document, kinds),
        levels=levels,
        counts=counts,
        extra_ports=_extra_ports(kinds, edges.values()),
    )


def _problems(issues: Sequence[Issue]) -> tuple[dict[str, str], Counter[str]]:
    levels: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for issue in issues:
        for key in [f"n:{issue.node}"] * bool(issue.node) + [f"e:{issue.edge}"] * bool(issue.edge):
            counts[key] += 1
            if levels.get(key) != "error":
                levels[key] = issue.severity
    return levels, counts


def _positions(drawing: Drawing) -> dict[str, dict[str, float]]:
    known = drawing.layout.positions
    homeless = any(node.id not in known for node in drawing.document.nodes)
    spare = tidy_positions(drawing.document) if homeless else {}
    return {
        node.id: {"x": at.x, "y": at.y}
        for node in drawing.document.nodes
        if (at := known.get(node.id) or spare.get(node.id)) is not None
    }


def _extra_ports(
    kinds: Mapping[str, type[NodeKind]], edges: Iterable[GraphEdge]
) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    found: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    for edge in edges:
        giver, taker = kinds.get(edge.source), kinds.get(edge.target)
        if giver is None or giver.output(edge.source_port) is None:
            found.setdefault(edge.source, ({}, {}))[1][edge.source_port] = None
        if taker is None or taker.input(edge.target_port) is None:
            found.setdefault(edge.target, ({}, {}))[0][edge.target_port] = None
    return {key: (tuple(ins), tuple(outs)) for key, (ins, outs) in found.items()}
