"""What a person can do to a drawing: one frozen class per gesture, which applies itself and names itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from runtime.catalog import kind_named, node_kinds
from runtime.errors import InvalidValue, NotFound
from runtime.graph.connect import refusal
from runtime.graph.document import GraphDocument, GraphEdge, GraphNode, Layout, Position, edge_id
from runtime.graph.drawing import Drawing
from runtime.graph.tidy import tidy_positions
from runtime.spec import unstorable

GRID = 8
MAX_TITLE = 120


class Edit(Protocol):
    """One gesture."""

    def applied_to(self, drawing: Drawing) -> Drawing:
        """Return the drawing after it; raises `InvalidValue` or `NotFound` with the reason when it cannot be."""
        ...

    def label(self, drawing: Drawing) -> str:
        """Return the words for the undo menu."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AddNode:
    """Put a new node on the canvas, wired to `link_from` (node, output port) when given."""

    kind: str
    x: float
    y: float
    node_id: str = ""
    link_from: tuple[str, str] | None = None

    def applied_to(self, drawing: Drawing) -> Drawing:
        """Return the drawing after it."""
        return _add(self, drawing)

    def label(self, drawing: Drawing) -> str:  # noqa: ARG002
        """Return the words for the undo menu."""
        return f"Add {_kind_title(self.kind)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect:
    """Draw a wire."""

    source: str
    source_port: str
    target: str
    target_port: str

    def applied_to(self, drawing: Drawing) -> Drawing:
        """Return the drawing after it."""
        return _connect(self, drawing)

    def label(self, drawing: Drawing) -> str:
        """Return the words for the undo menu."""
        return f"Connect {_name(drawing, self.source)} to {_name(drawing, self.target)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """Delete nodes, with their wires, and wires."""

    nodes: tuple[str, ...] = ()
    edges: tuple[str, ...] = ()

    def applied_to(self, drawing: Drawing) -> Drawing:
        """Return the drawing after it."""
        return _remove(self, drawing)

    def label(self, drawing: Drawing) -> str:  # noqa: ARG002
        """Return the words for the undo menu."""
        return _count("Delete", len(self.nodes), len(self.edges))


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Put nodes somewhere else."""

    positions: Mapping[str, tuple[float, float]]

    def applied_to(self, drawing: Drawing) -> Drawing:
        """Return the drawing after it."""
        return _move(self, drawing)

    def label(self, drawing: Drawing) -> str:  # noqa: ARG002
        """Return the words for the undo menu."""
        return _count("Move", len(self.positions))


@dataclass(frozen=True, slots=True, kw_only=True)
class Configure:
    """Set one config field; None as value sets it back to its default."""

    node: str
    field: str
    value: Any

    def applied_to(self, drawing: Drawing) -> Drawing:
        """Return the drawing after it."""
        return _configure(self, drawing)

    def label(self, drawing: Drawing) -> str:
        """Return the words for the undo menu."""
        return f"Set {self.field} of {_name(drawing, self.node)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename:
    """Give a node another title; an empty one is the kind's own."""

    node: str
    title: str

    def applied_to(self, drawing: Drawing) -> Drawing:
        """Return the drawing after it."""
        node = _known(drawing, self.node)
        return _with_node(drawing, node.model_copy(update={"title": self.title.strip()[:MAX_TITLE]}))

    def label(self, drawing: Drawing) -> str:
        """Return the words for the undo menu."""
        return f"Rename {_name(drawing, self.node)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """Copy nodes, and the wires among them, beside the originals."""

    nodes: tuple[str, ...]
    dx: float = 40
    dy: float = 40

    def applied_to(self, drawing: Drawing) -> Drawing:
        """Return the drawing after it."""
        return _duplicate(self, drawing)

    def label(self, drawing: Drawing) -> str:  # noqa: ARG002
        """Return the words for the undo menu."""
        return _count("Duplicate", len(self.nodes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidy:
    """Lay the nodes out left to right."""

    def applied_to(self, drawing: Drawing) -> Drawing:
        """Return the drawing after it."""
        return Drawing(document=drawing.document, layout=Layout(positions=tidy_positions(drawing.document)))

    def label(self, drawing: Drawing) -> str:  # noqa: ARG002
        """Return the words for the undo menu."""
        return "Tidy"


def fresh_id(kind: str, taken: set[str]) -> str:
    """Return a short readable id for a new node: `momentum`, `momentum_2`, …."""
    stem = kind.rpartition(".")[2] or "node"
    number = 1
    while (candidate := stem if number == 1 else f"{stem}_{number}") in taken:
        number += 1
    return candidate


def _add(edit: AddNode, drawing: Drawing) -> Drawing:
    kind = node_kinds().get(edit.kind)
    if kind is None:
        raise NotFound("node kind", edit.kind, known=node_kinds().keys())
    taken = {node.id for node in drawing.document.nodes}
    if edit.node_id in taken:
        raise InvalidValue(f"There already is a node {edit.node_id!r}.", field="node_id")
    node_id = edit.node_id or fresh_id(edit.kind, taken)
    node = GraphNode(id=node_id, kind=kind.kind, kind_version=kind.version)
    position = Position(x=_snap(edit.x), y=_snap(edit.y))
    added = _rebuilt(drawing, nodes=(*drawing.document.nodes, node), positions={node_id: position})
    if edit.link_from is None:
        return added
    return _linked(added, edit.link_from, node)


def _linked(drawing: Drawing, link_from: tuple[str, str], node: GraphNode) -> Drawing:
    source, source_port = link_from
    for port in kind_named(node.kind).inputs:
        wire = Connect(source=source, source_port=source_port, target=node.id, target_port=port.id)
        if refusal(drawing.document, source, source_port, node.id, port.id) is None:
            return _connect(wire, drawing)
    raise InvalidValue(f"{kind_named(node.kind).title} has no input that takes this wire.")


def _connect(edit: Connect, drawing: Drawing) -> Drawing:
    reason = refusal(drawing.document, edit.source, edit.source_port, edit.target, edit.target_port)
    if reason is not None:
        raise InvalidValue(reason, field="wire")
    edge = GraphEdge(
        id=edge_id(edit.source, edit.source_port, edit.target, edit.target_port),
        source=edit.source,
        source_port=edit.source_port,
        target=edit.target,
        target_port=edit.target_port,
    )
    return _rebuilt(drawing, edges=(*drawing.document.edges, edge))


def _remove(edit: Remove, drawing: Drawing) -> Drawing:
    gone, cut = set(edit.nodes), set(edit.edges)
    return Drawing(
        document=GraphDocument(
            nodes=tuple(node for node in drawing.document.nodes if node.id not in gone),
            edges=tuple(
                edge
                for edge in drawing.document.edges
                if edge.id not in cut and edge.source not in gone and edge.target not in gone
            ),
            bodies=drawing.document.bodies,
        ),
        layout=Layout(
            positions={key: value for key, value in drawing.layout.positions.items() if key not in gone}
        ),
    )


def _move(edit: Move, drawing: Drawing) -> Drawing:
    known = {node.id for node in drawing.document.nodes}
    moved = {key: Position(x=_snap(x), y=_snap(y)) for key, (x, y) in edit.positions.items() if key in known}
    return _rebuilt(drawing, positions=moved)


def _configure(edit: Configure, drawing: Drawing) -> Drawing:
    node = _known(drawing, edit.node)
    fields = kind_named(node.kind).Config.model_fields
    if edit.field not in fields and edit.field not in node.config:
        raise NotFound("field", edit.field, known=fields.keys())
    if unstorable(edit.value) is not None:
        raise InvalidValue(f"{edit.field} must be a finite number.", field=edit.field)
    config = {key: value for key, value in node.config.items() if key != edit.field}
    if edit.value is not None:
        config[edit.field] = edit.value
    return _with_node(drawing, node.model_copy(update={"config": config}))


def _duplicate(edit: Duplicate, drawing: Drawing) -> Drawing:
    taken = {node.id for node in drawing.document.nodes}
    twins: dict[str, GraphNode] = {}
    for node_id in dict.fromkeys(edit.nodes):
        node = _known(drawing, node_id)
        twin = fresh_id(node.kind, taken)
        taken.add(twin)
        twins[node_id] = node.model_copy(update={"id": twin})
    wires = [
        _copied(edge, twins[edge.source].id, twins[edge.target].id)
        for edge in drawing.document.edges
        if edge.source in twins and edge.target in twins
    ]
    return _rebuilt(
        drawing,
        nodes=(*drawing.document.nodes, *twins.values()),
        edges=(*drawing.document.edges, *wires),
        positions={
            twins[key].id: Position(x=_snap(at.x + edit.dx), y=_snap(at.y + edit.dy))
            for key, at in drawing.layout.positions.items()
            if key in twins
        },
    )


def _copied(edge: GraphEdge, source: str, target: str) -> GraphEdge:
    return edge.model_copy(
        update={
            "id": edge_id(source, edge.source_port, target, edge.target_port),
            "source": source,
            "target": target,
        }
    )


def _rebuilt(
    drawing: Drawing,
    *,
    nodes: tuple[GraphNode, ...] | None = None,
    edges: tuple[GraphEdge, ...] | None = None,
    positions: Mapping[str, Position] | None = None,
) -> Drawing:
    document = drawing.document
    return Drawing(
        document=GraphDocument(
            nodes=document.nodes if nodes is None else nodes,
            edges=document.edges if edges is None else edges,
            bodies=document.bodies,
        ),
        layout=Layout(positions={**drawing.layout.positions, **(positions or {})}),
    )


def _with_node(drawing: Drawing, changed: GraphNode) -> Drawing:
    return _rebuilt(
        drawing,
        nodes=tuple(changed if node.id == changed.id else node for node in drawing.document.nodes),
    )


def _known(drawing: Drawing, node_id: str) -> GraphNode:
    node = drawing.document.node(node_id)
    if node is None:
        raise NotFound("node", node_id)
    return node


def _name(drawing: Drawing, node_id: str) -> str:
    node = drawing.document.node(node_id)
    if node is None:
        return node_id
    kind = node_kinds().get(node.kind)
    return node.title or (kind.title if kind else node.kind)


def _kind_title(kind: str) -> str:
    known = node_kinds().get(kind)
    return known.title if known else kind


def _count(verb: str, nodes: int, edges: int = 0) -> str:
    parts = [f"{n} {what}{'' if n == 1 else 's'}" for n, what in ((nodes, "node"), (edges, "wire")) if n]
    return f"{verb} {' and '.join(parts) or 'nothing'}"


def _snap(value: float) -> float:
    return round(value / GRID) * GRID
