"""A run always ends, truthfully, with everything it had done by then."""

import asyncio
from pathlib import Path

import pytest

from runtime.adapter import Adapter, AdapterContext, AdapterResult, adapter_named, adapters
from runtime.embedded import FixedSettings, MemoryJournal
from runtime.engine import WorkflowRunResult
from runtime.errors import NotFound
from runtime.graph.document import GraphDocument
from runtime.graph.sketch import sketch
from runtime.ports import HaltReading
from runtime.settings import LiveSettings
from runtime.spec import WorkflowSpec
from runtime.state import OrchestrationState
from tests.fakes import FakeClock, ScriptedSettings
from tests.runtime.probes import DeafProbe, ParkedProbe, Switch, runtime_for

pytestmark = pytest.mark.usefixtures("probes")

GO = HaltReading(engaged=False, source="switch")
STOP = HaltReading(engaged=True, reason="fat finger", source="switch")


def numbers() -> GraphDocument:
    return sketch(
        {"a": ("test.number", {"value": 2}), "b": ("test.number", {"value": 3}), "sum": "test.sum"},
        ["a.number -> sum.numbers", "b.number -> sum.numbers"],
    )


async def run(document: GraphDocument | WorkflowSpec, folder: Path, **kwargs: object) -> WorkflowRunResult:
    return await runtime_for(document, folder, **kwargs).run({"as_of": "2020-01-02"})  # pyright: ignore[reportArgumentType]


def crumbs(result: WorkflowRunResult) -> list[tuple[str, str]]:
    return [(crumb["node"], crumb["status"]) for crumb in result.breadcrumbs]


async def test_a_drawing_runs_to_its_end_with_a_crumb_per_transition(tmp_path: Path) -> None:
    result = await run(numbers(), tmp_path)

    assert result.status == "completed"
    assert sorted(crumbs(result)) == [("a", "ok"), ("b", "ok"), ("sum", "ok")]
    assert result.state["outputs"]["sum"]["number"]["line"] == "5"
    assert all(crumb["at"].endswith("+00:00") for crumb in result.breadcrumbs)


async def test_cost_and_calls_of_all_nodes_are_counted(tmp_path: Path) -> None:
    result = await run(numbers(), tmp_path)

    assert (round(result.cost_usd, 6), result.n_calls) == (0.05, 2)
    assert (round(result.state["cost_usd"], 6), result.state["n_calls"]) == (0.05, 2)


async def test_of_two_writers_of_a_slot_the_last_in_order_wins(tmp_path: Path) -> None:
    assert (await run(numbers(), tmp_path)).state["as_of"] == "3.0"


async def test_a_branch_that_was_not_taken_is_skipped_to_its_end(tmp_path: Path) -> None:
    document = sketch(
        {
            "a": ("test.number", {"value": 2}),
            "fork": "test.fork",
            "up": "test.sum",
            "down": "test.sum",
            "after": "test.sum",
        },
        [
            "a.number -> fork.number",
            "fork.high -> up.numbers",
            "fork.low -> down.numbers",
            "down.number -> after.numbers",
        ],
    )
    journal = MemoryJournal()

    result = await run(document, tmp_path, journal=journal)

    ended = {
        f["node"]: f["status"] for f in journal.frames if f["stage"] == "node" and f["status"] != "running"
    }
    assert result.status == "completed"
    assert ended == {
        "a": "completed",
        "fork": "completed",
        "up": "completed",
        "down": "skipped",
        "after": "skipped",
    }


async def test_a_join_goes_on_with_the_branch_that_was_taken(tmp_path: Path) -> None:
    document = sketch(
        {"a": ("test.number", {"value": 2}), "fork": "test.fork", "join": "control.join", "sum": "test.sum"},
        [
            "a.number -> fork.number",
            "fork.low -> join.values",
            "fork.high -> join.values",
            "join.value -> sum.numbers",
        ],
    )

    result = await run(document, tmp_path)

    assert result.state["outputs"]["sum"]["number"]["line"] == "2"


async def test_a_node_that_raises_ends_the_run_and_keeps_what_was_done(tmp_path: Path) -> None:
    document = sketch({"a": "test.number", "bad": "test.fails"}, ["a.number -> bad.number"])

    result = await run(document, tmp_path)

    assert result.status == "error"
    assert result.error == "Fails failed: ZeroDivisionError: nothing to divide by"
    assert result.failure is not None
    assert (result.failure.kind, result.failure.details) == ("error", {"code": "node-failed", "field": "bad"})
    assert (round(result.cost_usd, 6), result.n_calls) == (0.26, 4)
    assert crumbs(result)[:2] == [("a", "ok"), ("bad", "error")]


async def test_a_node_that_returns_the_wrong_type_is_an_error_that_names_it(tmp_path: Path) -> None:
    result = await run(sketch({"bad": "test.rubbish"}, []), tmp_path)

    assert (result.status, result.error) == ("error", "Expected number, got a str.")


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (
            WorkflowSpec(name="x", adapter="StudioAdapter"),
            "There is no adapter 'StudioAdapter'. Did you mean",
        ),
        (WorkflowSpec(name="x", adapter="WorkflowStudioAdapter"), "Field 'params.graph'"),
        (
            WorkflowSpec(name="x", adapter="WorkflowStudioAdapter", params={"graph": {"nodes": 5}}),
            "Field 'params.graph.nodes'",
        ),
        (
            WorkflowSpec(name="x", adapter="WorkflowStudioAdapter", params={"graph": {"nodes": []}}),
            "The drawing is empty.",
        ),
        (
            WorkflowSpec(name="x", adapter="LangGraphAdapter", params={"builder": "dialektical"}),
            "There is no builder 'dialektical'. Did you mean 'dialectical'?",
        ),
        (
            WorkflowSpec(
                name="x",
                adapter="LangGraphAdapter",
                params={"builder": "dialectical", "builder_kwargs": {"a": 1}},
            ),
            "Builder 'dialectical': got an unexpected keyword argument 'a'",
        ),
    ],
    ids=lambda value: value.adapter if isinstance(value, WorkflowSpec) else "",
)
async def test_a_spec_that_cannot_run_is_an_error_that_says_why(
    spec: WorkflowSpec, words: str, tmp_path: Path
) -> None:
    result = await run(spec, tmp_path)

    assert result.status == "error"
    assert words in (result.error or "")


async def test_a_halt_before_the_start_never_reaches_the_adapter(tmp_path: Path) -> None:
    journal = MemoryJournal()

    result = await run(numbers(), tmp_path, halts=[Switch(STOP)], journal=journal)

    assert (result.status, result.halted, result.error) == ("halted", True, "fat finger")
    assert journal.frames == []
    assert result.state["halt_token"] is True
    assert ("kill_switch", "halted") in crumbs(result)


async def test_a_halt_between_two_nodes_stops_before_the_second(tmp_path: Path) -> None:
    document = sketch({"a": "test.number", "sum": "test.sum"}, ["a.number -> sum.numbers"])

    result = await run(document, tmp_path, halts=[Switch(GO, GO, STOP)])

    assert result.status == "halted"
    assert ("a", "ok") in crumbs(result)
    assert not any(node == "sum" for node, _ in crumbs(result))
    assert result.n_calls == 1


async def test_a_halt_after_the_last_node_is_still_a_halt(tmp_path: Path) -> None:
    result = await run(sketch({"says": "test.says"}, []), tmp_path, halts=[Switch(GO, GO, STOP)])

    assert result.status == "halted"


@pytest.mark.parametrize("kind", ["test.parked", "test.stubborn"])
async def test_a_running_node_is_cancelled_and_its_late_result_refused(kind: str, tmp_path: Path) -> None:
    runtime = runtime_for(sketch({"node": kind}, []), tmp_path)
    task = asyncio.create_task(runtime.run({}))
    await ParkedProbe.reached.wait()

    runtime.halt("drill")
    task.cancel()
    result = await task

    assert (result.status, result.error) == ("halted", "drill")
    assert ("node", "halted") in crumbs(result)
    assert result.last_effect_at is not None
    assert result.state.get("outputs", {}) == {}


async def test_a_node_that_does_not_stop_is_given_up_after_the_grace_and_can_do_nothing_more(
    tmp_path: Path,
) -> None:
    journal = MemoryJournal()
    quick = FixedSettings(LiveSettings(orchestration_halt_check_timeout_seconds=0.1))
    runtime = runtime_for(sketch({"node": "test.deaf"}, []), tmp_path, settings=quick, journal=journal)
    task = asyncio.create_task(runtime.run({}))
    await ParkedProbe.reached.wait()

    runtime.halt("drill")
    task.cancel()
    result = await task

    assert (result.status, result.error, result.abandoned) == ("halted", "drill", True)
    assert runtime.remains is not None
    assert not runtime.remains.done()
    told, refused = len(journal.frames), len(DeafProbe.refused)
    DeafProbe.let_go.set()
    await asyncio.wait({runtime.remains})
    assert set(DeafProbe.refused[:refused]) == {"account", "compute", "refresh"}
    assert DeafProbe.refused[refused:] == ["account", "compute", "refresh", "side effect"]
    assert len(journal.frames) == told
    # What it did without asking is told all the same.
    assert runtime.last_effect_at is not None


async def test_a_node_that_stops_late_but_within_the_grace_is_not_given_up(tmp_path: Path) -> None:
    runtime = runtime_for(sketch({"node": "test.deaf"}, []), tmp_path)
    task = asyncio.create_task(runtime.run({}))
    await ParkedProbe.reached.wait()

    runtime.halt("drill")
    task.cancel()
    asyncio.get_running_loop().call_later(0.1, DeafProbe.let_go.set)
    result = await task

    assert (result.status, result.abandoned, runtime.remains) == ("halted", False, None)
    assert ("node", "halted") in crumbs(result)


async def test_a_halt_token_that_a_node_writes_halts_before_the_next_transition(tmp_path: Path) -> None:
    document = sketch({"a": "test.token", "sum": "test.sum"}, ["a.number -> sum.numbers"])

    result = await run(document, tmp_path)

    assert (result.status, result.error) == ("halted", "seen enough")
    assert ("a", "ok") in crumbs(result)
    assert not any(node == "sum" for node, _ in crumbs(result))


async def test_a_halt_token_of_the_last_node_halts_as_well(tmp_path: Path) -> None:
    assert (await run(sketch({"a": "test.token"}, []), tmp_path)).status == "halted"


async def test_a_halt_token_among_the_inputs_never_reaches_the_adapter(tmp_path: Path) -> None:
    journal = MemoryJournal()

    result = await runtime_for(numbers(), tmp_path, journal=journal).run({"halt_token": True})

    assert (result.status, result.error) == ("halted", "The run's own state says halt.")
    assert journal.frames == []


async def test_a_run_that_its_worker_abandons_ends_in_error_with_the_reason(tmp_path: Path) -> None:
    runtime = runtime_for(sketch({"node": "test.parked"}, []), tmp_path)
    task = asyncio.create_task(runtime.run({}))
    await ParkedProbe.reached.wait()

    runtime.abandon("The lease was lost.")
    task.cancel()
    result = await task

    assert (result.status, result.error, result.halted) == ("error", "The lease was lost.", False)


async def test_an_unreadable_halt_state_suspends_and_resumes_by_itself(tmp_path: Path) -> None:
    clock, journal = FakeClock(), MemoryJournal()
    document = sketch({"says": "test.says"}, [])

    result = await run(
        document, tmp_path, halts=[Switch(GO, OSError("down"), None, GO)], clock=clock, journal=journal
    )

    assert result.status == "completed"
    assert [f["stage"] for f in journal.frames if f["stage"] in ("suspended", "resumed")] == [
        "suspended",
        "resumed",
    ]
    assert len(clock.slept) == 2
    assert ("halt_check", "suspended") in crumbs(result)


async def test_the_second_source_decides_when_the_first_cannot_tell(tmp_path: Path) -> None:
    result = await run(numbers(), tmp_path, halts=[Switch(None), Switch(STOP)])

    assert result.status == "halted"


@pytest.mark.parametrize(
    ("rails", "sentence"),
    [
        ({"cost_budget_usd": 0.01}, "Guardrail cost: allowed 0.01 USD, met 0.0200 USD."),
        ({"max_calls": 0}, "Guardrail calls: allowed 0, met 1."),
    ],
)
async def test_a_crossed_spending_limit_ends_the_run_and_names_limit_and_value(
    rails: dict[str, object], sentence: str, tmp_path: Path
) -> None:
    document = sketch({"a": ("test.number", {"value": 2}), "sum": "test.sum"}, ["a.number -> sum.numbers"])

    result = await run(document, tmp_path, guardrails=rails)

    assert (result.status, result.error) == ("error", sentence)
    assert result.failure is not None
    assert result.failure.kind == "guardrail"
    assert ("guardrail", "guardrail") in crumbs(result)
    assert not any(node == "sum" for node, _ in crumbs(result))


@pytest.mark.parametrize(
    ("rails", "words"),
    [
        ({"forbidden_terms": ["MOON"]}, "Guardrail term: allowed without 'moon', met 'moon' in verdict."),
        (
            {"require_rationale": True},
            "Guardrail rationale: allowed verdicts with a rationale, met none in verdict.",
        ),
    ],
)
async def test_what_an_agent_says_is_held_to_the_guardrails(
    rails: dict[str, object], words: str, tmp_path: Path
) -> None:
    result = await run(sketch({"says": "test.says"}, []), tmp_path, guardrails=rails)

    assert result.error == words


async def test_time_that_is_up_interrupts_the_running_node(tmp_path: Path) -> None:
    clock = FakeClock()
    runtime = runtime_for(
        sketch({"node": "test.parked"}, []), tmp_path, clock=clock, guardrails={"max_duration_seconds": 1}
    )
    task = asyncio.create_task(runtime.run({}))
    await ParkedProbe.reached.wait()
    clock.advance(2)

    result = await task

    assert result.status == "error"
    assert result.error == "Guardrail duration: allowed 1 s, met 2.0 s."


async def test_settings_are_read_again_at_every_transition(tmp_path: Path) -> None:
    document = sketch({"a": "test.number", "sum": "test.sum"}, ["a.number -> sum.numbers"])
    settings = ScriptedSettings(LiveSettings())

    await run(document, tmp_path, settings=settings)

    assert settings.read == 4  # before the adapter, before each of two nodes, after the adapter


async def test_a_capability_that_is_off_refuses_with_the_variable_and_keeps_the_state(tmp_path: Path) -> None:
    spec = WorkflowSpec(name="x", adapter="LangGraphAdapter", params={"builder": "dialectical_with_fusion"})

    result = await run(spec, tmp_path, settings=FixedSettings(LiveSettings()))

    assert result.failure is not None
    assert result.failure.kind == "policy"
    assert "ALPHASWARM_ORCHESTRATION_FUSION_ENABLED=true" in result.failure.message


async def test_a_node_that_wants_the_process_to_end_ends_its_run_only(tmp_path: Path) -> None:
    result = await run(sketch({"x": "test.exits"}, []), tmp_path)

    assert (result.status, result.error) == ("error", "Exits failed: SystemExit: 3")


async def test_an_adapter_that_returns_rubbish_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Rubbish(Adapter):
        """Returns nothing."""

        async def invoke(self, state: OrchestrationState, context: AdapterContext) -> AdapterResult:
            return None  # type: ignore[return-value]

    monkeypatch.setitem(adapters(), "Rubbish", Rubbish)

    result = await run(WorkflowSpec(name="x", adapter="Rubbish"), tmp_path)

    assert (result.status, result.error) == ("error", "Rubbish returned no result.")


def test_adapters_are_known_by_alias_in_the_order_of_their_kinds() -> None:
    assert list(adapters()) == [
        "LangGraphAdapter",
        "CrewProcessAdapter",
        "DialecticalDebateAdapter",
        "SignalFusionAdapter",
        "WeightCentricExecutionAdapter",
        "AutomationScheduleAdapter",
        "WorkflowStudioAdapter",
    ]
    with pytest.raises(NotFound, match="Did you mean 'LangGraphAdapter'"):
        adapter_named("LangGraphAdaptor")


async def test_frames_are_recorded_in_order_and_the_terminal_one_is_left_to_the_task(tmp_path: Path) -> None:
    journal = MemoryJournal()

    await run(numbers(), tmp_path, journal=journal)

    assert [f["seq"] for f in journal.frames] == list(range(1, len(journal.frames) + 1))
    assert journal.frames[0]["stage"] == "start"
    assert journal.frames[0]["nodes"] == ["a", "b", "sum"]
    assert not {"done", "error"} & {f["stage"] for f in journal.frames}


async def test_inputs_and_outputs_of_a_transition_are_references_with_a_line(tmp_path: Path) -> None:
    journal = MemoryJournal()

    await run(numbers(), tmp_path, journal=journal)

    last = journal.frames[-1]
    assert (last["node"], last["status"]) == ("sum", "completed")
    assert [ref["line"] for ref in last["inputs"]["numbers"]] == ["2", "3"]
    assert last["outputs"]["number"]["type"] == "number"
