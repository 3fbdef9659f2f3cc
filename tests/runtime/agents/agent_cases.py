"""What the tests of agents with a chat model share: a spec, a price list, and one execution against the local server."""

from pathlib import Path
from typing import Any

from runtime.agents.agent_runtime import AgentRuntime
from runtime.agents.record import AgentResult
from runtime.agents.spec import AgentSpec
from runtime.node import NodeContext
from tests.contracts.inputs import example_data
from tests.fakes import make_context
from tests.support.model_environment import model_environment
from tests.support.openai_server import OpenAIServer

ANSWER = '{"direction": "long", "confidence": 0.7, "rationale": "The trend is up."}'


def environment(server: OpenAIServer, **more: str) -> dict[str, str]:
    """Return the variables that lead to the local server."""
    return model_environment(server) | more


def agent_spec(**fields: Any) -> AgentSpec:
    """Return an analyst that may look up momentum and correlation, and must answer with a view."""
    model = {"provider": "openai", "model": "gpt-4o-mini", "api_key_ref": "env:ALPHASWARM_SECRET_MODEL"}
    return AgentSpec.parse(
        {
            "name": "research.analyst",
            "role": "Analyst",
            "system_prompt": "Judge the share.",
            "model": model | fields.pop("model", {}),
            "tools": ["momentum", "correlation"],
            "output": [
                {"name": "direction", "choices": ["long", "short"]},
                {"name": "confidence", "type": "number", "minimum": 0, "maximum": 1},
                {"name": "rationale"},
            ],
            **fields,
        }
    )


async def execute(
    server: OpenAIServer, folder: Path, *, context: NodeContext | None = None, **fields: Any
) -> AgentResult:
    """Execute the analyst once over the example prices."""
    runtime = AgentRuntime(context or make_context(folder), environment=environment(server))
    return await runtime.run(agent_spec(**fields), "What about JNJ?", example_data("prices"))  # pyright: ignore[reportArgumentType]
