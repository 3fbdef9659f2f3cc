"""Ids are unique, and wires end at nodes that exist."""

from collections import Counter
from collections.abc import Iterable

from runtime.graph.issue import Issue
from runtime.graph.rule import Rule
from runtime.graph.topology import Topology


class DuplicateId(Rule):
    """Two nodes, or two wires, with one id."""

    codes = ("G002",)

    def issues(self, drawing: Topology) -> Iterable[Issue]:
        """Count ids."""
        for node_id, count in Counter(node.id for node in drawing.document.nodes).items():
            if count > 1:
                yield Issue(
                    code="G002",
                    severity="error",
                    node=node_id,
                    message=f"{count} nodes share the id {node_id!r}.",
                    fix="Give each node its own id.",
                )
        for edge_id, count in Counter(edge.id for edge in drawing.document.edges).items():
            if count > 1:
                yield Issue(
                    code="G002",
                    severity="error",
                    edge=edge_id,
                    message=f"{count} wires share the id {edge_id!r}.",
                    fix="Delete all but one of them.",
                )


class DanglingWire(Rule):
    """A wire that starts or ends at a node that is not there."""

    codes = ("G003",)

    def issues(self, drawing: Topology) -> Iterable[Issue]:
        """Look both ends up."""
        for edge in drawing.document.edges:
            for end in (edge.source, edge.target):
                if end not in drawing.nodes:
                    yield Issue(
                        code="G003",
                        severity="error",
                        edge=edge.id,
                        message=f"A wire refers to node {end!r}, which is not in the drawing.",
                        fix="Delete the wire.",
                    )
