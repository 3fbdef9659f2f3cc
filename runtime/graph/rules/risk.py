"""Nothing acts on the world unless the risk gate approved exactly what is acted on."""

from collections.abc import Iterable
from itertools import pairwise

import networkx as nx

from runtime.graph.connect import title_of
from runtime.graph.inline import inlined
from runtime.graph.issue import Issue
from runtime.graph.rule import Rule
from runtime.graph.topology import Topology, topology


class UngatedSideEffect(Rule):
    """Signals or orders from something other than an approved port of the risk gate.

    Between gate and side effect only nodes may stand that hand their input on unchanged (an output with `same_as`): what
    was approved is what is ordered. Subflows are looked into: an approval counts across their border. What a map or a loop
    repeats is another matter: it needs a gate of its own inside (`runtime.graph.rules.bodies`).
    """

    codes = ("G304",)

    def issues(self, drawing: Topology) -> Iterable[Issue]:
        """Trace the weights of every side effect back to a gate."""
        whole = inlined(drawing.document)
        view = drawing if whole.document is drawing.document else topology(whole.document)
        for node_id, kind in view.kinds.items():
            if kind.effects == "side_effect" and not self._is_gated(view, node_id):
                yield Issue(
                    code="G304",
                    severity="error",
                    node=whole.card_of(node_id),
                    message=f"{title_of(view.nodes[node_id])} acts without the approval of the risk gate.",
                    fix="Connect it to the approved output of a risk gate.",
                )

    @classmethod
    def _is_gated(cls, drawing: Topology, node_id: str) -> bool:
        decisive = [
            port.id for port in drawing.kinds[node_id].inputs if port.required and port.type == "weights"
        ]
        return bool(decisive) and all(cls._port_is_gated(drawing, node_id, port) for port in decisive)

    @classmethod
    def _port_is_gated(cls, drawing: Topology, node_id: str, port_id: str) -> bool:
        seen: set[tuple[str, str]] = set()
        todo = [(node_id, port_id)]
        while todo:
            place = todo.pop()
            if place in seen:
                continue
            seen.add(place)
            wires = drawing.incoming.get(place, ())
            if not wires:
                return False
            for wire in wires:
                kind = drawing.kinds.get(wire.source)
                port = kind.output(wire.source_port) if kind else None
                if kind is None or port is None:
                    return False
                if port.id in kind.gates:
                    continue
                if not port.same_as:
                    return False
                todo.append((wire.source, port.same_as))
        return True


class TwoWriters(Rule):
    """Two nodes on separate branches write the same slot of the shared state.

    A node downstream of another may refine what it wrote; side by side only one can win.
    """

    codes = ("G305",)

    def issues(self, drawing: Topology) -> Iterable[Issue]:
        """Compare each writer of a slot with the one drawn before it."""
        writers: dict[str, list[str]] = {}
        for node_id, kind in drawing.kinds.items():
            for slot in kind.writes:
                writers.setdefault(slot, []).append(node_id)
        told: set[str] = set()
        for slot, nodes in writers.items():
            for first, second in pairwise(nodes):
                if second in told or self._ordered(drawing, first, second):
                    continue
                told.add(second)
                yield Issue(
                    code="G305",
                    severity="warning",
                    node=second,
                    message=f"{title_of(drawing.nodes[first])} and {title_of(drawing.nodes[second])} both write "
                    f"{slot!r} side by side; the last one in order wins.",
                    fix="Keep one of them, or read their outputs instead of the run's state.",
                )

    @staticmethod
    def _ordered(drawing: Topology, first: str, second: str) -> bool:
        return nx.has_path(drawing.graph, first, second) or nx.has_path(drawing.graph, second, first)
