"""The agents desk in a real worker process: answers, limits, memory, halts and replays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest

from runtime.errors import (
    AccessDenied,
    AlreadyExists,
    InvalidSpec,
    InvalidValue,
    NotFound,
    NotReproducible,
    Unavailable,
)
from tasks.access import Actor
from tasks.control.agents import (
    AgentRunView,
    agent_run,
    get_agent,
    halt_agents,
    list_agents,
    replay_agent_run,
    save_agent,
)
from tasks.control.context import Control
from tasks.control.desk_halts import halt_desk_run
from tasks.control.desks import start_desk_run
from tasks.worker.process import WorkerProcess
from tests.support.model_environment import KEY, model_environment
from tests.support.openai_server import ServerThread, Turn

JNJ = {"spec": "research.analyst", "symbols": ["JNJ", "KO"], "symbol": "JNJ", "as_of": "2020-06-30"}
ANSWER = json.dumps({"direction": "long", "confidence": 0.7, "rationale": "The trend is up."})
MODEL: dict[str, Any] = {
    "name": "desk.thinker",
    "role": "Thinker",
    "system_prompt": "Judge the share.",
    "model": {"provider": "openai", "model": "gpt-4o-mini"},
    "tools": ["momentum"],
    "output": [
        {"name": "direction", "choices": ["long", "short"]},
        {"name": "confidence", "type": "number", "minimum": 0, "maximum": 1},
        {"name": "rationale"},
    ],
}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ServerThread]:
    """A local model server that the environment leads to."""
    with ServerThread() as running:
        for name, value in model_environment(running.state).items():
            monkeypatch.setenv(name, value)
        yield running


def ended(process: WorkerProcess, actor: Actor, config: dict[str, Any]) -> AgentRunView:
    """Start a run, execute it, and return how it ended."""
    started = start_desk_run(process.control, actor, "agents", config)
    process.execute_desk(started.run_id)
    return agent_run(process.control, actor, started.run_id)


def thinking(**fields: Any) -> dict[str, Any]:
    return {"agent": MODEL | fields, "symbols": ["JNJ", "KO"], "symbol": "JNJ", "as_of": "2020-06-30"}


def kinds(view: AgentRunView) -> list[str]:
    return [step.kind for step in view.steps]


def test_an_agent_by_name_answers_from_the_data_of_its_day(process: WorkerProcess, ann: Actor) -> None:
    view = ended(process, ann, JNJ)

    record = view.run.record
    assert (record.summary.status, record.summary.error) == ("completed", None)
    assert (record.summary.name, record.summary.kind) == ("research.analyst", "quant")
    result = record.result or {}
    assert (result["symbol"], result["as_of"], result["recalled"]) == ("JNJ", "2020-06-30", 0)
    assert result["output"]["direction"] in ("long", "short")
    assert result["output"]["rationale"].startswith("Quantitative analyst: ")
    assert record.config["agent"]["name"] == "research.analyst"
    assert kinds(view) == ["tool", "output"]
    assert view.steps[1].output == result["output"]


def test_a_chat_model_thinks_step_by_step_and_its_key_is_nowhere(
    process: WorkerProcess, ann: Actor, server: ServerThread
) -> None:
    server.state.turns = [
        Turn(tools=[("momentum", '{"symbol": "JNJ"}')]),
        Turn(text=ANSWER.replace("up.", f"up, {KEY}.")),
    ]

    view = ended(process, ann, thinking())

    record = view.run.record
    assert (record.summary.status, record.summary.error) == ("completed", None)
    assert (record.summary.kind, record.summary.n_calls) == ("model", 2)
    assert record.summary.cost_usd == pytest.approx(0.0006)
    assert (record.result or {})["output"]["direction"] == "long"
    assert kinds(view) == ["llm", "tool", "llm", "output"]
    assert server.state.keys == [f"Bearer {KEY}"] * 2
    assert "2020-06-30" in view.steps[0].inputs["messages"][1]["text"]
    assert KEY not in repr(view)


@pytest.mark.parametrize(
    ("guardrails", "words"),
    [
        ({"forbidden_terms": ["trend"]}, "Guardrail term"),
        ({"min_confidence": 0.9}, "Guardrail confidence of agent desk.thinker: at least 0.9, met 0.70."),
        ({"max_cost_usd": 0.0001}, "Guardrail cost"),
    ],
)
def test_a_limit_that_is_crossed_rejects_the_run_and_keeps_its_steps(
    process: WorkerProcess, ann: Actor, server: ServerThread, guardrails: dict[str, Any], words: str
) -> None:
    server.state.turns = [Turn(text=ANSWER)]

    view = ended(process, ann, thinking(guardrails=guardrails))

    assert view.run.record.summary.status == "rejected"
    assert words in (view.run.record.summary.error or "")
    assert view.steps[-1].kind == "guardrail"
    assert view.run.record.summary.n_calls == 1


def test_quant_keeps_to_the_limits_of_its_answer_too(process: WorkerProcess, ann: Actor) -> None:
    agent = get_agent(process.control, ann, "research.analyst").spec.dump()
    limited = agent | {"name": "strict", "guardrails": agent["guardrails"] | {"min_confidence": 1.0}}

    view = ended(process, ann, {"agent": limited, "symbol": "JNJ", "as_of": "2020-06-30"})

    assert view.run.record.summary.status == "rejected"
    assert "Guardrail confidence of agent strict" in (view.run.record.summary.error or "")


def test_an_agent_that_has_no_answer_ends_in_error_with_its_reason(
    process: WorkerProcess, ann: Actor, server: ServerThread
) -> None:
    server.state.turns = [Turn(text="Buy!"), Turn(text="Buy!!")]

    view = ended(process, ann, thinking())

    assert view.run.record.summary.status == "error"
    assert "Thinker gave no answer: The answer holds no JSON object." in (view.run.record.summary.error or "")
    assert kinds(view) == ["llm", "output", "llm", "output"]


def test_a_halt_reaches_an_agent_while_it_waits_for_its_model(
    process: WorkerProcess, ann: Actor, server: ServerThread
) -> None:
    server.state.turns = [Turn(tools=[("momentum", '{"symbol": "JNJ"}')]), Turn(then="hang")]
    started = start_desk_run(process.control, ann, "agents", thinking())
    thread = Thread(target=process.execute_desk, args=[started.run_id], daemon=True)
    thread.start()
    server.wait_until_hanging()

    halt_desk_run(process.control, ann, "agents", started.run_id, "enough")
    thread.join(timeout=60)

    view = agent_run(process.control, ann, started.run_id)
    assert (view.run.shown, view.run.record.summary.error) == ("halted", "enough")
    assert kinds(view) == ["llm", "tool"]


def test_what_an_agent_decided_comes_back_on_a_later_day_only(process: WorkerProcess, ann: Actor) -> None:
    agent = get_agent(process.control, ann, "research.analyst").spec.dump()
    save_agent(process.control, ann, agent | {"name": "mindful", "memory": 3})
    mindful = JNJ | {"spec": "mindful"}

    first = ended(process, ann, mindful)
    earlier = ended(process, ann, mindful | {"as_of": "2020-01-31"})
    later = ended(process, ann, mindful | {"as_of": "2020-12-31"})

    recalled = [(view.run.record.result or {})["recalled"] for view in (first, earlier, later)]
    assert recalled == [0, 0, 2]
    assert kinds(later) == ["memory", "tool", "output"]
    assert len(later.steps[0].output["passages"]) == 2
    with pytest.raises(NotReproducible, match="was reminded of 2 past decisions"):
        replay_agent_run(process.control, ann, later.run.record.summary.run_id)
    again = replay_agent_run(process.control, ann, first.run.record.summary.run_id)
    process.execute_desk(again.run_id)
    replayed = agent_run(process.control, ann, again.run_id).run.record
    assert replayed.result == first.run.record.result
    assert replayed.summary.parent_id == first.run.record.summary.run_id


def test_only_what_would_be_the_same_is_replayed(
    process: WorkerProcess, ann: Actor, server: ServerThread
) -> None:
    server.state.turns = [Turn(text=ANSWER)]
    asked = ended(process, ann, thinking()).run.record.summary.run_id
    waiting = start_desk_run(process.control, ann, "agents", JNJ).run_id

    with pytest.raises(NotReproducible, match="asks a chat model"):
        replay_agent_run(process.control, ann, asked)
    with pytest.raises(NotReproducible, match="has not ended"):
        replay_agent_run(process.control, ann, waiting)
    with pytest.raises(NotFound):
        replay_agent_run(process.control, ann, "nobody")


@pytest.mark.parametrize(
    ("config", "error", "words"),
    [
        ({}, InvalidValue, "Say which agent"),
        ({"spec": "research.analist"}, NotFound, "Did you mean 'research.analyst'"),
        ({"spec": "other", "agent": MODEL}, InvalidValue, "not both"),
        ({"agent": {"name": "x"}}, InvalidSpec, "role"),
        (JNJ | {"symbols": ["JNJJ"]}, NotFound, "JNJJ"),
        (JNJ | {"symbols": ["KO"]}, InvalidValue, "is not among the symbols"),
        (JNJ | {"as_of": "soon"}, InvalidValue, "as_of"),
        ({"agent": MODEL | {"model": {"provider": "openai", "model": KEY}}}, InvalidSpec, "looks like a key"),
    ],
)
def test_a_request_that_cannot_run_is_refused_by_name(
    control: Control, ann: Actor, config: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        start_desk_run(control, ann, "agents", config)


def test_agents_are_kept_by_name_and_shipped_ones_stay_as_they_are(
    control: Control, ann: Actor, ops: Actor
) -> None:
    saved = save_agent(control, ann, MODEL)
    save_agent(control, ann, MODEL | {"role": "Another"})

    assert [(each.spec.name, each.shipped) for each in list_agents(control, ops)] == [
        ("research.analyst", True),
        ("desk.thinker", False),
    ]
    kept = get_agent(control, ops, "desk.thinker")
    assert (kept.spec.role, kept.updated_by) == ("Another", "ann")
    assert saved.spec.snapshot_hash() != kept.spec.snapshot_hash()
    with pytest.raises(AlreadyExists):
        save_agent(control, ann, MODEL | {"name": "research.analyst"})
    with pytest.raises(AccessDenied):
        save_agent(control, ops, MODEL)


def test_a_run_keeps_the_agent_that_it_was_accepted_with(process: WorkerProcess, ann: Actor) -> None:
    agent = get_agent(process.control, ann, "research.analyst").spec.dump()
    save_agent(process.control, ann, agent | {"name": "mine", "role": "Before"})
    started = start_desk_run(process.control, ann, "agents", JNJ | {"spec": "mine"})
    save_agent(process.control, ann, agent | {"name": "mine", "role": "After"})

    process.execute_desk(started.run_id)

    result = agent_run(process.control, ann, started.run_id).run.record.result or {}
    assert result["output"]["rationale"].startswith("Before: ")


@pytest.mark.parametrize("engage_risk", [True, False])
def test_halting_agents_stops_what_waits_and_engages_the_switch_when_asked(
    control: Control, ann: Actor, ops: Actor, engage_risk: bool
) -> None:
    waiting = [start_desk_run(control, ann, "agents", JNJ) for _ in range(2)]

    halted = halt_agents(control, ops, "drill", engage_risk=engage_risk)

    assert (halted.stopped, halted.failures) == (2, ())
    assert set(halted.task_ids) == {started.task_id for started in waiting}
    assert halted.switch_engaged is engage_risk
    shown = [agent_run(control, ann, started.run_id).run.shown for started in waiting]
    assert shown == ["halted", "halted"]
    if engage_risk:
        with pytest.raises(Unavailable, match="kill switch"):
            start_desk_run(control, ann, "agents", JNJ)
    else:
        assert start_desk_run(control, ann, "agents", JNJ).run_id
    assert halt_agents(control, ops, "again", engage_risk=False).stopped == (0 if engage_risk else 1)
    with pytest.raises(AccessDenied):
        halt_agents(control, ann, "mine", engage_risk=False)
