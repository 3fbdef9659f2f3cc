"""An agent with a chat model: asks, looks up, answers, and ends truthfully whatever the model does."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from runtime.agents.agent_runtime import AgentRuntime
from runtime.errors import GuardrailBreached, HaltRequested
from runtime.node import Ledger
from runtime.settings import LiveSettings
from tests.contracts.inputs import example_data
from tests.fakes import Effects, FakeClock, ScriptedSettings, make_context
from tests.runtime.agents.agent_cases import ANSWER, agent_spec, environment, execute
from tests.support.model_environment import KEY
from tests.support.openai_server import Turn, openai_server

MOMENTUM = ("momentum", '{"symbol": "JNJ"}')
either_way = pytest.mark.parametrize("streaming", [True, False], ids=["streamed", "whole"])


class Refuses(ScriptedSettings):
    """Live settings that say stop at one of their readings (from 1)."""

    def __init__(self, at: int, error: BaseException) -> None:
        super().__init__()
        self._at = at
        self._error = error

    async def live(self) -> LiveSettings:
        if self.read + 1 == self._at:
            raise self._error
        return await super().live()


@either_way
async def test_an_answer_of_the_right_form_is_the_output(tmp_path: Path, streaming: bool) -> None:
    ledger = Ledger()
    async with openai_server(Turn(text=ANSWER, tokens=(1000, 100))) as server:
        result = await execute(
            server, tmp_path, context=make_context(tmp_path, ledger=ledger), model={"streaming": streaming}
        )

    assert result.status == "completed"
    assert result.output == json.loads(ANSWER)
    assert [(step.kind, step.error) for step in result.log.steps] == [("llm", ""), ("output", "")]
    assert (result.log.input_tokens, result.log.output_tokens) == (1000, 100)
    assert ledger.cost_usd == pytest.approx((1000 * 1 + 100 * 10) / 1e6)
    assert result.log.cost_known
    assert server.asked[0].get("stream", False) is streaming
    assert server.keys == [f"Bearer {KEY}"]


@either_way
async def test_a_tool_is_used_and_its_numbers_go_back_to_the_model(tmp_path: Path, streaming: bool) -> None:
    ledger = Ledger()
    pair = ("correlation", '{"symbol": "JNJ", "other": "KO", "days": 100}')
    async with openai_server(Turn(tools=[MOMENTUM, pair]), Turn(text=ANSWER)) as server:
        result = await execute(
            server, tmp_path, context=make_context(tmp_path, ledger=ledger), model={"streaming": streaming}
        )

    assert result.status == "completed"
    assert [(step.kind, step.name) for step in result.log.steps][:3] == [
        ("llm", "openai:gpt-4o-mini"),
        ("tool", "momentum"),
        ("tool", "correlation"),
    ]
    told = [message for message in server.asked[1]["messages"] if message["role"] == "tool"]
    assert [message["tool_call_id"] for message in told] == ["call_0", "call_1"]
    assert json.loads(told[0]["content"])["symbol"] == "JNJ"
    assert -1 <= json.loads(told[1]["content"])["correlation"] <= 1
    assert (ledger.n_calls, ledger.n_tool_calls) == (2, 2)
    assert {tool["function"]["name"] for tool in server.asked[0]["tools"]} == {"momentum", "correlation"}


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("momentum", '{"symbol": "JNJJ"}', "There is no symbol 'JNJJ'. Did you mean 'JNJ'?"),
        ("momentum", '{"symbol": "JNJ", "days": 9}', "The arguments of momentum do not fit: days: "),
        ("correlation", '{"symbol": "JNJ", "other": "KO", "days": 1000000}', "days: Must be at most"),
        ("momentum", '{"symbol": ', "The arguments are no valid JSON object."),
        ("drawdown", '{"symbol": "JNJ"}', "There is no tool 'drawdown' here. Known: momentum, correlation."),
        ("rm_rf", "{}", "There is no tool 'rm_rf' here."),
    ],
)
async def test_a_bad_tool_call_is_told_to_the_model_which_may_go_on(
    tmp_path: Path, name: str, arguments: str, told: str
) -> None:
    async with openai_server(Turn(tools=[(name, arguments)]), Turn(text=ANSWER)) as server:
        result = await execute(server, tmp_path)

    assert result.status == "completed"
    (step,) = [step for step in result.log.steps if step.kind == "tool"]
    assert told in step.error
    (answered,) = [message for message in server.asked[1]["messages"] if message["role"] == "tool"]
    assert told in json.loads(answered["content"])["error"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("I would buy it.", "holds no JSON object"),
        ('{"direction": "long", ', "is no valid JSON"),
        ('{"direction": "up", "confidence": 0.7, "rationale": "x"}', "direction: "),
        ('{"direction": "long", "confidence": 7, "rationale": "x"}', "confidence: Must be at most 1"),
        ('{"direction": "long", "confidence": NaN, "rationale": "x"}', "NaN is no JSON number"),
        ("", "holds no JSON object"),
    ],
)
async def test_a_malformed_answer_can_be_repaired_once(tmp_path: Path, text: str, problem: str) -> None:
    async with openai_server(Turn(text=text), Turn(text=f"Sorry.\n```json\n{ANSWER}\n```")) as server:
        result = await execute(server, tmp_path)

    assert result.status == "completed"
    assert result.output == json.loads(ANSWER)
    assert problem in server.asked[1]["messages"][-1]["content"]
    assert [step.error != "" for step in result.log.steps if step.kind == "output"] == [True, False]


async def test_an_answer_that_stays_malformed_is_a_named_error(tmp_path: Path) -> None:
    async with openai_server(Turn(text="Buy!"), Turn(text="Buy!!")) as server:
        result = await execute(server, tmp_path)

    assert (result.status, result.output) == ("error", None)
    assert result.failure is not None
    assert (result.failure.kind, result.failure.message) == ("output", "The answer holds no JSON object.")
    assert result.log.calls == len(server.asked) == 2


async def test_status_429_is_retried_after_as_long_as_was_asked(tmp_path: Path) -> None:
    clock, ledger = FakeClock(), Ledger()
    busy = Turn(status=429, headers={"Retry-After": "7"}, error="Slow down.")
    async with openai_server(busy, busy, Turn(text=ANSWER)) as server:
        context = make_context(tmp_path, clock=clock, ledger=ledger)
        result = await execute(server, tmp_path, context=context)

    assert result.status == "completed"
    assert clock.slept == [7.0, 7.0]
    assert ledger.n_calls == len(server.asked) == 3
    assert "status 429: " in result.log.steps[0].error
    assert not result.log.cost_known


@pytest.mark.parametrize(
    ("turns", "slept", "said"),
    [
        pytest.param([Turn(status=429)] * 9, [1.0, 2.0], "status 429", id="for ever"),
        pytest.param(
            [Turn(status=429, headers={"Retry-After": "3600"})], [], "status 429", id="an hour is too long"
        ),
        pytest.param([Turn(status=400, error="No such field.")], [], "No such field.", id="our own mistake"),
        pytest.param([Turn(status=401, error="Wrong key: ")], [], "refused the key", id="wrong key"),
    ],
)
async def test_retries_are_bounded(tmp_path: Path, turns: list[Turn], slept: list[float], said: str) -> None:
    clock = FakeClock()
    async with openai_server(*turns) as server:
        result = await execute(server, tmp_path, context=make_context(tmp_path, clock=clock), retries=2)

    assert result.failure is not None
    assert result.status == "error"
    assert said in result.failure.message
    assert clock.slept == slept
    assert len(server.asked) == len(slept) + 1


@pytest.mark.parametrize("broken", ["drop", "end"])
async def test_a_stream_that_breaks_off_is_asked_for_again_and_never_taken_for_an_answer(
    tmp_path: Path, broken: Any
) -> None:
    async with openai_server(Turn(text=ANSWER * 2, then=broken), Turn(text=ANSWER)) as server:
        result = await execute(server, tmp_path)

    assert result.status == "completed"
    assert len(server.asked) == 2
    assert result.log.steps[0].error != ""


async def test_a_broken_stream_without_retries_is_a_named_error(tmp_path: Path) -> None:
    async with openai_server(Turn(text=ANSWER, then="drop")) as server:
        result = await execute(server, tmp_path, retries=0)

    assert result.failure is not None
    assert (result.status, result.failure.kind) == ("error", "model")


@pytest.mark.parametrize("said", ["", ANSWER], ids=["from the start", "in the middle"])
async def test_a_model_that_hangs_is_given_up_after_the_timeout(tmp_path: Path, said: str) -> None:
    async with openai_server(Turn(text=said, then="hang")) as server:
        result = await execute(server, tmp_path, timeout_seconds=0.2)
        await server.left.wait()

    assert result.failure is not None
    assert (result.status, result.failure.kind) == ("error", "timeout")
    assert result.failure.message == "openai:gpt-4o-mini did not answer in time."
    assert len(server.asked) == 1


async def test_a_cancelled_agent_hangs_up_at_once(tmp_path: Path) -> None:
    ledger = Ledger()
    async with openai_server(Turn(then="hang")) as server:
        running = asyncio.create_task(
            execute(server, tmp_path, context=make_context(tmp_path, ledger=ledger))
        )
        await server.hanging.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await server.left.wait()

    assert ledger.notes["agents"][0]["agent"] == "research.analyst"


@pytest.mark.parametrize(
    "reading", [1, 2, 3], ids=["before asking", "before the tool", "before asking again"]
)
async def test_a_halt_is_heard_before_every_request_and_every_tool(tmp_path: Path, reading: int) -> None:
    ledger = Ledger()
    live = Refuses(reading, HaltRequested("fat finger"))
    async with openai_server(Turn(tools=[MOMENTUM]), Turn(text=ANSWER)) as server:
        with pytest.raises(HaltRequested, match="fat finger"):
            await execute(server, tmp_path, context=make_context(tmp_path, live=live, ledger=ledger))

    assert len(server.asked) == min(reading - 1, 1)
    assert ledger.n_tool_calls == max(reading - 2, 0)
    assert len(ledger.notes["agents"][0]["steps"]) == reading - 1


async def test_a_halt_between_two_attempts_sends_no_second_one(tmp_path: Path) -> None:
    live = Refuses(2, HaltRequested("fat finger"))
    async with openai_server(Turn(status=503), Turn(text=ANSWER)) as server:
        with pytest.raises(HaltRequested):
            await execute(server, tmp_path, context=make_context(tmp_path, live=live))

    assert len(server.asked) == 1


async def test_a_breach_of_cost_in_the_tool_loop_stops_before_the_tool_and_keeps_what_was_done(
    tmp_path: Path,
) -> None:
    ledger = Ledger()
    dear = Turn(tools=[MOMENTUM], tokens=(100_000, 10_000))
    async with openai_server(dear, dear, Turn(text=ANSWER)) as server:
        result = await execute(
            server,
            tmp_path,
            context=make_context(tmp_path, ledger=ledger),
            guardrails={"max_cost_usd": 0.3},
        )

    assert result.failure is not None
    assert (result.status, result.failure.kind) == ("rejected", "guardrail")
    assert (
        result.failure.message == "Guardrail cost of agent research.analyst: allowed 0.3 USD, met 0.4000 USD."
    )
    assert [step.kind for step in result.log.steps] == ["llm", "tool", "llm", "guardrail"]
    assert ledger.cost_usd == pytest.approx(0.4)
    assert len(server.asked) == 2


async def test_a_model_that_only_calls_tools_is_stopped_by_the_limit_of_calls(tmp_path: Path) -> None:
    async with openai_server(*[Turn(tools=[MOMENTUM])] * 9) as server:
        result = await execute(server, tmp_path, guardrails={"max_calls": 3})

    assert result.failure is not None
    assert result.status == "rejected"
    assert "Guardrail calls of agent research.analyst: allowed 3" in result.failure.message
    assert len(server.asked) == 3


async def test_a_guardrail_of_the_run_is_a_rejection_as_well(tmp_path: Path) -> None:
    live = Refuses(2, GuardrailBreached("Guardrail cost: allowed 0.1 USD, met 0.2000 USD."))
    async with openai_server(Turn(tools=[MOMENTUM]), Turn(text=ANSWER)) as server:
        result = await execute(server, tmp_path, context=make_context(tmp_path, live=live))

    assert result.failure is not None
    assert (result.status, result.failure.message) == (
        "rejected",
        "Guardrail cost: allowed 0.1 USD, met 0.2000 USD.",
    )


@pytest.mark.parametrize("tokens", [(100, 20), None], ids=["no price", "no tokens"])
async def test_a_cost_that_is_not_known_is_said_to_be_so(
    tmp_path: Path, tokens: tuple[int, int] | None
) -> None:
    prices = "" if tokens else json.dumps({"openai:gpt-4o-mini": {"input": 1, "output": 1}})
    async with openai_server(Turn(text=ANSWER, tokens=tokens)) as server:
        runtime = AgentRuntime(
            make_context(tmp_path), environment=environment(server, ALPHASWARM_MODEL_PRICES=prices)
        )
        result = await runtime.run(agent_spec(), "What about JNJ?", example_data("prices"))  # pyright: ignore[reportArgumentType]

    record = result.log.dump()
    assert result.status == "completed"
    assert (record["cost_usd"], record["cost_known"]) == (0.0, False)
    notes = [step["note"] for step in record["steps"] if "note" in step]
    assert any("is not known, so its cost counts as 0" in note for note in notes) is (tokens is not None)


async def test_watchers_hear_the_stream_but_not_every_chunk(tmp_path: Path) -> None:
    effects = Effects()
    long = json.dumps({"direction": "long", "confidence": 0.5, "rationale": "word " * 200})
    async with openai_server(Turn(text=long)) as server:
        result = await execute(server, tmp_path, context=make_context(tmp_path, effects=effects))

    assert result.status == "completed"
    # The clock of the test stands still, so only the first piece is due.
    assert len(effects.progress) == 1
    assert effects.progress[0][1].startswith("Analyst:")


@pytest.mark.parametrize(
    ("fields", "more", "said"),
    [
        ({"provider": "no_such_provider"}, {}, "cannot be opened"),
        ({"provider": "anthropic"}, {}, "is not installed"),
        ({"base_url_ref": "env:OTHER_BASE_URL"}, {}, "OTHER_BASE_URL is not set"),
        ({"api_key_ref": "env:ALPHASWARM_SECRET_OTHER"}, {}, "ALPHASWARM_SECRET_OTHER is not set"),
        ({}, {"OPENAI_BASE_URL": "http://me:hunter22@127.0.0.1/v1"}, "holds a user or password"),
        ({}, {"OPENAI_BASE_URL": "postgresql://db/x"}, "is no http or https URL"),
        ({}, {"ALPHASWARM_MODEL_PRICES": "{"}, "ALPHASWARM_MODEL_PRICES must be JSON"),
    ],
)
async def test_what_is_set_up_wrongly_is_a_named_error(
    tmp_path: Path, fields: dict[str, Any], more: dict[str, str], said: str
) -> None:
    async with openai_server() as server:
        runtime = AgentRuntime(make_context(tmp_path), environment=environment(server, **more))
        result = await runtime.run(agent_spec(model=fields), "What about JNJ?")

    assert result.failure is not None
    assert (result.status, result.failure.kind) == ("error", "config")
    assert said in result.failure.message
    assert "hunter22" not in result.failure.message
    assert server.asked == []


@pytest.mark.parametrize(
    "turn",
    [
        Turn(status=401, error="Incorrect key: ", echo_key=True),
        Turn(status=400, error="You sent ", echo_key=True),
        Turn(text='{"direction": "long", "confidence": 0.7, "rationale": "My key?"} ', echo_key=True),
        Turn(text="No JSON, but ", echo_key=True),
        Turn(tools=[(KEY, "{}")]),
    ],
    ids=["401", "400", "answer", "malformed", "tool"],
)
async def test_a_key_that_the_server_repeats_goes_no_further(tmp_path: Path, turn: Turn) -> None:
    ledger, effects = Ledger(), Effects()
    async with openai_server(turn, turn) as server:
        result = await execute(
            server, tmp_path, context=make_context(tmp_path, ledger=ledger, effects=effects), retries=0
        )

    assert KEY in server.keys[0]
    assert KEY not in repr((result, ledger, effects))


async def test_an_agent_without_prices_has_no_tools(tmp_path: Path) -> None:
    async with openai_server(Turn(text="All is well.")) as server:
        runtime = AgentRuntime(make_context(tmp_path), environment=environment(server))
        result = await runtime.run(agent_spec(output=[]), "How are you?")

    assert result.output == {"text": "All is well."}
    assert "tools" not in server.asked[0]
