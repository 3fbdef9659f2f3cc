"""A drawing and its layout together, and the difference between two of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar

from runtime.errors import InvalidValue
from runtime.graph.document import GraphDocument, GraphEdge, GraphNode, Layout, Position

T = TypeVar("T", GraphNode, GraphEdge, Position)
Pairs = Mapping[str, tuple[T | None, T | None]]
Order = tuple[tuple[str, ...] | None, tuple[str, ...] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What is on the canvas: the document, which is hashed, and the layout, which is not."""

    document: GraphDocument = field(default_factory=GraphDocument)
    layout: Layout = field(default_factory=Layout)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an edit did: id → (before, after), None where there was or is nothing."""

    nodes: Pairs[GraphNode] = field(default_factory=dict[str, tuple[GraphNode | None, GraphNode | None]])
    edges: Pairs[GraphEdge] = field(default_factory=dict[str, tuple[GraphEdge | None, GraphEdge | None]])
    positions: Pairs[Position] = field(default_factory=dict[str, tuple[Position | None, Position | None]])
    node_order: Order = (None, None)
    """Ids of all nodes (before, after), where appending would not give this order: order is part of the hash."""
    edge_order: Order = (None, None)

    @property
    def is_empty(self) -> bool:
        """Say whether nothing differs."""
        orders = (*self.node_order, *self.edge_order)
        return not (self.nodes or self.edges or self.positions or any(order is not None for order in orders))

    @classmethod
    def between(cls, before: Drawing, after: Drawing) -> Self:
        """Return what turns `before` into `after`."""
        old_nodes, new_nodes = ({n.id: n for n in side.document.nodes} for side in (before, after))
        old_edges, new_edges = ({e.id: e for e in side.document.edges} for side in (before, after))
        return cls(
            nodes=_pairs(old_nodes, new_nodes),
            edges=_pairs(old_edges, new_edges),
            positions=_pairs(before.layout.positions, after.layout.positions),
            node_order=_order(old_nodes, new_nodes),
            edge_order=_order(old_edges, new_edges),
        )

    def inverted(self) -> Self:
        """Return the change that takes this one back."""
        return type(self)(
            nodes=_swap(self.nodes),
            edges=_swap(self.edges),
            positions=_swap(self.positions),
            node_order=(self.node_order[1], self.node_order[0]),
            edge_order=(self.edge_order[1], self.edge_order[0]),
        )

    def applied_to(self, drawing: Drawing) -> Drawing:
        """Return the drawing with the change made.

        Raises `InvalidValue` when something it replaces or deletes has changed since.
        """
        nodes = _patched({n.id: n for n in drawing.document.nodes}, self.nodes, "node")
        edges = _patched({e.id: e for e in drawing.document.edges}, self.edges, "wire")
        nodes, edges = _sorted(nodes, self.node_order[1]), _sorted(edges, self.edge_order[1])
        return Drawing(
            document=GraphDocument(
                nodes=tuple(nodes.values()), edges=tuple(edges.values()), bodies=drawing.document.bodies
            ),
            layout=Layout(
                positions=_patched(drawing.layout.positions, self.positions, "position", exact=False)
            ),
        )

    def dump(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        return {
            "nodes": _dump_pairs(self.nodes),
            "edges": _dump_pairs(self.edges),
            "positions": _dump_pairs(self.positions),
            "node_order": list(self.node_order),
            "edge_order": list(self.edge_order),
        }

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild what `dump` returned."""
        return cls(
            nodes=_load_pairs(data["nodes"], GraphNode.model_validate),
            edges=_load_pairs(data["edges"], GraphEdge.model_validate),
            positions=_load_pairs(data["positions"], Position.model_validate),
            node_order=_load_order(data["node_order"]),
            edge_order=_load_order(data["edge_order"]),
        )


def _pairs(before: Mapping[str, T], after: Mapping[str, T]) -> dict[str, tuple[T | None, T | None]]:
    keys = [*before, *(key for key in after if key not in before)]
    return {key: (before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)}


def _order(before: Mapping[str, T], after: Mapping[str, T]) -> Order:
    return (_needed(after, before), _needed(before, after))


def _needed(current: Mapping[str, T], wanted: Mapping[str, T]) -> tuple[str, ...] | None:
    appended = [*(key for key in current if key in wanted), *(key for key in wanted if key not in current)]
    return None if appended == list(wanted) else tuple(wanted)


def _sorted(items: dict[str, T], order: tuple[str, ...] | None) -> dict[str, T]:
    """Return the items in the wanted order, those it does not name last."""
    if order is None:
        return items
    place = {key: index for index, key in enumerate(order)}
    return dict(sorted(items.items(), key=lambda item: place.get(item[0], len(place))))


def _load_order(data: Sequence[Sequence[str] | None]) -> Order:
    before, after = data
    return (None if before is None else tuple(before), None if after is None else tuple(after))


def _swap(pairs: Pairs[T]) -> dict[str, tuple[T | None, T | None]]:
    return {key: (after, before) for key, (before, after) in pairs.items()}


def _patched(current: Mapping[str, T], pairs: Pairs[T], what: str, *, exact: bool = True) -> dict[str, T]:
    result = dict(current)
    for key, (before, after) in pairs.items():
        if exact and result.get(key) != before:
            raise InvalidValue(
                f"The {what} {key!r} has been changed since, so this cannot be applied any more."
            )
        if after is None:
            result.pop(key, None)
        else:
            result[key] = after
    return result


def _dump_pairs(pairs: Pairs[T]) -> dict[str, list[Any]]:
    return {
        key: [None if side is None else side.model_dump(mode="json") for side in pair]
        for key, pair in pairs.items()
    }


def _load_pairs(data: Mapping[str, Any], parse: Callable[[Any], T]) -> dict[str, tuple[T | None, T | None]]:
    return {
        key: (None if before is None else parse(before), None if after is None else parse(after))
        for key, (before, after) in data.items()
    }
