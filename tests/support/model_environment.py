"""The environment of a process whose chat model is the local server."""

import json
from collections.abc import AsyncGenerator

import pytest

from tests.support.openai_server import OpenAIServer, openai_server

KEY = "sk-test-0123456789abcdefghijklmnop"
PRICES = {"openai:gpt-4o-mini": {"input": 1.0, "output": 10.0}}
"""USD per million tokens."""


def model_environment(server: OpenAIServer) -> dict[str, str]:
    """Return the variables that lead to the local server."""
    return {
        "OPENAI_BASE_URL": server.url,
        "OPENAI_API_KEY": KEY,
        "ALPHASWARM_MODEL_PRICES": json.dumps(PRICES),
        "ALPHASWARM_SECRET_MODEL": KEY,
    }


@pytest.fixture(name="server")
async def model_server(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[OpenAIServer]:
    """A local server that the environment leads to; a test fills in its turns."""
    async with openai_server() as state:
        for name, value in model_environment(state).items():
            monkeypatch.setenv(name, value)
        yield state
