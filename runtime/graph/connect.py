"""May this wire be drawn? The one answer, with the reason, for editor, REST and validation."""

from collections.abc import Iterable, Mapping

from runtime.catalog import node_kinds
from runtime.graph.document import GraphDocument, GraphEdge, GraphNode
from runtime.graph.kinds import kinds_of
from runtime.node import NodeKind, Port
from runtime.values import PortType


def accepts(target: PortType, source: PortType) -> bool:
    """Say whether an input of type `target` takes an output of type `source`."""
    return target in ("any", source) or source == "any"


def output_types(
    document: GraphDocument, kinds: Mapping[str, type[NodeKind]] | None = None
) -> dict[tuple[str, str], PortType]:
    """Return the concrete type of every output port; `any` stays where nothing upstream decides it.

    `kinds`: those of the drawing, where the caller has them.
    """
    kinds = kinds_of(document) if kinds is None else kinds
    incoming = {(edge.target, edge.target_port): edge for edge in reversed(document.edges)}
    types: dict[tuple[str, str], PortType] = {}
    for node, kind in kinds.items():
        for port in kind.outputs:
            types[node, port.id] = _concrete(node, port, kinds, incoming)
    return types


def _concrete(
    node: str,
    port: Port,
    kinds: Mapping[str, type[NodeKind]],
    incoming: dict[tuple[str, str], GraphEdge],
) -> PortType:
    seen: set[str] = set()
    while port.type == "any" and port.same_as and node not in seen:
        seen.add(node)
        edge = incoming.get((node, port.same_as))
        upstream = kinds.get(edge.source) if edge else None
        source = upstream.output(edge.source_port) if edge and upstream else None
        if edge is None or source is None:
            return "any"
        node, port = edge.source, source
    return port.type


def refusal(
    document: GraphDocument, source: str, source_port: str, target: str, target_port: str
) -> str | None:
    """Return why this wire may not be drawn, or None when it may."""
    giver, taker = document.node(source), document.node(target)
    if giver is None or taker is None:
        return f"There is no node {(source if giver is None else target)!r}."
    if source == target:
        return "A node cannot be wired to itself."
    kinds = kinds_of(document)
    out = _port(giver, kinds.get(source), source_port, inputs=False)
    into = _port(taker, kinds.get(target), target_port, inputs=True)
    if isinstance(out, str):
        return out
    if isinstance(into, str):
        return into
    given = output_types(document, kinds)[source, source_port]
    if not accepts(into.type, given):
        return f"{title_of(taker)} expects {into.type} at {into.title or into.id}, {title_of(giver)} gives {given}."
    arriving = [e for e in document.edges if e.target == target and e.target_port == target_port]
    return _occupied(arriving, source, source_port, into, taker) or _loop(document, source, target)


def title_of(node: GraphNode) -> str:
    """Return what the card of a node says."""
    kind = node_kinds().get(node.kind)
    return node.title or (kind.title if kind else node.kind)


def _port(node: GraphNode, kind: type[NodeKind] | None, port_id: str, *, inputs: bool) -> Port | str:
    if kind is None:
        return f"The kind {node.kind!r} of node {node.id!r} is unknown here, so it cannot be wired."
    port = kind.input(port_id) if inputs else kind.output(port_id)
    return port or f"{title_of(node)} has no {'input' if inputs else 'output'} {port_id!r}."


def _occupied(
    arriving: list[GraphEdge], source: str, source_port: str, into: Port, taker: GraphNode
) -> str | None:
    if any(edge.source == source and edge.source_port == source_port for edge in arriving):
        return "This wire is already drawn."
    if arriving and not into.many:
        return f"{into.title or into.id} of {title_of(taker)} takes one wire. Delete the one that is there first."
    return None


def _loop(document: GraphDocument, source: str, target: str) -> str | None:
    followers: dict[str, list[str]] = {}
    for edge in document.edges:
        followers.setdefault(edge.source, []).append(edge.target)
    if source in reachable([target], followers):
        return "This wire would close a loop, which would never end. To repeat something, use a Loop node."
    return None


def reachable(starts: Iterable[str], followers: Mapping[str, Iterable[str]]) -> set[str]:
    """Return every node that can be reached from `starts`, they included."""
    found = set(starts)
    todo = list(found)
    while todo:
        for following in followers.get(todo.pop(), ()):
            if following not in found:
                found.add(following)
                todo.append(following)
    return found
