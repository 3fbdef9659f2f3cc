"""Kinds that run another workflow inside of themselves: how they name it, and which ports it gives them.

A workflow is used through its open ends, nodes of the kinds `control.subflow_input` and `control.subflow_output`: each is a
port of the card that names the workflow. What is named travels frozen in the drawing (`GraphDocument.bodies`), by reference:
`name`, or `name@version`.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from types import new_class
from typing import Any, ClassVar, get_args

from pydantic import Field

from runtime.catalog import node_kinds
from runtime.graph.document import Body, GraphNode
from runtime.node import NodeConfig, NodeKind, Port
from runtime.values import PortType

INPUT, OUTPUT = "control.subflow_input", "control.subflow_output"
BORDER = "value"
"""The one port that an open end has on each side."""
PORT_TYPES: tuple[PortType, ...] = get_args(PortType)


class BodyConfig(NodeConfig):
    """Which workflow."""

    workflow: str = Field(
        default="",
        max_length=400,
        title="Workflow",
        description="The workflow to run here. Its subflow inputs and outputs are the ports of this card.",
        json_schema_extra={"choices": "workflows"},
    )
    version: int | None = Field(
        default=None,
        ge=1,
        title="Version",
        description="A frozen version of it, by number. Leave empty for its content at the start of each run.",
    )


class BodyKind(NodeKind):
    """Base of kinds that run another workflow. Subclasses say which of its ports they have."""

    inlined: ClassVar[bool] = False
    """What it draws takes the node's place before anything runs."""
    Config: ClassVar[type[NodeConfig]] = BodyConfig

    @classmethod
    def fitted(cls, config: Mapping[str, Any], bodies: Mapping[str, Body]) -> type[NodeKind]:
        """Return the kind with the ports of the workflow that the config names; without one it has none."""
        body = bodies.get(reference(config))
        if body is None:
            return cls
        ins, outs = cls.ports(open_ends(body, INPUT), open_ends(body, OUTPUT))
        inside = [kind for each in closure(config, bodies) for kind in _kinds(each)]
        writes = dict.fromkeys(slot for kind in inside for slot in kind.writes)
        terminal = any(kind.terminal for kind in inside if kind.kind != OUTPUT)
        return variant(cls, ins, outs, tuple(writes), terminal)

    @classmethod
    def ports(
        cls, inputs: tuple[Port, ...], outputs: tuple[Port, ...]
    ) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
        """Return the card's ports (inputs, outputs) for those of the workflow."""
        return inputs, outputs

    @classmethod
    def misfit(cls, config: Mapping[str, Any], body: Body) -> str:  # noqa: ARG003
        """Return why this workflow cannot be run here, in one sentence; empty when it can."""
        return ""


def reference(config: Mapping[str, Any]) -> str:
    """Return how a drawing refers to the workflow that a config names: `name` or `name@version`; empty for none."""
    name, version = str(config.get("workflow") or ""), config.get("version")
    return f"{name}@{version}" if name and version is not None else name


def body_kind(node: GraphNode) -> type[BodyKind] | None:
    """Return the kind of a node that runs another workflow, None for all others."""
    kind = node_kinds().get(node.kind)
    return kind if kind is not None and issubclass(kind, BodyKind) else None


def users(nodes: Iterable[GraphNode]) -> Iterator[tuple[GraphNode, type[BodyKind]]]:
    """Return the nodes that run another workflow, with their kinds."""
    for node in nodes:
        kind = body_kind(node)
        if kind is not None:
            yield node, kind


def is_unresolved(node: GraphNode, bodies: Mapping[str, Body]) -> bool:
    """Say whether the node runs a workflow that is not there, so that nobody knows its ports."""
    if body_kind(node) is None:
        return False
    body = bodies.get(reference(node.config))
    return body is None or bool(body.problem)


def open_ends(body: Body, kind: str) -> tuple[Port, ...]:
    """Return the ports that a workflow has for those who use it, in drawing order; of equal names the first counts."""
    ports: dict[str, Port] = {}
    for node in body.nodes:
        if node.kind == kind:
            port = open_end(node.config)
            ports.setdefault(port.id, port)
    return tuple(ports.values())


def open_end(config: Mapping[str, Any]) -> Port:
    """Return the port of an open end; what its config says wrongly is taken for `any`, validation tells."""
    name, given = str(config.get("name") or BORDER), config.get("type", "any")
    return Port(
        id=name,
        type=given if given in PORT_TYPES else "any",
        title=name.replace("_", " ").capitalize(),
        required=config.get("required", True) is not False,
    )


def closure(config: Mapping[str, Any], bodies: Mapping[str, Body]) -> list[Body]:
    """Return the workflow that a config names and all that it uses in turn, each once."""
    found: dict[str, Body] = {}
    todo = [reference(config)]
    while todo:
        ref = todo.pop()
        body = bodies.get(ref)
        if body is not None and ref not in found:
            found[ref] = body
            todo += [reference(node.config) for node, _ in users(body.nodes)]
    return list(found.values())


@lru_cache(maxsize=512)
def variant(
    kind: type[NodeKind],
    inputs: tuple[Port, ...],
    outputs: tuple[Port, ...],
    writes: tuple[str, ...] = (),
    terminal: bool | None = None,  # noqa: FBT001  positional, so that calls are cached alike
) -> type[NodeKind]:
    """Return a kind with other ports; not registered, and equal calls give the same class."""
    changed: dict[str, Any] = {"inputs": inputs, "outputs": outputs, "__doc__": kind.__doc__}
    changed["writes"] = tuple(dict.fromkeys((*kind.writes, *writes)))
    changed["terminal"] = kind.terminal if terminal is None else terminal
    changed["__module__"] = kind.__module__
    return new_class(kind.__name__, (kind,), {"variant": True}, lambda body: body.update(changed))


def _kinds(body: Body) -> Iterator[type[NodeKind]]:
    known = node_kinds()
    return (known[node.kind] for node in body.nodes if node.kind in known)
