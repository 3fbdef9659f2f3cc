"""The MCP server over the data tools, with the official SDK: streamable HTTP inside the web process, and stdio as a program."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi.concurrency import run_in_threadpool
from mcp import types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server

from runtime.errors import NotFound
from studio.mcp.registry import tool_named, tools_for
from studio.mcp.tool import Envelope, invoke
from tasks.access import Actor
from tasks.control.context import Control

Context = ServerRequestContext[Any, Any]
Who = Callable[[Context], Awaitable[tuple[Control, Actor]]]
"""Returns what to work on and in whose name, or raises `SignInRequired`."""


def build_server(who: Who) -> Server[Any]:
    """Return the server; `who` is asked again with every request, so that a revoked token ends at once."""

    async def on_list_tools(
        context: Context, _params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        _, actor = await who(context)
        return types.ListToolsResult(
            tools=[
                types.Tool(
                    name=tool.name, description=tool.summary, input_schema=tool.Args.model_json_schema()
                )
                for tool in tools_for(actor)
            ]
        )

    async def on_call_tool(context: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        control, actor = await who(context)
        answer = await run_in_threadpool(call, control, actor, params.name, params.arguments or {})
        told = answer.dump()
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=json.dumps(told, default=str))],
            structured_content=json.loads(json.dumps(told, default=str)),
            is_error=not answer.ok,
        )

    return Server(
        "alphaswarm-data",
        version="1",
        instructions="Read-only tools over workflow runs, adapters and schedules; a token with more scopes may also act.",
        on_list_tools=on_list_tools,
        on_call_tool=on_call_tool,
    )


def call(control: Control, actor: Actor, name: str, arguments: dict[str, Any]) -> Envelope:
    """Answer one call by name; a tool that is not there, or not for this actor, is an envelope, too."""
    try:
        tool = tool_named(actor, name)
    except NotFound as error:
        return Envelope(ok=False, error="not_found", summary=error.message)
    return invoke(tool, control, actor, arguments)
