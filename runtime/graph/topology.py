"""A read-only view of a drawing that rules and compiler ask their questions of."""

from collections.abc import Mapping
from dataclasses import dataclass

import networkx as nx

from runtime.graph.connect import output_types
from runtime.graph.document import GraphDocument, GraphEdge, GraphNode
from runtime.graph.kinds import kinds_of
from runtime.node import NodeKind
from runtime.settings import LiveSettings
from runtime.values import PortType


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """The drawing with its indexes. Of nodes with equal ids the first counts; dangling wires are left out of `graph`."""

    document: GraphDocument
    nodes: Mapping[str, GraphNode]
    kinds: Mapping[str, type[NodeKind]]
    """Node id to kind, where the kind is known, with the ports that the node's config gives it."""
    incoming: Mapping[tuple[str, str], tuple[GraphEdge, ...]]
    """(node, input port) to the wires that arrive."""
    types: Mapping[tuple[str, str], PortType]
    """(node, output port) to the concrete type."""
    graph: "nx.DiGraph[str]"
    loops: tuple[tuple[str, ...], ...]
    """Groups of nodes that wait for one another, in drawing order."""
    live: LiveSettings | None
    """The flags to check against; None when they do not matter."""

    def wires_into(self, node: str) -> list[GraphEdge]:
        """Return the wires into a node's declared inputs, in the order of its ports and then of drawing."""
        kind = self.kinds.get(node)
        ports = kind.inputs if kind else ()
        return [edge for port in ports for edge in self.incoming.get((node, port.id), ())]


def topology(document: GraphDocument, live: LiveSettings | None = None) -> Topology:
    """Index a drawing."""
    nodes: dict[str, GraphNode] = {}
    for node in document.nodes:
        nodes.setdefault(node.id, node)
    kinds = kinds_of(document)
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from(
        (e.source, e.target) for e in document.edges if e.source in nodes and e.target in nodes
    )
    incoming: dict[tuple[str, str], tuple[GraphEdge, ...]] = {}
    for edge in document.edges:
        if edge.source in nodes:
            key = (edge.target, edge.target_port)
            incoming[key] = (*incoming.get(key, ()), edge)
    return Topology(
        document=document,
        nodes=nodes,
        kinds=kinds,
        incoming=incoming,
        types=output_types(document, kinds),
        graph=graph,
        loops=_loops(graph, nodes),
        live=live,
    )


def _loops(graph: "nx.DiGraph[str]", nodes: Mapping[str, GraphNode]) -> tuple[tuple[str, ...], ...]:
    if nx.is_directed_acyclic_graph(graph):
        return ()
    alone = set(nx.nodes_with_selfloops(graph))
    parts = nx.strongly_connected_components(graph)
    return tuple(
        tuple(node for node in nodes if node in part) for part in parts if len(part) > 1 or part & alone
    )
