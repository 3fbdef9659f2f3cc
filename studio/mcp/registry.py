"""All data tools by name: discovered by walking `studio.mcp.tools`. Those that change something are listed only where they are wanted."""

import importlib
import pkgutil
from functools import cache

import studio.mcp.tools
from runtime.errors import NotFound
from studio.mcp.tool import DataTool, registered_tools
from tasks.access import Actor, may


@cache
def data_tools() -> dict[str, type[DataTool]]:
    """Return every tool, sorted by name."""
    for module in pkgutil.iter_modules(studio.mcp.tools.__path__, prefix="studio.mcp.tools."):
        importlib.import_module(module.name)
    return dict(sorted(registered_tools().items()))


def tools_for(actor: Actor) -> list[type[DataTool]]:
    """Return what an actor may call. What changes something is there only for a token that has its scope: it is opt-in."""
    return [
        tool
        for tool in data_tools().values()
        if may(actor, tool.permission, owner=actor.id)
        and (tool.scope == "data:read" or actor.only is not None)
    ]


def tool_named(actor: Actor, name: str) -> type[DataTool]:
    """Return a tool that the actor may call; raises `NotFound` with the nearest name."""
    known = {tool.name: tool for tool in tools_for(actor)}
    if name not in known:
        raise NotFound("tool", name, known=known.keys())
    return known[name]
