"""Subflows, drawn out: the nodes of the other workflow take the place of the card. Pure.

Ids are prefixed (`card/node`), titles say where (`Card ▸ Node`). The other workflow's open ends stay as nodes that hand on
what they get, so the card's wires end at them. LangGraph sees one flat graph: it has nothing nested to cancel.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from runtime.body import BORDER, INPUT, OUTPUT, open_end, reference, users
from runtime.graph.connect import title_of
from runtime.graph.document import Body, GraphDocument, GraphEdge, GraphNode, edge_id

MAX_DEPTH = 5
"""Workflows inside of one another."""
LONGEST_ID = 150
"""Ids of nodes go into columns of 160 characters."""

End = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inlined:
    """A drawing without subflows."""

    document: GraphDocument
    """The very drawing that was given, when it has none."""
    cards: Mapping[str, str] = field(default_factory=dict[str, str])
    """Node of a subflow → the card in the given drawing that stands for it."""

    def card_of(self, node: str) -> str:
        """Return the card in the given drawing that a node belongs to: for most, the node itself."""
        return self.cards.get(node, node)


def inlined(document: GraphDocument) -> Inlined:
    """Draw every subflow out, and those within them; one that cannot be (unknown, endless, too deep) stays a card."""
    if not any(kind.inlined for _, kind in users(document.nodes)):
        return Inlined(document=document)
    parts = _Parts(taken={node.id for node in document.nodes})
    _draw_out(Body(nodes=document.nodes, edges=document.edges), document.bodies, parts, (), "")
    flat = GraphDocument.model_construct(
        nodes=tuple(parts.nodes), edges=tuple(parts.edges), bodies=document.bodies
    )
    return Inlined(document=flat, cards=parts.cards)


@dataclass(slots=True)
class _Parts:
    """What is drawn so far."""

    taken: set[str]
    nodes: list[GraphNode] = field(default_factory=list[GraphNode])
    edges: list[GraphEdge] = field(default_factory=list[GraphEdge])
    cards: dict[str, str] = field(default_factory=dict[str, str])

    def fresh(self, card: str, node: str) -> str:
        """Return the id of a node within a card."""
        name = f"{card}/{node}"
        if len(name) > LONGEST_ID:
            mark = hashlib.sha256(name.encode()).hexdigest()[:12]
            name = f"{name[: LONGEST_ID - 13]}~{mark}"
        while name in self.taken:
            name += "'"
        self.taken.add(name)
        return name


def _draw_out(
    body: Body, bodies: Mapping[str, Body], parts: _Parts, chain: tuple[str, ...], card: str
) -> dict[str, GraphNode]:
    """Draw a workflow into `parts` and return its nodes by their own ids, as they are called now.

    `chain`: references of the workflows it stands in. `card`: id of the card it takes the place of; empty for the outermost.
    """
    names: dict[str, GraphNode] = {}
    inner: dict[str, dict[str, GraphNode]] = {}
    subflows = {node.id for node, kind in users(body.nodes) if kind.inlined}
    for node in body.nodes:
        placed = _placed(node, parts, card)
        names.setdefault(node.id, placed)
        ref = reference(node.config)
        inside = bodies.get(ref) if node.id in subflows else None
        if inside is None or inside.problem or ref in chain or len(chain) >= MAX_DEPTH:
            parts.nodes.append(placed)
            continue
        before = len(parts.nodes)
        inner[node.id] = _draw_out(inside, bodies, parts, (*chain, ref), placed.id)
        for index in range(before, len(parts.nodes)):
            drawn = parts.nodes[index]
            title = f"{title_of(placed)} ▸ {title_of(drawn)}"
            parts.nodes[index] = drawn.model_copy(update={"title": title})
            if not card:
                parts.cards[drawn.id] = node.id
    parts.edges += _wires(body, names, inner)
    return names


def _placed(node: GraphNode, parts: _Parts, card: str) -> GraphNode:
    return node.model_copy(update={"id": parts.fresh(card, node.id)}) if card else node


def _wires(
    body: Body, names: Mapping[str, GraphNode], inner: Mapping[str, Mapping[str, GraphNode]]
) -> Iterator[GraphEdge]:
    for edge in body.edges:
        source = _end(edge.source, edge.source_port, OUTPUT, names, inner)
        target = _end(edge.target, edge.target_port, INPUT, names, inner)
        # A wire to a port that the card has not is a problem of its own (G201); here it leads nowhere.
        if source is not None and target is not None:
            same = (source, target) == ((edge.source, edge.source_port), (edge.target, edge.target_port))
            yield (
                edge
                if same
                else GraphEdge.model_construct(
                    id=edge_id(*source, *target),
                    source=source[0],
                    source_port=source[1],
                    target=target[0],
                    target_port=target[1],
                )
            )


def _end(
    node: str,
    port: str,
    kind: str,
    names: Mapping[str, GraphNode],
    inner: Mapping[str, Mapping[str, GraphNode]],
) -> End | None:
    """Return where a wire's end is after drawing out: at the node, or at the open end behind the card's port."""
    if node not in inner:
        placed = names.get(node)
        return (node if placed is None else placed.id, port)
    ends = (each for each in inner[node].values() if each.kind == kind and open_end(each.config).id == port)
    found = next(ends, None)
    return None if found is None else (found.id, BORDER)
