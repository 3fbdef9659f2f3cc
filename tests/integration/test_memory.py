"""Memories on a real worker: a later run is reminded of an earlier one, and a replay finds what its original found."""

from __future__ import annotations

import pytest

from persistence.agent_steps import AgentStepRepository
from runtime.errors import NotReproducible
from runtime.graph.sketch import sketch
from runtime.ids import RunId
from tasks.control.replay import replay_run
from tasks.control.runs import RunView, start_run
from tasks.control.specs import create_workflow
from tests.integration.installation import Installation


def run_on(served: Installation, day: str) -> RunView:
    ended = served.ended(start_run(served.control, served.admin, "remembers", {"as_of": day}).run_id)
    assert ended.shown == "completed", ended.record.summary.error
    return ended


def reminded_of(view: RunView) -> list[str]:
    """Return the days of the decisions that a run was reminded of."""
    return sorted(passage["as_of"] for passage in (view.record.final_state or {}).get("past_context", []))


def test_runs_are_reminded_of_earlier_days_and_replays_stay_exact(served: Installation) -> None:
    drawing = sketch(
        {
            "prices": ("data.prices", {"symbols": ["JNJ", "KO"]}),
            "analyst": ("agents.agent", {"symbol": "JNJ", "memory": 5}),
            "report": "output.report",
        },
        ["prices.prices -> analyst.prices", "analyst.insight -> report.notes"],
    )
    spec = {"name": "remembers", "adapter": "WorkflowStudioAdapter", "params": {"graph": drawing.dump()}}
    create_workflow(served.control, served.admin, spec)

    june = run_on(served, "2020-06-30")
    may = run_on(served, "2020-05-29")
    july = run_on(served, "2020-07-31")
    again = served.ended(replay_run(served.control, served.admin, june.record.summary.run_id).run_id)
    august = run_on(served, "2020-08-31")

    assert [reminded_of(view) for view in (june, may)] == [[], []]
    assert reminded_of(july) == ["2020-05-29", "2020-06-30"]
    assert july.record.summary.totals.n_rag_hits == 2
    # The decision of May was made later than that of June, but it is the past: only the replay must not know of it.
    assert reminded_of(again) == []
    assert outputs_of(again) == outputs_of(june)
    assert reminded_of(august) == ["2020-05-29", "2020-06-30", "2020-07-31"]
    with pytest.raises(NotReproducible, match="was reminded of 2 past decisions"):
        replay_run(served.control, served.admin, july.record.summary.run_id)
    assert kinds_of(served, july.record.summary.run_id) == ["memory", "tool", "output"]


def outputs_of(view: RunView) -> object:
    return (view.record.final_state or {})["outputs"]


def kinds_of(served: Installation, run_id: RunId) -> list[str]:
    with served.control.database.read() as session:
        return [step.kind for step in AgentStepRepository(session).of_run(run_id)]
