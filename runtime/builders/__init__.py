"""Named graphs, drawn with the one node catalogue: adding a builder is adding a module with `ALIAS` and `build`."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from functools import cache
from typing import Any

from runtime.catalog import node_kinds
from runtime.errors import InvalidValue, NotFound
from runtime.graph.document import GraphDocument


@cache
def builders() -> dict[str, Callable[..., GraphDocument]]:
    """Return every builder by alias, sorted."""
    node_kinds()
    modules = [
        importlib.import_module(module.name)
        for module in pkgutil.iter_modules(__path__, prefix=f"{__name__}.")
    ]
    return dict(sorted((module.ALIAS, module.build) for module in modules))


def build(alias: str, **kwargs: Any) -> GraphDocument:  # noqa: ANN401  each builder checks its own
    """Return the graph of a builder; raises `NotFound` for an unknown alias, `InvalidValue` for a bad argument."""
    known = builders()
    if alias not in known:
        raise NotFound("builder", alias, known=known.keys())
    try:
        inspect.signature(known[alias]).bind(**kwargs)
    except TypeError as error:
        raise InvalidValue(f"Builder {alias!r}: {error}.", field="params.builder_kwargs") from error
    return known[alias](**kwargs)
