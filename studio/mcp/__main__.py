"""The MCP server on stdio: `ALPHASWARM_TOKEN=ast_… python -m studio.mcp`. Speaks for the account of the token, within its scopes."""

import asyncio
import os
import sys

from fastapi.concurrency import run_in_threadpool
from mcp.server.stdio import stdio_server

from runtime.errors import SignInRequired
from runtime.settings import Settings
from studio.mcp.server import Context, build_server
from studio.services.tokens import Tokens
from tasks.access import Actor
from tasks.control.context import Control, build_control

VARIABLE = "ALPHASWARM_TOKEN"


async def serve(control: Control, secret: str) -> None:
    """Serve until the other side hangs up."""
    tokens = Tokens(control.database, control.clock)

    async def who(_context: Context) -> tuple[Control, Actor]:
        actor = await run_in_threadpool(tokens.actor, secret)
        if actor is None:
            raise SignInRequired(f"The token in {VARIABLE} is unknown, has expired or was revoked.")
        return control, actor

    server = build_server(who)
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


def main() -> int:
    """Run the program and return its exit code."""
    secret = os.environ.get(VARIABLE, "")
    control = build_control(Settings())
    if Tokens(control.database, control.clock).actor(secret) is None:
        sys.stderr.write(f"Set {VARIABLE} to a live API token (POST /api/tokens makes one).\n")
        return 2
    asyncio.run(serve(control, secret))
    return 0


if __name__ == "__main__":
    sys.exit(main())
