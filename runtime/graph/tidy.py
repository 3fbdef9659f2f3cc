"""Lay a drawing out left to right: layers by longest path, lanes for long wires, order within a layer by barycentre.

The layered method of Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of Hierarchical System Structures"
(IEEE Trans. SMC 11, 1981); networkx gives the layers. A wire that spans several layers gets a lane of its own in those
between, one per source, so that it passes beside cards instead of behind them.
"""

from collections.abc import Sequence

import networkx as nx

from runtime.graph.document import GraphDocument, Position

X_STEP = 280
CARD = 136
"""Height that a card takes with the space around it, in canvas pixels."""
LANE = 48
SWEEPS = 6
GRID = 8

Item = tuple[str, int]
"""A card (id, -1), or the lane (source, layer) of its long wires."""


def tidy_positions(document: GraphDocument) -> dict[str, Position]:
    """Return a position for every node, in canvas pixels; a drawing with loops is laid out along its condensation."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(node.id for node in document.nodes)
    graph.add_edges_from(
        (edge.source, edge.target)
        for edge in document.edges
        if edge.source in graph and edge.target in graph and edge.source != edge.target
    )
    layer_of = _layers(graph)
    laned, layers = _with_lanes(graph, layer_of)
    for sweep in range(SWEEPS):
        layers = _ordered(laned, layers, forward=sweep % 2 == 0)
    tallest = max((_height(layer) for layer in layers), default=0)
    return {
        node: Position(x=column * X_STEP, y=y)
        for column, layer in enumerate(layers)
        for (node, lane), y in _stacked(layer, tallest)
        if lane < 0
    }


def _layers(graph: "nx.DiGraph[str]") -> dict[str, int]:
    condensed = nx.condensation(graph)
    return {
        node: layer
        for layer, generation in enumerate(nx.topological_generations(condensed))
        for part in generation
        for node in condensed.nodes[part]["members"]
    }


def _with_lanes(
    graph: "nx.DiGraph[str]", layer_of: dict[str, int]
) -> tuple["nx.DiGraph[Item]", list[list[Item]]]:
    laned: nx.DiGraph[Item] = nx.DiGraph()
    layers: list[list[Item]] = [[] for _ in range(max(layer_of.values(), default=-1) + 1)]
    for node in graph:
        layers[layer_of[node]].append((node, -1))
    for source, target in graph.edges:
        before: Item = (source, -1)
        for layer in range(layer_of[source] + 1, layer_of[target]):
            lane = (source, layer)
            if lane not in laned:
                layers[layer].append(lane)
            laned.add_edge(before, lane)
            before = lane
        laned.add_edge(before, (target, -1))
    laned.add_nodes_from(item for layer in layers for item in layer)
    return laned, layers


def _ordered(graph: "nx.DiGraph[Item]", layers: Sequence[list[Item]], *, forward: bool) -> list[list[Item]]:
    neighbours = graph.pred if forward else graph.succ
    place = {item: (index + 0.5) / len(layer) for layer in layers for index, item in enumerate(layer)}
    result: list[list[Item]] = []
    for layer in layers if forward else reversed(layers):
        centre = {
            item: sum(place[near] for near in neighbours[item]) / len(neighbours[item])
            if neighbours[item]
            else place[item]
            for item in layer
        }
        arranged = sorted(layer, key=lambda item: (centre[item], item[1] >= 0, item))
        place.update({item: (index + 0.5) / len(arranged) for index, item in enumerate(arranged)})
        result.append(arranged)
    return result if forward else list(reversed(result))


def _height(layer: Sequence[Item]) -> int:
    return sum(LANE if lane >= 0 else CARD for _, lane in layer)


def _stacked(layer: Sequence[Item], tallest: int) -> list[tuple[Item, float]]:
    y = (tallest - _height(layer)) / 2
    stacked: list[tuple[Item, float]] = []
    for item in layer:
        stacked.append((item, float(round(y / GRID) * GRID)))
        y += LANE if item[1] >= 0 else CARD
    return stacked
