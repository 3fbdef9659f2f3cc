"""The record of what an agent did: each step with what went in and came out, bounded, and without keys."""

import json
from pathlib import Path
from typing import Any

import pytest

from runtime.agents.context import STEP_CHARACTERS
from tests.fakes import Effects, make_context
from tests.runtime.agents.agent_cases import ANSWER, execute
from tests.support.model_environment import KEY
from tests.support.openai_server import Turn, openai_server

MOMENTUM = ("momentum", '{"symbol": "JNJ"}')


async def steps_of(folder: Path, *turns: Turn, **fields: Any) -> list[dict[str, Any]]:
    """Execute the analyst once and return the steps that were kept."""
    effects = Effects()
    async with openai_server(*turns) as server:
        await execute(server, folder, context=make_context(folder, effects=effects), **fields)
    return [dict(step) for step in effects.steps]


async def test_each_step_says_what_went_in_and_what_came_out(tmp_path: Path) -> None:
    asked, looked, told, output = await steps_of(tmp_path, Turn(tools=[MOMENTUM]), Turn(text=ANSWER))

    assert [step["kind"] for step in (asked, looked, told, output)] == ["llm", "tool", "llm", "output"]
    assert [message["role"] for message in asked["inputs"]["messages"]] == ["system", "human"]
    assert asked["inputs"]["messages"][1]["text"] == "What about JNJ?"
    assert asked["output"]["tools"] == [{"name": "momentum", "arguments": {"symbol": "JNJ"}}]
    assert looked["inputs"] == {"arguments": {"symbol": "JNJ"}}
    assert looked["output"]["symbol"] == "JNJ"
    assert [message["role"] for message in told["inputs"]["messages"]] == ["tool"]
    assert told["output"]["text"] == ANSWER
    assert output["output"] == json.loads(ANSWER)
    assert (told["input_tokens"], told["output_tokens"], told["cost_usd"]) == (100, 20, pytest.approx(0.0003))


async def test_steps_are_numbered_within_their_execution(tmp_path: Path) -> None:
    effects = Effects()
    context = make_context(tmp_path, effects=effects)
    async with openai_server(Turn(text=ANSWER), Turn(text="Buy!"), Turn(text=ANSWER)) as server:
        await execute(server, tmp_path, context=context)
        await execute(server, tmp_path, context=context)

    numbers = [(step["agent"], step["execution"], step["step"]) for step in effects.steps]
    assert numbers == [
        ("research.analyst", *pair) for pair in [(1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (2, 4)]
    ]
    malformed = effects.steps[3]
    assert malformed["inputs"] == {"text": "Buy!"}
    assert malformed["error"] == "The answer holds no JSON object."


async def test_a_step_of_a_request_that_failed_says_why(tmp_path: Path) -> None:
    failed, *_ = await steps_of(tmp_path, Turn(status=503, error="Busy."), Turn(text=ANSWER))

    assert "status 503" in failed["error"]
    assert (failed["output"], failed["cost_usd"]) == ({}, None)


async def test_long_texts_of_a_step_are_cut_and_say_so(tmp_path: Path) -> None:
    long = json.dumps({"direction": "long", "confidence": 0.5, "rationale": "x" * (STEP_CHARACTERS + 1000)})

    *_, output = await steps_of(tmp_path, Turn(text=long))

    rationale = output["output"]["rationale"]
    assert rationale.startswith("x" * STEP_CHARACTERS)
    assert rationale.endswith("… (1000 more)")


async def test_a_key_is_in_no_step(tmp_path: Path) -> None:
    steps = await steps_of(
        tmp_path,
        Turn(status=503, error="Your header was ", echo_key=True),
        Turn(tools=[(KEY, json.dumps({"symbol": KEY, KEY: 1}))]),
        Turn(text=ANSWER.replace("up.", f"up, {KEY}."), echo_key=True),
    )

    assert [step["kind"] for step in steps] == ["llm", "llm", "tool", "llm", "output"]
    assert KEY not in json.dumps(steps)
