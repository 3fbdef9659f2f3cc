"""Every wire runs from a port to a port that takes it, and every required input has one."""

from collections.abc import Iterable

from runtime.body import is_unresolved
from runtime.graph.connect import accepts, title_of
from runtime.graph.document import GraphEdge
from runtime.graph.issue import Issue
from runtime.graph.rule import Rule
from runtime.graph.topology import Topology


class UnknownPort(Rule):
    """A wire is plugged into a port that the kind does not have. Of a card without a workflow nobody knows the ports: G401."""

    codes = ("G201",)

    def issues(self, drawing: Topology) -> Iterable[Issue]:
        """Look both ports up."""
        bodies = drawing.document.bodies
        open_to_all = {node.id for node in drawing.nodes.values() if is_unresolved(node, bodies)}
        kinds = {node: kind for node, kind in drawing.kinds.items() if node not in open_to_all}
        for edge in drawing.document.edges:
            giver, taker = kinds.get(edge.source), kinds.get(edge.target)
            if giver and giver.output(edge.source_port) is None:
                yield self._issue(drawing, edge, edge.source, f"output {edge.source_port!r}")
            if taker and taker.input(edge.target_port) is None:
                yield self._issue(drawing, edge, edge.target, f"input {edge.target_port!r}")

    @staticmethod
    def _issue(drawing: Topology, edge: GraphEdge, node: str, port: str) -> Issue:
        return Issue(
            code="G201",
            severity="error",
            node=node,
            edge=edge.id,
            message=f"{title_of(drawing.nodes[node])} has no {port}.",
            fix="Delete the wire and draw it to a port that is there.",
        )


class TypeMismatch(Rule):
    """An output of one type is wired to an input of another."""

    codes = ("G202",)

    def issues(self, drawing: Topology) -> Iterable[Issue]:
        """Compare concrete types."""
        for edge in drawing.document.edges:
            given = drawing.types.get((edge.source, edge.source_port))
            taker = drawing.kinds.get(edge.target)
            port = taker.input(edge.target_port) if taker else None
            if given is None or port is None or accepts(port.type, given):
                continue
            yield Issue(
                code="G202",
                severity="error",
                node=edge.target,
                edge=edge.id,
                message=f"{title_of(drawing.nodes[edge.target])} expects {port.type} at {port.title or port.id}, "
                f"{title_of(drawing.nodes[edge.source])} gives {given}.",
                fix="Delete the wire and connect an output of the right type.",
            )


class MissingInput(Rule):
    """A required input has no wire."""

    codes = ("G203",)

    def issues(self, drawing: Topology) -> Iterable[Issue]:
        """Count the wires of every required input, and of all inputs where any of them will do."""
        for node_id, kind in drawing.kinds.items():
            if kind.needs_any and not drawing.wires_into(node_id):
                yield Issue(
                    code="G203",
                    severity="error",
                    node=node_id,
                    message=f"{title_of(drawing.nodes[node_id])} needs at least one input.",
                    fix="Draw a wire to one of: " + ", ".join(p.title or p.id for p in kind.inputs) + ".",
                )
            for port in kind.inputs:
                if port.required and not drawing.incoming.get((node_id, port.id)):
                    yield Issue(
                        code="G203",
                        severity="error",
                        node=node_id,
                        field=port.id,
                        message=f"{title_of(drawing.nodes[node_id])} needs {port.type} at {port.title or port.id}.",
                        fix=f"Draw a wire from an output of type {port.type}.",
                    )


class CrowdedInput(Rule):
    """Two wires in an input that takes one."""

    codes = ("G204",)

    def issues(self, drawing: Topology) -> Iterable[Issue]:
        """Count the wires of every single input."""
        for (node_id, port_id), edges in drawing.incoming.items():
            kind = drawing.kinds.get(node_id)
            port = kind.input(port_id) if kind else None
            if port is None or port.many or len(edges) == 1:
                continue
            yield Issue(
                code="G204",
                severity="error",
                node=node_id,
                edge=edges[-1].id,
                field=port_id,
                message=f"{title_of(drawing.nodes[node_id])} takes one wire at {port.title or port.id}, "
                f"{len(edges)} are drawn.",
                fix="Delete all but one.",
            )
