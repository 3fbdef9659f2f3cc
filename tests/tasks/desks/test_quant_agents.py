"""The quant agents in a real worker process: search, judge, decide, dispatch, halt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest

from runtime.errors import InvalidValue, NotFound
from runtime.ids import RunId
from tasks.access import Actor
from tasks.control.agents import AgentRunView, agent_run, halt_agents, halt_quant_agents
from tasks.control.context import Control
from tasks.control.desk_halts import halt_desk_run
from tasks.control.desks import get_desk_run, start_desk_run
from tasks.worker import strategy_executor
from tasks.worker.process import WorkerProcess
from tests.integration.installation import eventually
from tests.support.model_environment import model_environment
from tests.support.openai_server import ServerThread, Turn

DAYS = {"symbols": ["JNJ", "KO", "XOM", "AAPL"], "start": "2012-01-03", "as_of": "2017-12-29"}
REVERSAL = {
    "name": "reversal",
    "formula": "close / delay(close, 5) - 1",
    "expected_horizon_bars": 5,
    "expected_direction": "short",
}
ANYTHING = {"min_reward": -10.0, "max_drawdown": 1.0, "max_turnover": 10.0}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ServerThread]:
    """A local model server that the environment leads to."""
    with ServerThread() as running:
        for name, value in model_environment(running.state).items():
            monkeypatch.setenv(name, value)
        yield running


def ended(process: WorkerProcess, actor: Actor, **config: Any) -> AgentRunView:
    """Start a run of a quant agent, execute it, and return how it ended."""
    started = start_desk_run(process.control, actor, "quant-agents", DAYS | config)
    process.execute_desk(started.run_id)
    return seen(process, actor, started.run_id)


def seen(process: WorkerProcess, actor: Actor, run_id: RunId) -> AgentRunView:
    return agent_run(process.control, actor, run_id, desk="quant-agents")


def result(view: AgentRunView) -> dict[str, Any]:
    assert view.run.record.summary.status == "completed", view.run.record.summary.error
    return view.run.record.result or {}


def test_the_researcher_tries_so_many_formulas_and_keeps_the_best(process: WorkerProcess, ann: Actor) -> None:
    first = ended(process, ann, evaluations=3, seed=5)
    again = ended(process, ann, evaluations=3, seed=5)

    found = result(first)
    rewards = [trial["reward"] for trial in found["trials"]]
    assert found["evaluations"] == len(rewards) == 3
    assert found["best"]["reward"] == max(rewards)
    assert found["best"]["searched"]["end"] < found["best"]["holdout"]["start"]
    assert result(again) == found
    assert [step.name for step in first.steps] == ["backtest"] * 3
    assert first.steps[0].inputs["formula"] == found["trials"][0]["formula"]
    assert (first.run.record.summary.name, first.run.record.summary.kind) == ("alpha_researcher", "propose")


def test_a_given_formula_is_judged(process: WorkerProcess, ann: Actor) -> None:
    view = ended(process, ann, proposal=REVERSAL)

    assert view.run.record.summary.kind == "evaluate"
    judged = result(view)["best"]
    assert judged["proposal"]["formula"] == REVERSAL["formula"]
    assert judged["holdout"]["end"] == "2017-12-29"


def test_a_chat_model_proposes_and_learns_what_came_of_it(
    process: WorkerProcess, ann: Actor, server: ServerThread
) -> None:
    def said(formula: str) -> Turn:
        return Turn(text=json.dumps(REVERSAL | {"formula": formula, "rationale": "It may work."}))

    server.state.turns = [said("close.values"), said("ts_mean(returns, 21)"), said("ts_std(returns, 21)")]

    view = ended(process, ann, evaluations=2, model="openai:gpt-4o-mini", hint="Something calm.")

    assert [trial["formula"] for trial in result(view)["trials"]] == [
        "ts_mean(returns, 21)",
        "ts_std(returns, 21)",
    ]
    first, repaired, second = (asked["messages"][1]["content"] for asked in server.state.asked)
    assert "Nothing was tried yet." in first
    assert "Something calm." in first
    assert "cannot be read" in repaired
    assert "ts_mean(returns, 21)" in second
    assert '"reward"' in second
    assert "holdout" not in second
    assert view.run.record.summary.n_calls == 3
    assert [step.kind for step in view.steps] == [
        "llm",
        "output",
        "llm",
        "output",
        "tool",
        "llm",
        "output",
        "tool",
    ]


def test_a_search_is_halted_between_two_evaluations_and_keeps_what_it_found(
    process: WorkerProcess, ann: Actor
) -> None:
    started = start_desk_run(process.control, ann, "quant-agents", DAYS | {"evaluations": 200})
    thread = Thread(target=process.execute_desk, args=[started.run_id], daemon=True)
    thread.start()
    eventually(lambda: seen(process, ann, started.run_id).steps)

    halt_desk_run(process.control, ann, "quant-agents", started.run_id, "enough")
    thread.join(timeout=30)

    view = seen(process, ann, started.run_id)
    assert (view.run.shown, view.run.record.summary.error) == ("halted", "enough")
    kept = view.run.record.result or {}
    assert 0 < kept["evaluations"] < 200


@pytest.mark.parametrize(
    ("engaged", "reason"),
    [(False, "The reward on unseen days"), (True, "The kill switch is engaged.")],
)
def test_the_executor_says_no_with_its_reasons(
    process: WorkerProcess, ann: Actor, monkeypatch: pytest.MonkeyPatch, engaged: bool, reason: str
) -> None:
    monkeypatch.setattr(strategy_executor, "switch_engaged", lambda _control: engaged)
    limits = ANYTHING if engaged else {"min_reward": 9.0}

    view = ended(process, ann, spec="strategy_executor", proposal=REVERSAL, action="train", limits=limits)

    said = result(view)
    assert (said["decision"]["go"], said["dispatched"]) == (False, None)
    assert said["decision"]["reasons"][0].startswith(reason)
    assert view.steps[-1].output["go"] is False


def test_the_executor_dispatches_once_as_a_child_with_the_rights_of_who_asked(
    process: WorkerProcess, ann: Actor
) -> None:
    order = {"spec": "strategy_executor", "proposal": REVERSAL, "action": "train", "limits": ANYTHING}

    first = ended(process, ann, **order)
    second = ended(process, ann, **order)

    started = result(first)["dispatched"]
    training = get_desk_run(process.control, ann, started["run_id"]).record
    assert (started["desk"], training.summary.desk, training.summary.kind) == ("rl", "rl", "train")
    assert (training.summary.status, training.summary.created_by_name) == ("pending", "ann")
    assert training.summary.parent_id == first.run.record.summary.run_id
    market = training.config["experiment"]["market"]
    assert (market["symbols"], market["end"]) == (DAYS["symbols"], DAYS["as_of"])
    assert result(second)["dispatched"] is None
    assert result(second)["decision"]["reasons"] == [
        f"The same is under way already: run {started['run_id']}."
    ]


@pytest.mark.parametrize(
    ("config", "error", "words"),
    [
        ({"spec": "strategy_executor"}, InvalidValue, "about which proposal"),
        ({"spec": "strategy_executor", "proposal": REVERSAL, "action": "replay"}, InvalidValue, "run_id"),
        ({"spec": "strategy_executor", "proposal": REVERSAL, "action": "paper"}, InvalidValue, "target"),
        ({"proposal": REVERSAL | {"formula": "__import__('os')"}}, InvalidValue, "formula"),
        ({"symbols": ["NOPE"]}, NotFound, "NOPE"),
        ({"model": "gpt"}, InvalidValue, "provider:model"),
        ({"spec": "someone"}, InvalidValue, "spec"),
    ],
)
def test_a_request_that_cannot_run_is_refused_by_name(
    control: Control, ann: Actor, config: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        start_desk_run(control, ann, "quant-agents", DAYS | config)


def test_halting_the_quant_agents_leaves_other_agents_alone_and_halting_agents_does_not(
    control: Control, ann: Actor, ops: Actor
) -> None:
    quant = start_desk_run(control, ann, "quant-agents", DAYS)
    agent = start_desk_run(control, ann, "agents", {"spec": "research.analyst"})

    halted = halt_quant_agents(control, ops, "drill")

    assert (halted.stopped, halted.task_ids) == (1, (quant.task_id,))
    assert agent_run(control, ann, agent.run_id).run.shown == "pending"
    again = start_desk_run(control, ann, "quant-agents", DAYS)
    both = halt_agents(control, ops, "drill", engage_risk=False)
    assert set(both.task_ids) == {agent.task_id, again.task_id}
