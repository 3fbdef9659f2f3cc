"""The ports of the selected node: what they are wired to, and what else they could be wired to without a mouse."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from runtime.graph.connect import accepts, output_types, reachable, title_of
from runtime.graph.document import GraphDocument, GraphEdge, GraphNode
from runtime.graph.kinds import kinds_of
from runtime.node import NodeKind, Port
from runtime.values import PortType
from studio.pages.editor.fields import Choice

MOST_CHOICES = 100
SEPARATOR = "\n"
"""Between node and port in the value of a choice; no id that a keyboard can type holds one."""

Types = dict[tuple[str, str], PortType]


@dataclass(frozen=True, slots=True, kw_only=True)
class PortView:
    """A plug of the selected node."""

    id: str
    title: str
    type: str
    side: Literal["in", "out"]
    wired: str
    """Titles of what is at the other end."""
    required: bool
    choices: list[Choice] = field(default_factory=list[Choice])
    """Inputs only: outputs that it would take, `node` newline `port`."""


def port_views(document: GraphDocument, node: GraphNode, kind: type[NodeKind]) -> list[PortView]:
    """Return the ports of a node, inputs first."""
    titles = {each.id: title_of(each) for each in document.nodes}
    types = output_types(document)
    behind = _behind(document, node)
    arriving = [edge for edge in document.edges if edge.target == node.id]
    leaving = [edge for edge in document.edges if edge.source == node.id]
    into = [
        PortView(
            id=port.id,
            title=port.title or port.id,
            type=port.type,
            side="in",
            required=port.required,
            wired=_names(titles, (edge.source for edge in arriving if edge.target_port == port.id)),
            choices=_choices(document, port, types, behind, arriving),
        )
        for port in kind.inputs
    ]
    out = [
        PortView(
            id=port.id,
            title=port.title or port.id,
            type=types.get((node.id, port.id), port.type),
            side="out",
            required=False,
            wired=_names(titles, (edge.target for edge in leaving if edge.source_port == port.id)),
        )
        for port in kind.outputs
    ]
    return into + out


def _behind(document: GraphDocument, node: GraphNode) -> set[str]:
    """Return the node and what it leads to: a wire from there would close a loop."""
    followers: dict[str, list[str]] = {}
    for edge in document.edges:
        followers.setdefault(edge.source, []).append(edge.target)
    return reachable([node.id], followers)


def _choices(
    document: GraphDocument, port: Port, types: Types, behind: set[str], arriving: list[GraphEdge]
) -> list[Choice]:
    taken = {(edge.source, edge.source_port) for edge in arriving if edge.target_port == port.id}
    if taken and not port.many:
        return []
    found = (
        Choice(value=f"{giver.id}{SEPARATOR}{out.id}", label=f"{title_of(giver)} · {out.title or out.id}")
        for giver, out in _outputs(document)
        if giver.id not in behind
        and (giver.id, out.id) not in taken
        and accepts(port.type, types.get((giver.id, out.id), out.type))
    )
    return [choice for choice, _ in zip(found, range(MOST_CHOICES), strict=False)]


def _outputs(document: GraphDocument) -> Iterator[tuple[GraphNode, Port]]:
    kinds = kinds_of(document)
    for node in document.nodes:
        kind = kinds.get(node.id)
        for port in kind.outputs if kind else ():
            yield node, port


def _names(titles: dict[str, str], nodes: Iterable[str]) -> str:
    return ", ".join(titles.get(each, each) for each in nodes)
