"""Named graphs, drawn with the one node catalogue: adding a builder is adding a module with `ALIAS`, `TITLE`, `SENTENCE` and `build`."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from runtime.catalog import node_kinds
from runtime.errors import CapabilityOff, InvalidValue, NotFound
from runtime.graph.document import GraphDocument
from runtime.settings import LiveSettings, SettingName, environment_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Builder:
    """One named graph."""

    alias: str
    title: str
    sentence: str
    build: Callable[..., GraphDocument]
    requires: SettingName | None
    """The flag without which it refuses to build."""


class BuilderOff(CapabilityOff, RuntimeError):
    """A builder's flag is off: it refuses to compile."""


@cache
def builders() -> dict[str, Builder]:
    """Return every builder by alias, sorted."""
    node_kinds()
    modules = [
        importlib.import_module(module.name)
        for module in pkgutil.iter_modules(__path__, prefix=f"{__name__}.")
    ]
    found = [
        Builder(
            alias=module.ALIAS,
            title=module.TITLE,
            sentence=module.SENTENCE,
            build=module.build,
            requires=getattr(module, "REQUIRES", None),
        )
        for module in modules
    ]
    return {builder.alias: builder for builder in sorted(found, key=lambda each: each.alias)}


def build(alias: str, *, live: LiveSettings | None = None, **kwargs: Any) -> GraphDocument:  # noqa: ANN401  each builder checks its own
    """Return the graph of a builder.

    With `live` its flag is asked. Raises `NotFound` for an unknown alias, `InvalidValue` for a bad argument and `BuilderOff`
    (a RuntimeError too) while its flag is off.
    """
    known = builders()
    if alias not in known:
        raise NotFound("builder", alias, known=known.keys())
    builder = known[alias]
    if live is not None and builder.requires and not getattr(live, builder.requires):
        needed = f"{environment_name(builder.requires)}=true"
        raise BuilderOff(
            f"Builder {alias!r} refuses to compile: it requires {needed}.", field=builder.requires
        )
    try:
        inspect.signature(builder.build).bind(**kwargs)
    except TypeError as error:
        raise InvalidValue(f"Builder {alias!r}: {error}.", field="params.builder_kwargs") from error
    return builder.build(**kwargs)
