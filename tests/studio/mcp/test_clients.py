"""The official SDK's own client against the server, over streamable HTTP and over stdio."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from persistence import migrate
from persistence.accounts import AccountRepository
from persistence.database import open_database
from runtime.ids import UserId
from studio.services.tokens import Tokens
from tasks.access import Actor, Role
from tasks.control.context import SystemClock
from tasks.control.settings import open_local_rollout
from tests.studio.conftest import Office
from tests.studio.mcp.test_tools import ACTING, READING, a_run

ROOT = Path(__file__).resolve().parents[3]
URL = "http://studio.test/mcp/stream"


def http(api: FastAPI, secret: str) -> httpx2.AsyncClient:
    """Return the client's way to the API, without a network between."""
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=api),
        headers={"Authorization": f"Bearer {secret}"} if secret else {},
    )


def token(office: Office, *scopes: str) -> str:
    """Make a token of the admin."""
    return office.container.tokens.create(office.admin, "mcp", scopes, days=1).secret


async def test_the_sdks_client_lists_and_calls_over_http(api: FastAPI, office: Office) -> None:
    open_local_rollout(office.container.control)
    a_run(office)

    async with (
        api.state.mcp.serving(),
        http(api, token(office)) as way,
        Client(streamable_http_client(URL, http_client=way)) as client,
    ):
        listed = (await client.list_tools()).tools
        answer = await client.call_tool("data.orchestration.list_runs", {"limit": 5})
        refused = await client.call_tool("data.orchestration.halt_run", {"run_id": "r1", "reason": "drill"})

    assert sorted(tool.name for tool in listed) == sorted(READING)
    told: Any = answer.structured_content
    assert not answer.is_error
    assert [run["run_id"] for run in told["data"]["runs"]] == ["r1"]
    assert refused.is_error


async def test_a_token_with_the_scope_may_halt(api: FastAPI, office: Office) -> None:
    open_local_rollout(office.container.control)
    a_run(office)

    async with (
        api.state.mcp.serving(),
        http(api, token(office, "halt")) as way,
        Client(streamable_http_client(URL, http_client=way)) as client,
    ):
        names = {tool.name for tool in (await client.list_tools()).tools}
        answer = await client.call_tool("data.orchestration.halt_run", {"run_id": "r1", "reason": "drill"})

    assert names == READING.keys() | {"data.orchestration.halt_run"}
    told: Any = answer.structured_content
    assert told["data"]["runs"] == [{"run_id": "r1", "state": "proved"}]


@pytest.mark.parametrize("secret", ["", "ast_unknown"])
async def test_without_a_live_token_nobody_gets_in(api: FastAPI, secret: str) -> None:
    async with api.state.mcp.serving(), http(api, secret) as way:
        answer = await way.post(URL, json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"})

    assert answer.status_code in (401, 403)


async def test_the_sdks_client_talks_to_the_program_on_stdio(sqlite_url: str, clean_redis_url: str) -> None:
    migrate.upgrade(sqlite_url)
    database = open_database(sqlite_url)
    clock = SystemClock()
    with database.write() as session:
        user = AccountRepository(session).create_user(
            name="bot", role="analyst", password_hash="x", now=clock.now()
        )
    bot = Actor(id=UserId(user.id), name="bot", role=Role.ANALYST)
    secret = Tokens(database, clock).create(bot, "stdio", ["run"], days=1).secret
    database.dispose()
    parameters = StdioServerParameters(
        command=sys.executable,
        args=["-m", "studio.mcp"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "ALPHASWARM_DATABASE_URL": sqlite_url,
            "ALPHASWARM_REDIS_URL": clean_redis_url,
            "ALPHASWARM_TOKEN": secret,
        },
    )

    async with Client(stdio_client(parameters)) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        answer = await client.call_tool("data.orchestration.list_adapters", {})

    assert names == READING.keys() | (ACTING - {"data.orchestration.halt_run"})
    told: Any = answer.structured_content
    assert {adapter["alias"] for adapter in told["data"]["adapters"]} >= {
        "LangGraphAdapter",
        "SignalFusionAdapter",
    }


async def test_a_revoked_token_ends_at_once(api: FastAPI, office: Office) -> None:
    made = office.container.tokens.create(office.admin, "mcp", [], days=1)

    async with (
        api.state.mcp.serving(),
        http(api, made.secret) as way,
        Client(streamable_http_client(URL, http_client=way)) as client,
    ):
        await client.list_tools()
        office.container.tokens.revoke(office.admin, made.record.id)
        with pytest.raises(MCPError):
            await client.call_tool("data.orchestration.health", {})
