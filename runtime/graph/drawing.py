"""A drawing and its layout together, and the difference between two of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar

from runtime.errors import InvalidValue
from runtime.graph.document import GraphDocument, GraphEdge, GraphNode, Layout, Position

T = TypeVar("T", GraphNode, GraphEdge, Position)
Pairs = Mapping[str, tuple[T | None, T | None]]


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

    @property
    def is_empty(self) -> bool:
        """Say whether nothing differs."""
        return not (self.nodes or self.edges or self.positions)

    @classmethod
    def between(cls, before: Drawing, after: Drawing) -> Self:
        """Return what turns `before` into `after`."""
        return cls(
            nodes=_pairs({n.id: n for n in before.document.nodes}, {n.id: n for n in after.document.nodes}),
            edges=_pairs({e.id: e for e in before.document.edges}, {e.id: e for e in after.document.edges}),
            positions=_pairs(before.layout.positions, after.layout.positions),
        )

    def inverted(self) -> Self:
        """Return the change that takes this one back."""
        return type(self)(nodes=_swap(self.nodes), edges=_swap(self.edges), positions=_swap(self.positions))

    def applied_to(self, drawing: Drawing) -> Drawing:
        """Return the drawing with the change made.

        Raises `InvalidValue` when something it replaces or deletes has changed since.
        """
        nodes = _patched({n.id: n for n in drawing.document.nodes}, self.nodes, "node")
        edges = _patched({e.id: e for e in drawing.document.edges}, self.edges, "wire")
        return Drawing(
            document=GraphDocument(nodes=tuple(nodes.values()), edges=tuple(edges.values())),
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
        }

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild what `dump` returned."""
        return cls(
            nodes=_load_pairs(data["nodes"], GraphNode.model_validate),
            edges=_load_pairs(data["edges"], GraphEdge.model_validate),
            positions=_load_pairs(data["positions"], Position.model_validate),
        )


def _pairs(before: Mapping[str, T], after: Mapping[str, T]) -> dict[str, tuple[T | None, T | None]]:
    keys = [*before, *(key for key in after if key not in before)]
    return {key: (before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)}


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
