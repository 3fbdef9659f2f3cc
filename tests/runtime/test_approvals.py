"""A run waits for a person without a worker, and goes on exactly where it was: same story, nothing twice."""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from runtime.embedded import MemoryJournal
from runtime.graph.document import GraphDocument
from runtime.graph.sketch import sketch
from runtime.ports import HaltReading
from tests.runtime.probes import FragileProbe, ParkedProbe, Switch, runtime_for
from tests.runtime.segments import SegmentedRun

pytestmark = pytest.mark.usefixtures("probes")


@pytest.fixture(params=[False, True], ids=["langgraph", "in order"])
def in_order(request: pytest.FixtureRequest) -> Iterator[bool]:
    yield request.param
    from runtime.builders import builders

    builders().pop("drawn", None)


def one_approval() -> GraphDocument:
    return sketch(
        {
            "a": ("test.number", {"value": 2}),
            "ask": ("control.approval", {"question": "Go?"}),
            "yes": "test.sum",
            "no": "test.sum",
        },
        ["a.number -> ask.value", "ask.approved -> yes.numbers", "ask.rejected -> no.numbers"],
    )


def beside() -> GraphDocument:
    """An approval, a long branch beside it, another approval, and a join of all."""
    return sketch(
        {
            "a": ("test.number", {"value": 2}),
            "b": ("test.number", {"value": 3}),
            "ask": "control.approval",
            "two": "test.sum",
            "three": "test.sum",
            "again": "control.approval",
            "end": "test.sum",
        },
        [
            "a.number -> ask.value",
            "b.number -> two.numbers",
            "two.number -> three.numbers",
            "three.number -> again.value",
            "ask.approved -> end.numbers",
            "again.approved -> end.numbers",
            "three.number -> end.numbers",
        ],
    )


async def test_a_run_waits_at_an_approval_and_takes_the_branch_of_the_answer(
    in_order: bool, tmp_path: Path
) -> None:
    run = SegmentedRun(document=one_approval(), folder=tmp_path, in_order=in_order)

    waiting = await run.begin()
    run.approvals.answer("ask", approved=True, comment="fine")
    ended = await run.go_on(waiting)

    assert (waiting.status, waiting.failure, ended.status) == ("waiting", None, "completed")
    assert [told for told in run.told() if told[1] != "no"] == [
        ("start", "", ""),
        ("node", "a", "running"),
        ("node", "a", "completed"),
        ("node", "ask", "running"),
        ("node", "ask", "waiting"),
        ("resumed", "", ""),
        ("node", "ask", "running"),
        ("node", "ask", "completed"),
        ("node", "yes", "running"),
        ("node", "yes", "completed"),
    ]
    assert ("node", "no", "skipped") in run.told()
    assert ended.state["outputs"]["yes"]["number"]["line"] == "2"
    assert [(crumb["node"], crumb["status"]) for crumb in ended.breadcrumbs][:3] == [
        ("a", "ok"),
        ("ask", "waiting"),
        ("ask", "ok"),
    ]
    assert ended.breadcrumbs[2].get("extras") == {
        "answer": "approved",
        "answered_by": "olga",
        "comment": "fine",
    }
    assert (ended.cost_usd, ended.n_calls) == (0.02, 1)


async def test_a_rejection_takes_the_other_branch(in_order: bool, tmp_path: Path) -> None:
    run = SegmentedRun(document=one_approval(), folder=tmp_path, in_order=in_order)

    waiting = await run.begin()
    run.approvals.answer("ask", approved=False)
    ended = await run.go_on(waiting)

    assert ended.status == "completed"
    assert list(ended.state["outputs"]["yes"]) == []
    assert ended.state["outputs"]["no"]["number"]["line"] == "2"


async def test_what_does_not_depend_on_the_answer_is_done_before_the_run_waits(
    in_order: bool, tmp_path: Path
) -> None:
    run = SegmentedRun(document=beside(), folder=tmp_path, in_order=in_order)

    waiting = await run.begin()

    assert waiting.status == "waiting"
    assert set(waiting.state["outputs"]) == {"a", "b", "two", "three"}
    assert set(run.approvals.asked) == {"ask", "again"}


async def test_two_approvals_wait_at_once_and_are_answered_one_after_the_other(
    in_order: bool, tmp_path: Path
) -> None:
    run = SegmentedRun(document=beside(), folder=tmp_path, in_order=in_order)

    first = await run.begin()
    run.approvals.answer("again", approved=True)
    second = await run.go_on(first)
    run.approvals.answer("ask", approved=True)
    third = await run.go_on(second)

    assert (first.status, second.status, third.status) == ("waiting", "waiting", "completed")
    assert third.state["outputs"]["end"]["number"]["line"] == "8"
    told = run.told()
    finished = [node for stage, node, status in told if status == "completed"]
    assert sorted(finished) == ["a", "again", "ask", "b", "end", "three", "two"]
    assert [entry for entry in told if entry[2] == "waiting"] == [
        ("node", node, "waiting") for node in (["ask", "again"])
    ]
    assert [stage for stage, _, _ in told if stage != "node"] == ["start", "resumed", "resumed"]


async def test_the_time_of_waiting_is_the_nodes_and_not_the_runs(tmp_path: Path) -> None:
    run = SegmentedRun(document=one_approval(), folder=tmp_path, guardrails={"max_duration_seconds": 60})

    waiting = await run.begin()
    run.clock.advance(3600)
    run.approvals.answer("ask", approved=True)
    ended = await run.go_on(waiting)

    assert (ended.status, ended.duration_ms) == ("completed", 0.0)
    answered = next(
        frame for frame in run.journal.frames if frame.get("node") == "ask" and frame["duration_ms"]
    )
    asked = next(frame for frame in run.journal.frames if frame.get("status") == "waiting")
    assert (answered["duration_ms"], answered["at"]) == (3_600_000.0, asked["at"])


async def test_a_halt_reaches_a_run_that_goes_on_before_its_next_transition(tmp_path: Path) -> None:
    run = SegmentedRun(document=one_approval(), folder=tmp_path)
    waiting = await run.begin()
    run.approvals.answer("ask", approved=True)

    run.halts = (Switch(HaltReading(engaged=True, reason="fat finger", source="switch")),)
    ended = await run.go_on(waiting)

    assert (ended.status, ended.error) == ("halted", "fat finger")
    assert set(ended.state["outputs"]) == {"a"}


async def test_without_checkpoints_nobody_can_be_asked(tmp_path: Path) -> None:
    result = await runtime_for(one_approval(), tmp_path).run({})

    assert result.status == "error"
    assert (result.error or "").startswith("Nobody can be asked here")


async def test_a_run_that_lost_its_worker_does_only_the_interrupted_node_again(
    in_order: bool, tmp_path: Path
) -> None:
    document = sketch(
        {"a": ("test.number", {"value": 2}), "weak": "test.fragile", "end": "test.sum"},
        ["a.number -> weak.numbers", "weak.number -> end.numbers"],
    )
    run = SegmentedRun(document=document, folder=tmp_path, in_order=in_order)
    FragileProbe.broken = True
    lost = asyncio.create_task(run.begin())
    await FragileProbe.reached.wait()
    lost.cancel()
    await lost
    run.journal = MemoryJournal()
    FragileProbe.broken = False

    ended = await run.go_on(None, reason="Its worker was lost.")

    assert ended.status == "completed"
    assert ended.state["outputs"]["end"]["number"]["line"] == "2"
    assert FragileProbe.executed == 2
    assert run.told() == [
        ("resumed", "", ""),
        ("node", "weak", "running"),
        ("node", "weak", "completed"),
        ("node", "end", "running"),
        ("node", "end", "completed"),
    ]


class DoneJournal(MemoryJournal):
    """Tells when a node is done."""

    def __init__(self, node: str) -> None:
        super().__init__()
        self._node = node
        self.done = asyncio.Event()

    def record(self, frame: Mapping[str, Any]) -> None:
        super().record(frame)
        if (frame.get("node"), frame.get("status")) == (self._node, "completed"):
            self.done.set()


async def test_a_sibling_that_had_finished_is_not_run_again(tmp_path: Path) -> None:
    document = sketch(
        {"a": ("test.number", {"value": 2}), "weak": "test.fragile", "fine": "test.sum", "end": "test.sum"},
        [
            "a.number -> weak.numbers",
            "a.number -> fine.numbers",
            "weak.number -> end.numbers",
            "fine.number -> end.numbers",
        ],
    )
    told = DoneJournal("fine")
    run = SegmentedRun(document=document, folder=tmp_path, journal=told)
    FragileProbe.broken = True
    lost = asyncio.create_task(run.begin())
    await asyncio.gather(FragileProbe.reached.wait(), told.done.wait())
    for _ in range(100):
        # Until LangGraph has taken the result over.
        await asyncio.sleep(0)
    lost.cancel()
    await lost
    run.journal = MemoryJournal()
    FragileProbe.broken = False

    ended = await run.go_on(None)

    assert ended.state["outputs"]["end"]["number"]["line"] == "4"
    assert "fine" not in [node for _, node, _ in run.told()]


async def test_a_run_that_lost_its_worker_before_its_first_checkpoint_begins(tmp_path: Path) -> None:
    run = SegmentedRun(document=one_approval(), folder=tmp_path)

    result = await run.go_on(None)

    assert result.status == "waiting"
    assert set(result.state["outputs"]) == {"a"}


async def test_a_run_whose_graph_is_drawn_differently_by_now_does_not_go_on(tmp_path: Path) -> None:
    run = SegmentedRun(document=one_approval(), folder=tmp_path)
    waiting = await run.begin()
    run.approvals.answer("ask", approved=True)

    run.document = beside()
    ended = await run.go_on(waiting)

    assert ended.status == "error"
    assert "drawn differently" in (ended.error or "")
    assert set(ended.state["outputs"]) == {"a"}


BUDGET = {"cost_budget_usd": 0.01, "on_cost_breach": "ask"}


def numbers() -> GraphDocument:
    return sketch({"a": ("test.number", {"value": 2}), "sum": "test.sum"}, ["a.number -> sum.numbers"])


async def test_a_budget_that_asks_makes_the_run_wait_before_its_next_transition(
    in_order: bool, tmp_path: Path
) -> None:
    run = SegmentedRun(document=numbers(), folder=tmp_path, in_order=in_order, guardrails=BUDGET)

    waiting = await run.begin()

    assert waiting.status == "waiting"
    assert set(waiting.state["outputs"]) == {"a"}
    asked = run.approvals.asked["guardrail:cost:1"]
    assert asked.text == "The run has spent 0.0200 USD; its budget is 0.01 USD. May it go on?"
    assert asked.detail == {"limit": "cost", "allowed_usd": 0.01, "spent_usd": 0.02}
    assert [(crumb["node"], crumb["status"]) for crumb in waiting.breadcrumbs] == [
        ("a", "ok"),
        ("guardrail", "waiting"),
    ]


async def test_whoever_raises_the_budget_lets_the_run_go_on(in_order: bool, tmp_path: Path) -> None:
    run = SegmentedRun(document=numbers(), folder=tmp_path, in_order=in_order, guardrails=BUDGET)

    waiting = await run.begin()
    run.approvals.answer("guardrail:cost:1", approved=True)
    ended = await run.go_on(waiting, granted_usd=(0.01,))

    assert (ended.status, ended.cost_usd) == ("completed", 0.02)


async def test_a_budget_that_was_raised_by_too_little_asks_again(tmp_path: Path) -> None:
    run = SegmentedRun(document=numbers(), folder=tmp_path, guardrails=BUDGET)

    waiting = await run.begin()
    run.approvals.answer("guardrail:cost:1", approved=True)
    again = await run.go_on(waiting, granted_usd=(0.001,))

    assert again.status == "waiting"
    assert set(run.approvals.asked) == {"guardrail:cost:1", "guardrail:cost:2"}
    assert set(again.state["outputs"]) == {"a"}


async def test_whoever_refuses_ends_the_run_as_a_guardrail_error_that_keeps_what_was_done(
    in_order: bool, tmp_path: Path
) -> None:
    run = SegmentedRun(document=numbers(), folder=tmp_path, in_order=in_order, guardrails=BUDGET)

    waiting = await run.begin()
    run.approvals.answer("guardrail:cost:1", approved=False)
    ended = await run.go_on(waiting, refused="olga refused to raise the budget of 0.01 USD.")

    assert (ended.status, ended.error) == ("error", "olga refused to raise the budget of 0.01 USD.")
    assert ended.failure is not None
    assert ended.failure.kind == "guardrail"
    assert set(ended.state["outputs"]) == {"a"}
    assert ended.breadcrumbs[-1]["status"] == "guardrail"


async def test_the_last_transition_may_cross_a_budget_that_asks(tmp_path: Path) -> None:
    document = sketch({"a": ("test.number", {"value": 2}), "b": "test.looping"}, ["a.number -> b.number"])
    run = SegmentedRun(
        document=document, folder=tmp_path, guardrails={"cost_budget_usd": 1.21, "on_cost_breach": "ask"}
    )

    assert (await run.begin()).status == "completed"


async def test_inside_a_loop_the_run_waits_after_the_call_under_way(tmp_path: Path) -> None:
    document = sketch({"a": ("test.number", {"value": 2}), "b": "test.looping"}, ["a.number -> b.number"])
    run = SegmentedRun(
        document=document, folder=tmp_path, guardrails={"cost_budget_usd": 0.5, "on_cost_breach": "ask"}
    )

    waiting = await run.begin()
    run.approvals.answer("guardrail:cost:1", approved=True)
    ended = await run.go_on(waiting, granted_usd=(5.0,))

    assert (waiting.status, round(waiting.cost_usd, 6)) == ("waiting", 0.82)
    assert ("node", "b", "waiting") in run.told()
    assert (ended.status, round(ended.cost_usd, 6)) == ("completed", 2.02)


async def test_a_budget_that_does_not_ask_ends_the_run_as_before(tmp_path: Path) -> None:
    run = SegmentedRun(document=numbers(), folder=tmp_path, guardrails={"cost_budget_usd": 0.01})

    ended = await run.begin()

    assert (ended.status, run.approvals.asked) == ("error", {})


async def test_a_halted_run_is_halted_while_another_branch_waits(tmp_path: Path) -> None:
    document = sketch(
        {
            "a": ("test.number", {"value": 2}),
            "ask": "control.approval",
            "stuck": "test.parked",
            "end": "test.sum",
        },
        ["a.number -> ask.value", "a.number -> stuck.number", "ask.approved -> end.numbers"],
    )
    run = SegmentedRun(document=document, folder=tmp_path)
    runtime = run.runtime()
    task = asyncio.create_task(runtime.run({}))
    await ParkedProbe.reached.wait()

    runtime.halt("fat finger")
    task.cancel()

    assert (await task).status == "halted"
