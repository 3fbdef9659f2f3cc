"""Write a drawing in a few lines of code, for builders and tests."""

from collections.abc import Iterable, Mapping
from typing import Any

from runtime.catalog import kind_named
from runtime.graph.document import GraphDocument, GraphEdge, GraphNode, edge_id


def sketch(nodes: Mapping[str, str | tuple[str, Mapping[str, Any]]], wires: Iterable[str]) -> GraphDocument:
    """Return a drawing: `nodes` maps id to kind or (kind, config), a wire reads `prices.prices -> momentum.prices`."""
    return GraphDocument(
        nodes=tuple(_node(node_id, entry) for node_id, entry in nodes.items()),
        edges=tuple(_edge(wire) for wire in wires),
    )


def _node(node_id: str, entry: str | tuple[str, Mapping[str, Any]]) -> GraphNode:
    kind, config = (entry, {}) if isinstance(entry, str) else entry
    return GraphNode(id=node_id, kind=kind, kind_version=kind_named(kind).version, config=dict(config))


def _edge(wire: str) -> GraphEdge:
    (source, source_port), (target, target_port) = (end.strip().split(".") for end in wire.split("->"))
    return GraphEdge(
        id=edge_id(source, source_port, target, target_port),
        source=source,
        source_port=source_port,
        target=target,
        target_port=target_port,
    )
