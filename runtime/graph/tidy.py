"""Lay a drawing out left to right: layers by longest path, order within a layer by barycentre.

The layered method of Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of Hierarchical System Structures"
(IEEE Trans. SMC 11, 1981); networkx gives the layers.
"""

from collections.abc import Sequence

import networkx as nx

from runtime.graph.document import GraphDocument, Position

X_STEP = 280
Y_STEP = 136
SWEEPS = 4


def tidy_positions(document: GraphDocument) -> dict[str, Position]:
    """Return a position for every node, in canvas pixels; a drawing with loops is laid out along its condensation."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(node.id for node in document.nodes)
    graph.add_edges_from(
        (edge.source, edge.target)
        for edge in document.edges
        if edge.source in graph and edge.target in graph and edge.source != edge.target
    )
    layers = _layers(graph)
    for sweep in range(SWEEPS):
        layers = _ordered(graph, layers, forward=sweep % 2 == 0)
    tallest = max((len(layer) for layer in layers), default=0)
    return {
        node: Position(x=column * X_STEP, y=(row + (tallest - len(layer)) / 2) * Y_STEP // 8 * 8)
        for column, layer in enumerate(layers)
        for row, node in enumerate(layer)
    }


def _layers(graph: "nx.DiGraph[str]") -> list[list[str]]:
    condensed = nx.condensation(graph)
    return [
        [node for part in sorted(generation) for node in sorted(condensed.nodes[part]["members"])]
        for generation in nx.topological_generations(condensed)
    ]


def _ordered(graph: "nx.DiGraph[str]", layers: Sequence[list[str]], *, forward: bool) -> list[list[str]]:
    neighbours = graph.pred if forward else graph.succ
    sequence = list(layers) if forward else list(reversed(layers))
    place = {node: index for layer in layers for index, node in enumerate(layer)}
    result: list[list[str]] = []
    for layer in sequence:
        centre = {
            node: sum(place[n] for n in neighbours[node]) / len(neighbours[node])
            if neighbours[node]
            else place[node]
            for node in layer
        }
        arranged = sorted(layer, key=lambda node: (centre[node], node))
        place.update({node: index for index, node in enumerate(arranged)})
        result.append(arranged)
    return result if forward else list(reversed(result))
