from __future__ import annotations

from typing import Any

import pytest

from persistence.agent_steps import AgentStepRepository
from persistence.database import Database
from runtime.agents.record import AgentStep, Tokens
from runtime.ids import RunId
from tests.persistence.conftest import NOW

RUN = RunId("r1")


def told(step: AgentStep, *, number: int = 1, node: str = "analyst") -> dict[str, Any]:
    """Return a step as a frame tells of it."""
    return {
        "stage": "agent",
        "node": node,
        "agent": "research.analyst",
        "execution": 1,
        "step": number,
        **step.record(),
    }


ASKED = AgentStep(
    kind="llm",
    name="openai:gpt-4o-mini",
    milliseconds=12.5,
    tokens=Tokens(input=100, output=20),
    cost_usd=0.0003,
    inputs={"messages": [{"role": "human", "text": "Buy?"}]},
    output={"text": "Yes."},
)
LOOKED = AgentStep(kind="tool", name="momentum", milliseconds=1.0, error="There is no symbol 'X'.")


def test_steps_come_back_in_order_with_all_they_say(database: Database) -> None:
    with database.write() as session:
        steps = AgentStepRepository(session)
        steps.append(RUN, [(7, NOW, told(LOOKED, number=2)), (5, NOW, told(ASKED))])
        steps.append(RunId("another"), [(5, NOW, told(LOOKED))])

    with database.read() as session:
        asked, looked = AgentStepRepository(session).of_run(RUN)

    assert (asked.seq, asked.at, asked.node_id, asked.agent) == (5, NOW, "analyst", "research.analyst")
    assert (asked.kind, asked.name, asked.ms) == ("llm", "openai:gpt-4o-mini", 12.5)
    assert (asked.inputs, asked.output) == (ASKED.inputs, ASKED.output)
    assert (asked.input_tokens, asked.output_tokens) == (100, 20)
    assert asked.cost_usd == pytest.approx(0.0003)
    assert (looked.execution, looked.step, looked.error) == (1, 2, "There is no symbol 'X'.")
    assert (looked.cost_usd, looked.input_tokens) == (None, None)


def test_a_step_that_is_told_twice_is_kept_once(database: Database) -> None:
    with database.write() as session:
        AgentStepRepository(session).append(RUN, [(5, NOW, told(ASKED))])
        AgentStepRepository(session).append(RUN, [(5, NOW, told(ASKED)), (6, NOW, told(LOOKED))])

    with database.read() as session:
        assert [step.seq for step in AgentStepRepository(session).of_run(RUN)] == [5, 6]
