"""Put beside a drawing what it uses: every other workflow that a node names, and those that they name in turn."""

from collections.abc import Mapping
from typing import Any

from runtime.body import reference, users
from runtime.errors import UserError
from runtime.graph.document import Body, GraphDocument, GraphNode
from runtime.ports import Workflows
from runtime.spec import canonical_hash

MAX_BODIES = 50
"""Different workflows inside of one drawing; more are left out and said to be too many."""


def frozen(document: GraphDocument, workflows: Workflows) -> GraphDocument:
    """Return the drawing with the workflows it uses, as they are now; what it held of them before does not count.

    Never raises for a workflow that cannot be found: that is a problem of the drawing, which validation tells.
    """
    bodies: dict[str, Body] = {}
    todo = [node.config for node, _ in users(document.nodes)]
    while todo:
        config = todo.pop(0)
        ref = reference(config)
        if not ref or ref in bodies:
            continue
        for name, body in _found(ref, config, workflows, full=len(bodies) >= MAX_BODIES).items():
            bodies.setdefault(name, body)
            todo += [node.config for node, _ in users(body.nodes)]
    return document.model_copy(update={"bodies": bodies})


def unfrozen(document: GraphDocument) -> GraphDocument:
    """Return the drawing alone, as a draft is saved."""
    return document.model_copy(update={"bodies": {}}) if document.bodies else document


def _found(ref: str, config: Mapping[str, Any], workflows: Workflows, *, full: bool) -> dict[str, Body]:
    if full:
        return {ref: Body(problem=f"more than {MAX_BODIES} workflows would be used in one drawing.")}
    version = config.get("version")
    if version is not None and (isinstance(version, bool) or not isinstance(version, int)):
        return {ref: Body(problem="the version is no number.")}
    try:
        found = workflows.drawing(str(config["workflow"]), version)
    except UserError as error:
        return {ref: Body(problem=f"{error.message[:1].lower()}{error.message[1:]}")}
    if version is None or not found.bodies:
        return {ref: Body(nodes=found.nodes, edges=found.edges)}
    return _as_it_was(ref, found)


def _as_it_was(ref: str, version: GraphDocument) -> dict[str, Body]:
    """Return a frozen version with what it was frozen with, under names of their own: the present is not mixed in."""
    mark = canonical_hash({name: body.model_dump(mode="json") for name, body in version.bodies.items()})[:8]

    def own(nodes: tuple[GraphNode, ...]) -> tuple[GraphNode, ...]:
        using = {node.id for node, _ in users(nodes) if reference(node.config) in version.bodies}
        return tuple(_renamed(node, mark) if node.id in using else node for node in nodes)

    bodies = {ref: Body(nodes=own(version.nodes), edges=version.edges)}
    for name, body in version.bodies.items():
        bodies[_marked(name, mark)] = body.model_copy(update={"nodes": own(body.nodes)})
    return bodies


def _renamed(node: GraphNode, mark: str) -> GraphNode:
    config = {key: value for key, value in node.config.items() if key != "version"}
    return node.model_copy(update={"config": {**config, "workflow": _marked(reference(node.config), mark)}})


def _marked(ref: str, mark: str) -> str:
    name, _, version = ref.partition("@")
    return f"{name}#{version or 'now'}-{mark}"
