"""A valid drawing as a plan: nodes in order, configs parsed, wires resolved. Pure: equal drawings give equal plans."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import networkx as nx

from runtime.body import BORDER, INPUT, OUTPUT, body_kind, open_end, open_ends, reference
from runtime.errors import DrawingRefused
from runtime.graph.connect import title_of
from runtime.graph.document import Body, GraphDocument
from runtime.graph.inline import inlined
from runtime.graph.topology import Topology, topology
from runtime.graph.validate import errors, validate
from runtime.ids import NodeId
from runtime.node import NodeConfig, NodeKind, Port
from runtime.spec import canonical_hash

LENIENT_CODES = frozenset({"G303", "G304"})
"""Named builders may end without an output node or a gate node: there these are warnings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """Where an input comes from."""

    source: NodeId
    port: str
    title: str
    """What arrives, in words: the card's title, and the port's where the card has several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedNode:
    """One node, ready to run."""

    id: NodeId
    name: str
    """Short name inside the compiled graph: long ids would overflow the checkpointer's index on wide joins."""
    title: str
    kind: type[NodeKind]
    config: NodeConfig
    wires: Mapping[str, tuple[Wire, ...]]
    """Input port → where its values come from, in drawing order."""
    body: "PlannedBody | None" = None
    """What it runs inside of itself."""

    @property
    def sources(self) -> tuple[NodeId, ...]:
        """Every node it waits for, once each."""
        return tuple(dict.fromkeys(wire.source for wires in self.wires.values() for wire in wires))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedBody:
    """A workflow that a node runs inside of itself. Its open ends take no turn: values are put in and taken out."""

    nodes: tuple[PlannedNode, ...]
    """In an order in which every node comes after those it waits for; without the open ends."""
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    entries: Mapping[NodeId, str]
    """Open end → input port whose value it gives."""
    exits: Mapping[str, Wire]
    """Output port → where its value comes from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What will run. `digest` is equal for equal drawings."""

    nodes: tuple[PlannedNode, ...]
    """In an order in which every node comes after those it waits for."""
    digest: str
    longest_path: int
    """Nodes on the longest path: the supersteps that a run takes at most."""


def plan_of(document: GraphDocument, *, lenient: bool = False) -> Plan:
    """Return the plan of a drawing; raises `DrawingRefused` with every error when it has any.

    `lenient` lets pass what is a warning for named builders.
    """
    found = errors(validate(document))
    if lenient:
        found = [issue for issue in found if issue.code not in LENIENT_CODES]
    if found:
        raise DrawingRefused(tuple(issue.message for issue in found))
    view = topology(inlined(document).document)
    return Plan(
        nodes=tuple(_in_order(view)),
        digest=canonical_hash(document.dump()),
        longest_path=nx.dag_longest_path_length(view.graph) + 1,
    )


def _in_order(view: Topology) -> Iterator[PlannedNode]:
    place = {node_id: index for index, node_id in enumerate(view.nodes)}
    order = nx.lexicographical_topological_sort(view.graph, key=place.__getitem__)
    return (_planned(view, node_id, f"n{index}") for index, node_id in enumerate(order))


def _planned_body(body: Body, bodies: Mapping[str, Body]) -> PlannedBody:
    document = GraphDocument.model_construct(nodes=body.nodes, edges=body.edges, bodies=dict(bodies))
    nodes = list(_in_order(topology(inlined(document).document)))
    entries = {NodeId(node.id): open_end(node.config).id for node in body.nodes if node.kind == INPUT}
    ends = {node.id: open_end(node.config).id for node in body.nodes if node.kind == OUTPUT}
    exits = {ends[node.id]: wire for node in nodes if node.id in ends for wire in node.wires.get(BORDER, ())}
    return PlannedBody(
        nodes=tuple(node for node in nodes if node.id not in entries and node.id not in ends),
        inputs=open_ends(body, INPUT),
        outputs=open_ends(body, OUTPUT),
        entries=entries,
        exits=exits,
    )


def _origin(view: Topology, node_id: str, port_id: str) -> str:
    card, kind = title_of(view.nodes[node_id]), view.kinds[node_id]
    port = kind.output(port_id)
    if len(kind.outputs) == 1 or port is None or port.title in ("", card):
        return card
    return f"{card} · {port.title}"


def _planned(view: Topology, node_id: str, name: str) -> PlannedNode:
    node, kind = view.nodes[node_id], view.kinds[node_id]
    wires = {
        port.id: tuple(
            Wire(
                source=NodeId(edge.source),
                port=edge.source_port,
                title=_origin(view, edge.source, edge.source_port),
            )
            for edge in view.incoming.get((node_id, port.id), ())
        )
        for port in kind.inputs
    }
    inside = body_kind(node)
    return PlannedNode(
        id=NodeId(node_id),
        name=name,
        title=title_of(node),
        kind=kind,
        config=kind.Config.model_validate(kind.migrate(node.config, node.kind_version)),
        wires={port: found for port, found in wires.items() if found},
        body=None
        if inside is None
        else _planned_body(view.document.bodies[reference(node.config)], view.document.bodies),
    )
