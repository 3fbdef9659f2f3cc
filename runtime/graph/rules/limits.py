"""A drawing has a largest size."""

from collections.abc import Iterable

from runtime.graph.document import MAX_EDGES, MAX_NODES
from runtime.graph.issue import Issue
from runtime.graph.rule import Rule
from runtime.graph.topology import Topology


class SizeLimit(Rule):
    """More nodes or wires than the canvas and the compiler are made for."""

    codes = ("G001",)

    def issues(self, drawing: Topology) -> Iterable[Issue]:
        """Compare both counts with their limits."""
        counts = (
            ("nodes", len(drawing.document.nodes), MAX_NODES),
            ("wires", len(drawing.document.edges), MAX_EDGES),
        )
        for what, count, limit in counts:
            if count > limit:
                yield Issue(
                    code="G001",
                    severity="error",
                    message=f"The drawing has {count:,} {what}; {limit:,} are possible.",
                    fix="Split it into two workflows.",
                )
