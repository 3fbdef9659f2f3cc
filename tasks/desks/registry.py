"""All desks, in their fixed order: discovered by walking this package. Workflows are a desk, too, but have ledgers of their own."""

import importlib
import pkgutil
from functools import cache

import tasks.desks
from runtime.desks import DESKS, DeskName
from runtime.errors import NotFound
from tasks.desks.desk import Desk, registered_desks


@cache
def desks() -> dict[DeskName, type[Desk]]:
    """Return every desk but the workflows, in the order in which fronts show them."""
    for module in pkgutil.iter_modules(tasks.desks.__path__, prefix="tasks.desks."):
        importlib.import_module(module.name)
    found = registered_desks()
    return {name: found[name] for name in DESKS if name in found}


def find_desk(name: str) -> type[Desk] | None:
    """Return the class of a desk; None for one that this installation does not have."""
    return next((kind for desk, kind in desks().items() if desk == name), None)


def desk_named(name: str) -> type[Desk]:
    """Return the class of a desk; raises `NotFound` with the nearest known name."""
    kind = find_desk(name)
    if kind is None:
        raise NotFound("desk", name, known=[*desks()])
    return kind
