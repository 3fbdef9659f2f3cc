"""The data tools over HTTP: plain REST, and MCP's own streamable HTTP at `/mcp/stream` for clients that speak the protocol."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.concurrency import run_in_threadpool
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from runtime.errors import SignInRequired, StudioError
from studio.api.auth import CurrentActor, Services, container_of, current_actor
from studio.api.failure import problem, status_of
from studio.mcp.registry import tool_named, tools_for
from studio.mcp.server import Context, build_server
from studio.mcp.tool import invoke
from studio.wiring import Container
from tasks.access import Actor
from tasks.control.context import Control

router = APIRouter(prefix="/mcp/data/tools", tags=["mcp"])


class Tool(BaseModel):
    """A tool as it is listed."""

    name: str
    description: str
    category: str
    scope: str
    input_schema: dict[str, Any]


class Invocation(BaseModel):
    """The arguments of a call."""

    arguments: dict[str, Any] = Field(default_factory=dict)


class Answer(BaseModel):
    """What every tool answers."""

    ok: bool
    data: dict[str, Any]
    error: str | None
    summary: str
    rows_returned: int


@router.get("")
def list_tools(actor: CurrentActor) -> list[Tool]:
    """Return the tools that the caller may use."""
    return [Tool(**tool.describe()) for tool in tools_for(actor)]


@router.get("/{name}")
def describe_tool(name: str, actor: CurrentActor) -> Tool:
    """Return one tool."""
    return Tool(**tool_named(actor, name).describe())


@router.post("/{name}/invoke")
def invoke_tool(
    name: str, actor: CurrentActor, container: Services, request: Invocation | None = None
) -> Answer:
    """Call a tool; a failure is an envelope with `ok` false."""
    arguments = (request or Invocation()).arguments
    return Answer(**invoke(tool_named(actor, name), container.control, actor, arguments).dump())


class McpEndpoint:
    """MCP's streamable HTTP behind the same sign-in as every route; sessions are not kept between requests."""

    def __init__(self) -> None:
        self._manager: StreamableHTTPSessionManager | None = None

    @asynccontextmanager
    async def serving(self) -> AsyncGenerator[None]:
        """Serve while the block runs."""
        manager = StreamableHTTPSessionManager(
            app=build_server(_who),
            stateless=True,
            json_response=True,
            # Host and origin are checked by the door and the guards, which know the host's name.
            security_settings=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        )
        async with manager.run():
            self._manager = manager
            try:
                yield
            finally:
                self._manager = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request of somebody who is signed in."""
        request = Request(scope, receive)
        try:
            await run_in_threadpool(current_actor, request)
        except StudioError as error:
            refusal = problem(status_of(error), code=error.code, detail=error.message)
            await refusal(scope, receive, send)
            return
        if self._manager is None:
            refusal = problem(
                503, code="unavailable", detail="The studio is starting or stopping. Try again."
            )
            await refusal(scope, receive, send)
            return
        await self._manager.asgi_app(scope, receive, send)


async def _who(context: Context) -> tuple[Control, Actor]:
    request = context.request
    if not isinstance(request, Request):
        raise SignInRequired("This transport carries no sign-in.")
    container: Container = container_of(request)
    return container.control, await run_in_threadpool(current_actor, request)


def mount(api: FastAPI) -> McpEndpoint:
    """Put the endpoint at `/mcp/stream`, and return it: somebody has to enter `serving` while the server runs."""
    endpoint = McpEndpoint()
    api.router.routes.append(Route("/mcp/stream", endpoint, methods=["GET", "POST", "DELETE"]))
    return endpoint
