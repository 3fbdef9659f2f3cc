"""The agent and the debate when a chat model thinks for them; and that nothing has changed when none does."""

import json
from pathlib import Path
from typing import Any

import pytest

from runtime.agents.model_client import AgentFailed
from runtime.errors import GuardrailBreached, HaltRequested
from runtime.graph.sketch import sketch
from runtime.graph.validate import validate
from runtime.node import Ledger, NodeContext, NodeKind
from runtime.nodes.agent import Agent, AgentConfig
from runtime.nodes.debate import BullBearDebate, DebateConfig
from runtime.settings import LiveSettings
from tests.contracts.inputs import ALL_ON, example_data
from tests.fakes import ScriptedSettings, make_context
from tests.support.openai_server import OpenAIServer, Turn

MODEL = {"provider": "model", "model": "openai:gpt-4o-mini"}
VIEW = json.dumps({"direction": "short", "strength": 0.4, "confidence": 0.7, "rationale": "It has run far."})
NOTHING_NEW = json.dumps({"has_argument": False, "confidence": 0.5})


def argument(text: str, confidence: float, **more: object) -> Turn:
    return Turn(
        text=json.dumps(
            {"has_argument": True, "argument": text, "confidence": confidence, "weight": 0.5, **more}
        )
    )


def verdict(action: str, **more: object) -> Turn:
    return Turn(
        text=json.dumps({"action": action, "confidence": 0.8, "rationale": "The trend decides.", **more})
    )


async def run_node(kind: type[NodeKind], context: NodeContext, **config: Any) -> dict[str, Any]:
    """Run a node over the example prices, thinking with the model."""
    inputs = {"prices": example_data("prices")}
    settings = kind.Config.model_validate({"symbol": "JNJ", **MODEL, **config})
    return dict(await kind().run(inputs, settings, context))


async def test_an_agent_tells_the_view_of_its_model_and_how_it_came_to_it(
    server: OpenAIServer, tmp_path: Path
) -> None:
    server.turns = [Turn(tools=[("momentum", '{"symbol": "JNJ"}')]), Turn(text=VIEW)]
    ledger = Ledger()

    insight = (await run_node(Agent, make_context(tmp_path, ledger=ledger), role="Sceptic"))["insight"]

    assert (insight["vt_symbol"], insight["direction"], insight["strength"]) == ("JNJ", "short", 0.4)
    assert insight["rationale"] == "Sceptic: It has run far."
    assert insight["thinking"]["model"] == "openai:gpt-4o-mini"
    assert insight["thinking"]["tokens"] == {"input": 200, "output": 40}
    assert insight["thinking"]["cost_usd"] == pytest.approx(ledger.cost_usd) == pytest.approx(0.0006)
    (agent,) = insight["thinking"]["agents"]
    assert [step["kind"] for step in agent["steps"]] == ["llm", "tool", "llm", "output"]
    assert ledger.notes["agents"][0]["spec_hash"] == agent["spec_hash"]
    assert (ledger.n_calls, ledger.n_tool_calls) == (2, 1)
    assert "Sceptic" in server.asked[0]["messages"][0]["content"]


async def test_a_model_debates_and_a_model_judges(server: OpenAIServer, tmp_path: Path) -> None:
    server.turns = [
        argument("It rises.", 0.7, measure="momentum", title="Momentum"),
        argument("It is dear.", 0.6),
        verdict("hold"),
    ]
    ledger = Ledger()

    said = (await run_node(BullBearDebate, make_context(tmp_path, ledger=ledger), rounds=1))["verdict"]

    assert (said["action"], said["confidence"], said["rationale"]) == ("hold", 0.8, "The trend decides.")
    assert said["deterministic_fallback"] is False
    assert [turn["text"] for turn in said["transcript"]] == ["It rises.", "It is dear."]
    assert said["transcript"][0]["numbers"].keys() == {"momentum", "momentum_t"}
    assert [agent["agent"] for agent in said["thinking"]["agents"]] == [
        "research.bull_researcher",
        "research.bear_researcher",
        "research.portfolio_manager",
    ]
    assert "It rises." in server.asked[1]["messages"][1]["content"]
    assert ledger.slots["debate_verdict"] == said
    assert ledger.n_calls == 3


@pytest.mark.parametrize(
    "judged",
    [
        pytest.param([Turn(text='{"confidence": 0.9, "rationale": "Hm."}')] * 2, id="no action"),
        pytest.param([verdict("mutate_params"), verdict("wait")], id="no such action"),
        pytest.param([Turn(status=400, error="No.")], id="no answer"),
    ],
)
async def test_without_an_action_of_the_model_the_rule_judges_and_says_so(
    server: OpenAIServer, tmp_path: Path, judged: list[Turn]
) -> None:
    server.turns = [argument("It rises.", 0.7), argument("It is dear.", 0.4), *judged]

    said = (await run_node(BullBearDebate, make_context(tmp_path), rounds=1))["verdict"]

    assert (said["action"], said["deterministic_fallback"]) == ("buy", True)
    assert "the bull (0.70) prevails over the bear (0.40)" in said["rationale"]
    assert said["thinking"]["agents"][-1]["error"]


async def test_a_debate_of_models_ends_when_nobody_has_anything_new(
    server: OpenAIServer, tmp_path: Path
) -> None:
    server.turns = [
        argument("It rises.", 0.7),
        Turn(text=NOTHING_NEW),
        Turn(text=NOTHING_NEW),
        Turn(text=NOTHING_NEW),
    ]
    server.turns.append(verdict("buy"))
    live = ScriptedSettings(LiveSettings(orchestration_max_debate_rounds=9))

    said = (await run_node(BullBearDebate, make_context(tmp_path, live=live), rounds=9))["verdict"]

    assert (said["rounds"], said["count"], said["action"]) == (1, 1, "buy")


async def test_a_researcher_without_an_answer_fails_the_debate(server: OpenAIServer, tmp_path: Path) -> None:
    server.turns = [argument("It rises.", 0.7), Turn(status=400, error="No such model.")]

    with pytest.raises(AgentFailed, match=r"Bear researcher gave no answer: .*No such model\."):
        await run_node(BullBearDebate, make_context(tmp_path), rounds=1)


async def test_a_guardrail_in_the_judge_is_not_taken_for_a_missing_action(
    server: OpenAIServer, tmp_path: Path
) -> None:
    server.turns = [argument("It rises.", 0.7), argument("It is dear.", 0.4), verdict("sell")]
    server.turns[-1] = Turn(text=server.turns[-1].text, tokens=(1_000_000, 1_000_000))

    with pytest.raises(GuardrailBreached, match=r"Guardrail cost of agent research\.portfolio_manager"):
        await run_node(BullBearDebate, make_context(tmp_path), rounds=1)


async def test_a_halt_in_the_middle_of_a_debate_leaves_its_steps(
    server: OpenAIServer, tmp_path: Path
) -> None:
    class HaltsLater(ScriptedSettings):
        async def live(self) -> LiveSettings:
            if self.read == 2:
                raise HaltRequested("fat finger")
            return await super().live()

    server.turns = [argument("It rises.", 0.7)]
    ledger = Ledger()

    with pytest.raises(HaltRequested):
        await run_node(BullBearDebate, make_context(tmp_path, live=HaltsLater(), ledger=ledger), rounds=1)

    assert ledger.slots == {}
    assert [each["agent"] for each in ledger.notes["agents"]] == [
        "research.bull_researcher",
        "research.bear_researcher",
    ]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"provider": "model"}, "A model is written provider:model"),
        ({"provider": "model", "model": "gpt-4o-mini"}, "A model is written provider:model"),
        ({"model": "openai:sk-proj-0123456789"}, "This looks like a key"),
        ({"provider": "chatty", "model": "openai:gpt-4o-mini"}, "quant"),
    ],
)
def test_the_editor_names_the_field_that_is_wrong(config: dict[str, str], said: str) -> None:
    document = sketch(
        {"prices": "data.prices", "agent": ("agents.agent", config), "report": "output.report"},
        ["prices.prices -> agent.prices", "agent.insight -> report.notes"],
    )

    found = [issue for issue in validate(document, ALL_ON) if issue.code == "G102"]

    assert [issue.field for issue in found] == ["provider" if "chatty" in config.values() else "model"]
    assert said in found[0].message


async def test_quant_stays_the_default_and_says_what_it_always_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9")
    ledger = Ledger()
    inputs = {"prices": example_data("prices")}

    context = make_context(tmp_path, ledger=ledger)
    insight = (await Agent().run(inputs, AgentConfig(symbol="JNJ"), context))["insight"]
    verdict = (await BullBearDebate().run(inputs, DebateConfig(symbol="JNJ"), context))["verdict"]

    assert list(insight) == [
        "vt_symbol",
        "direction",
        "strength",
        "confidence",
        "horizon_days",
        "rationale",
        "numbers",
        "as_of",
    ]
    assert verdict["deterministic_fallback"] is True
    assert "thinking" not in verdict
    assert ledger.notes == {}
    assert ledger.cost_usd == 0.0
