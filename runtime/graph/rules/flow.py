"""Work flows from a start to an output, and never for ever."""

from collections.abc import Iterable

from runtime.graph.connect import reachable, title_of
from runtime.graph.issue import Issue
from runtime.graph.rule import Rule
from runtime.graph.topology import Topology


class UnboundedCycle(Rule):
    """Nodes that wait for one another in a circle."""

    codes = ("G301",)

    def issues(self, drawing: Topology) -> Iterable[Issue]:
        """Find the strongly connected parts with a cycle in them."""
        for members in drawing.loops:
            names = ", ".join(title_of(drawing.nodes[node]) for node in members[:4])
            yield Issue(
                code="G301",
                severity="error",
                node=members[0],
                message=f"{names}{' and others' if len(members) > 4 else ''} form a loop that never ends.",  # noqa: PLR2004
                fix="Delete one of the wires of the loop; to repeat something a bounded number of times, use a Loop node.",
            )


class UnreachableNode(Rule):
    """A node that no start leads to, so it would never run. A start is a node that needs nothing, such as Prices."""

    codes = ("G302",)

    def issues(self, drawing: Topology) -> Iterable[Issue]:
        """Walk from every start; leave out nodes whose own problem (loop, missing input) has its own sentence."""
        starts = [node for node in drawing.nodes if self._starts(drawing, node)]
        reached = reachable(starts, drawing.graph.adj)
        loops = {node for part in drawing.loops for node in part}
        for node_id in drawing.kinds:
            if node_id in reached or node_id in loops or drawing.graph.in_degree(node_id) == 0:
                continue
            yield Issue(
                code="G302",
                severity="error",
                node=node_id,
                message=f"{title_of(drawing.nodes[node_id])} is never reached: nothing before it can run.",
                fix="Connect it to a path from a start, such as Prices, or delete it.",
            )

    @staticmethod
    def _starts(drawing: Topology, node: str) -> bool:
        kind = drawing.kinds.get(node)
        if kind is None or drawing.graph.in_degree(node):
            return False
        return not kind.needs_any and not any(port.required for port in kind.inputs)


class NoOutput(Rule):
    """A drawing whose results go nowhere."""

    codes = ("G303",)

    def issues(self, drawing: Topology) -> Iterable[Issue]:
        """Look for a node of an output kind."""
        if not drawing.nodes:
            yield Issue(
                code="G303",
                severity="error",
                message="The drawing is empty.",
                fix="Add a first node from the palette.",
            )
        elif not any(kind.terminal for kind in drawing.kinds.values()):
            yield Issue(
                code="G303",
                severity="error",
                message="The drawing has no output.",
                fix="Add a report, a signal event or paper orders.",
            )
