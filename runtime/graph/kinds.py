"""The kind of a node as it is drawn: with the ports that its config gives it."""

from runtime.catalog import node_kinds
from runtime.graph.document import GraphDocument
from runtime.node import NodeKind


def kinds_of(document: GraphDocument) -> dict[str, type[NodeKind]]:
    """Return node id → kind, where the kind is known; of nodes with equal ids the first counts."""
    known = node_kinds()
    kinds: dict[str, type[NodeKind]] = {}
    for node in document.nodes:
        kind = known.get(node.kind)
        if kind is not None:
            kinds.setdefault(node.id, kind.fitted(node.config, document.bodies))
    return kinds
