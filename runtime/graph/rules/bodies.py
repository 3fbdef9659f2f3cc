"""What a node runs inside of itself is there, ends, is not too much, and is sound."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import networkx as nx

import runtime.graph.validate as validation
from runtime.body import BodyKind, closure, reference, users
from runtime.catalog import node_kinds
from runtime.graph.connect import title_of
from runtime.graph.document import MAX_NODES, Body, GraphDocument, GraphNode
from runtime.graph.inline import MAX_DEPTH
from runtime.graph.issue import Issue
from runtime.graph.rule import Rule
from runtime.graph.topology import Topology

BODY_CODES = ("G401", "G402", "G403", "G404", "G405", "G406")
OF_THE_WHOLE = frozenset({"G303", "G304"})
"""What a subflow need not have by itself: an output, and a gate before what it does. It is judged as a part of the drawing."""


class UsedWorkflows(Rule):
    """Another workflow that cannot be used, or that has errors of its own."""

    codes = BODY_CODES

    def issues(self, drawing: Topology) -> Iterable[Issue]:
        """Look into every workflow that is used, the most telling problem of each node first."""
        bodies = drawing.document.bodies
        for node, kind in users(drawing.nodes.values()):
            found = next(_misuse(node, kind, bodies), None)
            if found is not None:
                yield found
            else:
                yield from _inside(node, kind, bodies)


def _misuse(node: GraphNode, kind: type[BodyKind], bodies: Mapping[str, Body]) -> Iterator[Issue]:
    ref = reference(node.config)
    if not ref:
        yield _issue("G401", node, "has no workflow to run.", "Choose a workflow.")
        return
    for used in closure(node.config, bodies):
        for inner, _ in users(used.nodes):
            yield from _missing(node, inner.config, bodies)
    yield from _missing(node, node.config, bodies)
    graph = _uses(node.config, bodies)
    names = _by_name(graph)
    for part in nx.strongly_connected_components(names):
        first = min(part)
        if len(part) > 1 or names.has_edge(first, first):
            circle = [edge[0] for edge in nx.find_cycle(names, source=first)]
            chain = " → ".join((*circle, circle[0]))
            fix = "Take the use of one of them out."
            yield _issue("G402", node, f"would run for ever: {chain}.", fix)
            return
    yield from _too_much(node, graph, bodies)
    asking = None if kind.inlined else _asking(node, bodies)
    if asking is not None:
        fix = "Ask before this card or behind it."
        yield _issue("G406", node, f"repeats {title_of(asking)}, and a pass cannot wait for a person.", fix)
    reason = kind.misfit(node.config, bodies[ref])
    if reason:
        yield _issue("G405", node, reason, f"Choose another workflow, or change {_name(ref)!r}.")


def _asking(node: GraphNode, bodies: Mapping[str, Body]) -> GraphNode | None:
    """Return a node inside that asks a person, however deep."""
    known = node_kinds()
    inside = (each for used in closure(node.config, bodies) for each in used.nodes)
    return next((each for each in inside if (kind := known.get(each.kind)) and kind.asks), None)


def _missing(node: GraphNode, config: Mapping[str, Any], bodies: Mapping[str, Body]) -> Iterator[Issue]:
    ref = reference(config)
    body = bodies.get(ref)
    fix = "Choose a workflow that was drawn in the studio."
    if not ref:
        yield _issue("G401", node, "uses a workflow in which a card has none to run.", fix)
    elif body is None:
        yield _issue("G401", node, f"cannot be run: there is no workflow {_name(ref)!r} here.", fix)
    elif body.problem:
        yield _issue("G401", node, f"cannot be run: {body.problem}", fix)


def _too_much(node: GraphNode, graph: "nx.DiGraph[str]", bodies: Mapping[str, Body]) -> Iterator[Issue]:
    depth = nx.dag_longest_path_length(graph) + 1
    fix = "Use fewer workflows inside of one another."
    if depth > MAX_DEPTH:
        chain = " → ".join(_name(ref) for ref in nx.dag_longest_path(graph))
        yield _issue("G403", node, f"goes {depth} workflows deep, {MAX_DEPTH} are possible: {chain}.", fix)
    sizes: dict[str, int] = {}
    for ref in reversed(list(nx.topological_sort(graph))):
        body = bodies[ref]
        inner = sum(sizes[reference(used.config)] for used, _ in users(body.nodes))
        sizes[ref] = len(body.nodes) + inner
    size = sizes[reference(node.config)]
    if size > MAX_NODES:
        yield _issue("G403", node, f"holds {size:,} nodes; {MAX_NODES:,} are possible.", fix)


def _inside(node: GraphNode, kind: type[BodyKind], bodies: Mapping[str, Body]) -> Iterator[Issue]:
    """Return the errors of the workflow itself, each with the place where it is."""
    ref = reference(node.config)
    body = bodies[ref]
    document = GraphDocument.model_construct(nodes=body.nodes, edges=body.edges, bodies=dict(bodies))
    for issue in validation.errors(validation.validate(document)):
        if not (kind.inlined and issue.code in OF_THE_WHOLE):
            yield Issue(
                code="G404",
                severity="error",
                node=node.id,
                field="workflow",
                message=f"{title_of(node)} ▸ {issue.message}",
                fix=f"Open {_name(ref)!r} and mend it there: {issue.fix}",
            )


def _uses(config: Mapping[str, Any], bodies: Mapping[str, Body]) -> "nx.DiGraph[str]":
    """Return which workflow uses which, by reference, from the one that a config names on."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    todo = [reference(config)]
    graph.add_nodes_from(todo)
    seen: set[str] = set()
    while todo:
        ref = todo.pop()
        if ref in seen or ref not in bodies:
            continue
        seen.add(ref)
        inner = [reference(node.config) for node, _ in users(bodies[ref].nodes)]
        graph.add_edges_from((ref, each) for each in inner)
        todo += inner
    return graph


def _by_name(graph: "nx.DiGraph[str]") -> "nx.DiGraph[str]":
    names: nx.DiGraph[str] = nx.DiGraph()
    names.add_nodes_from(_name(ref) for ref in graph)
    names.add_edges_from((_name(one), _name(other)) for one, other in graph.edges)
    return names


def _name(ref: str) -> str:
    return ref.partition("@")[0].partition("#")[0]


def _issue(code: str, node: GraphNode, words: str, fix: str) -> Issue:
    message = f"{title_of(node)} {words}"
    return Issue(code=code, severity="error", node=node.id, field="workflow", message=message, fix=fix)
