"""All node kinds, in a fixed order: discovered by walking `runtime.nodes` and the entry point group."""

import importlib
import logging
import pkgutil
from functools import cache
from importlib.metadata import entry_points

import runtime.nodes
from runtime.errors import NotFound
from runtime.node import FAMILIES, NodeKind, registered_kinds

ENTRY_POINT_GROUP = "alphaswarm.node_kinds"
_log = logging.getLogger(__name__)


@cache
def node_kinds() -> dict[str, type[NodeKind]]:
    """Return every known kind by id, ordered by family and then title."""
    for module in pkgutil.walk_packages(runtime.nodes.__path__, prefix="runtime.nodes."):
        importlib.import_module(module.name)
    for point in entry_points(group=ENTRY_POINT_GROUP):
        try:
            point.load()
        except Exception:  # noqa: BLE001  a broken plug-in must not take the studio down; the log says which one
            _log.exception("node kind plug-in failed to load", extra={"entry_point": point.name})
    kinds = sorted(
        registered_kinds().values(), key=lambda kind: (FAMILIES.index(kind.family), kind.title, kind.kind)
    )
    return {kind.kind: kind for kind in kinds}


def kind_named(kind: str) -> type[NodeKind]:
    """Return the class of a kind; raises `NotFound` with the nearest known id."""
    known = node_kinds()
    if kind not in known:
        raise NotFound("node kind", kind, known=known.keys())
    return known[kind]
