"""Maps and loops: bounded, in order, through the one pipeline, and stopped by a halt like everything else."""

import asyncio
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from runtime.embedded import MemoryJournal
from runtime.engine import WorkflowRunResult
from runtime.graph.document import GraphDocument
from runtime.graph.sketch import sketch
from runtime.graph.validate import errors, validate
from runtime.ports import HaltReading
from runtime.values import ArtifactRef
from tests.runtime.graph.parts import NODES, WIRES, adding, end, failing, with_bodies
from tests.runtime.probes import ParkedProbe, Switch, runtime_for

pytestmark = pytest.mark.usefixtures("probes")

DAYS = pd.bdate_range("2024-01-01", periods=60)
PRICES = pd.DataFrame(
    {"A": range(100, 160), "B": range(200, 260), "C": range(300, 360)}, index=DAYS, dtype=float
)


def trend() -> GraphDocument:
    """Return a part that scores one share, gives a number, and knows its symbol."""
    return sketch(
        {
            "prices": end("input", "prices", "prices"),
            "symbol": end("input", "symbol", "text"),
            "momentum": ("quant.momentum", {"lookback_days": 20, "skip_days": 2}),
            "number": "test.number",
            "signals": end("output", "signals", "signals"),
            "score": end("output", "score", "number"),
            "name": end("output", "name", "text"),
        },
        [
            "prices.value -> momentum.prices",
            "momentum.signals -> signals.value",
            "number.number -> score.value",
            "symbol.value -> name.value",
        ],
    )


def mapped(part: GraphDocument, **config: Any) -> GraphDocument:
    document = sketch(
        {
            "prices": "data.prices",
            "map": ("control.map", {"workflow": "part", **config}),
            "report": "output.report",
        },
        ["prices.prices -> map.prices", "map.outcome -> report.notes"],
    )
    return with_bodies(document, part=part)


async def run(document: GraphDocument, folder: Path, **more: Any) -> tuple[WorkflowRunResult, Any]:
    runtime = runtime_for(document, folder, prices=PRICES, **more)
    result = await runtime.run({})
    artifacts = runtime._ports.artifacts

    async def value(node: str, port: str) -> Any:
        return (await artifacts.get(ArtifactRef.load(result.state["outputs"][node][port]))).data

    return result, value


async def test_a_map_puts_the_results_of_all_symbols_together_in_their_order(tmp_path: Path) -> None:
    result, value = await run(mapped(trend()), tmp_path)

    assert (result.status, result.error) == ("completed", None)
    assert list((await value("map", "signals")).columns) == ["A", "B", "C"]
    assert (await value("map", "score")).to_dict("list") == {
        "symbol": ["A", "B", "C"],
        "value": [1.0, 1.0, 1.0],
    }
    assert list((await value("map", "name"))["value"]) == ["A", "B", "C"]
    assert list((await value("map", "outcome"))["status"]) == ["ok", "ok", "ok"]
    assert result.n_calls == 3


async def test_every_node_of_every_symbol_is_a_transition_with_a_crumb(tmp_path: Path) -> None:
    journal = MemoryJournal()

    result, _ = await run(mapped(trend(), symbols=["C", "A"]), tmp_path, journal=journal)

    crumbs = [crumb["node"] for crumb in result.breadcrumbs]
    assert {"map[C]/momentum", "map[A]/number", "map[C]", "map[A]", "map"} < set(crumbs)
    titles = {frame["title"] for frame in journal.frames if frame["stage"] == "node"}
    assert "Map A ▸ Momentum" in titles


@pytest.mark.parametrize("concurrency", [1, 2, 16])
async def test_the_result_is_the_same_for_any_number_at_a_time(concurrency: int, tmp_path: Path) -> None:
    one, _ = await run(mapped(trend(), concurrency=1), tmp_path / "one")
    other, _ = await run(mapped(trend(), concurrency=concurrency), tmp_path / "other")

    assert one.state["outputs"]["map"] == other.state["outputs"]["map"]
    assert sorted(crumb["node"] for crumb in one.breadcrumbs) == sorted(c["node"] for c in other.breadcrumbs)


async def test_no_more_symbols_than_allowed_are_worked_on_side_by_side(tmp_path: Path) -> None:
    journal = MemoryJournal()
    await run(mapped(trend(), concurrency=2), tmp_path, journal=journal)

    open_now, most = set[str](), 0
    for frame in journal.frames:
        if frame["stage"] == "node" and frame["node"].startswith("map["):
            (open_now.add if frame["status"] == "running" else open_now.discard)(frame["node"])
            most = max(most, len({node.partition("]")[0] for node in open_now}))
    assert 1 <= most <= 2


async def test_a_symbol_that_fails_ends_the_run_or_is_left_out_and_told(tmp_path: Path) -> None:
    symbols = ["A", "NONE", "B"]

    stopped, _ = await run(mapped(trend(), symbols=symbols), tmp_path / "stop")
    skipped, value = await run(mapped(trend(), symbols=symbols, on_error="skip"), tmp_path / "skip")

    assert stopped.status == "error"
    assert "The prices have no column 'NONE'" in (stopped.error or "")
    assert skipped.status == "completed"
    assert list((await value("map", "signals")).columns) == ["A", "B"]
    outcome = await value("map", "outcome")
    assert list(outcome["status"]) == ["ok", "skipped", "ok"]
    assert outcome["error"][1] == "The prices have no column 'NONE'."
    crumb = next(crumb for crumb in skipped.breadcrumbs if crumb["node"] == "map")
    assert crumb.get("extras") == {"skipped": {"NONE": "The prices have no column 'NONE'."}}


async def test_a_map_of_which_nothing_is_left_is_an_error(tmp_path: Path) -> None:
    result, _ = await run(mapped(failing("test.fails"), on_error="skip"), tmp_path)

    assert result.status == "error"
    assert "All 3 symbols failed; A: Map A ▸ Fails failed: ZeroDivisionError" in (result.error or "")


async def test_a_limit_of_the_run_is_never_skipped(tmp_path: Path) -> None:
    document = mapped(failing("test.number", "test.fails"), on_error="skip", concurrency=1)

    result, _ = await run(document, tmp_path, guardrails={"max_calls": 4})

    assert result.failure is not None
    assert result.failure.kind == "guardrail"


async def test_too_many_symbols_are_refused_before_any_is_worked_on(tmp_path: Path) -> None:
    result, _ = await run(mapped(trend(), max_items=2), tmp_path)

    assert "There are 3 symbols, 2 are allowed here." in (result.error or "")
    assert not [crumb for crumb in result.breadcrumbs if crumb["node"].startswith("map[")]


async def test_a_halt_stops_every_symbol_at_once(tmp_path: Path) -> None:
    runtime = runtime_for(mapped(failing("test.parked")), tmp_path, prices=PRICES)
    running = asyncio.create_task(runtime.run({}))
    await ParkedProbe.reached.wait()

    runtime.halt("enough")
    running.cancel()
    result = await running

    assert (result.status, result.error) == ("halted", "enough")
    halted = {crumb["node"] for crumb in result.breadcrumbs if crumb["status"] == "halted"}
    assert "map" in halted
    assert any(node.startswith("map[") for node in halted)
    assert not [c for c in result.breadcrumbs if c["status"] == "ok" and c["node"].startswith("map")]
    assert len(asyncio.all_tasks()) == 1


# --- loops -----------------------------------------------------------------------------------------------------------


def looped(part: GraphDocument, **config: Any) -> GraphDocument:
    document = sketch(
        {
            "start": ("test.number", {"value": 0}),
            "loop": ("control.loop", {"workflow": "part", **config}),
            "end": "test.sum",
        },
        ["start.number -> loop.value", "loop.value -> end.numbers"],
    )
    return with_bodies(document, part=part)


async def test_a_loop_carries_its_value_until_the_condition_holds(tmp_path: Path) -> None:
    result, value = await run(looped(adding(), max_iterations=50, until="value >= 3"), tmp_path)

    assert (result.status, result.error) == ("completed", None)
    assert (await value("loop", "value"), await value("loop", "iterations")) == (3.0, 3.0)
    passes = [crumb["node"] for crumb in result.breadcrumbs if crumb["node"].endswith("]")]
    assert passes == ["loop[1]", "loop[2]", "loop[3]"]
    assert "loop[2]/sum" in {crumb["node"] for crumb in result.breadcrumbs}


async def test_a_loop_ends_when_it_was_often_enough(tmp_path: Path) -> None:
    _, value = await run(looped(adding(), max_iterations=4, until="value > 100"), tmp_path)

    assert (await value("loop", "value"), await value("loop", "iterations")) == (4.0, 4.0)


async def test_a_condition_about_something_that_is_not_there_is_an_error_with_its_names(
    tmp_path: Path,
) -> None:
    result, _ = await run(looped(adding(), until="confidence > 0.5"), tmp_path)

    assert "'confidence', which the value does not have. It has: iteration, value." in (result.error or "")


async def test_a_halt_is_asked_between_two_passes(tmp_path: Path) -> None:
    go = HaltReading(engaged=False, source="switch")
    empty = sketch({"in": end("input", "value", "number"), "out": end("output", "value", "number")},
                   ["in.value -> out.value"])  # fmt: skip
    stop_at = Switch(*[go] * 6, HaltReading(engaged=True, reason="enough", source="switch"))

    result, _ = await run(looped(empty, max_iterations=50), tmp_path, halts=(stop_at,))

    assert (result.status, result.error) == ("halted", "enough")
    assert sum(crumb["node"].startswith("loop[") for crumb in result.breadcrumbs) < 5


async def test_a_halt_stops_the_pass_that_runs(tmp_path: Path) -> None:
    parked = sketch(
        {
            "in": end("input", "value", "number"),
            "parked": "test.parked",
            "out": end("output", "value", "number"),
        },
        ["in.value -> parked.number", "parked.number -> out.value"],
    )
    runtime = runtime_for(looped(parked), tmp_path)
    running = asyncio.create_task(runtime.run({}))
    await ParkedProbe.reached.wait()

    runtime.halt("enough")
    running.cancel()

    assert (await running).status == "halted"


@pytest.mark.parametrize("use_langgraph", [None, False])
async def test_both_runners_give_the_same(use_langgraph: bool | None, tmp_path: Path) -> None:
    from runtime.builders import Builder, builders
    from runtime.spec import WorkflowSpec

    results: list[WorkflowRunResult] = []
    for document in (looped(adding(), until="value >= 3"), mapped(trend())):
        builder = Builder(
            alias="drawn", title="Drawn", sentence="Drawn.", build=lambda d=document: d, requires=None
        )
        builders()["drawn"] = builder
        spec = WorkflowSpec(
            name="drawn",
            adapter="LangGraphAdapter",
            params={"builder": "drawn", "use_langgraph": use_langgraph},
        )
        try:
            results.append((await run(spec, tmp_path))[0])  # pyright: ignore[reportArgumentType]
        finally:
            del builders()["drawn"]

    assert [result.status for result in results] == ["completed", "completed"]
    assert results[0].state["outputs"]["loop"]["value"]["line"] == "3"
    assert sorted(results[1].state["outputs"]["map"]) == ["name", "outcome", "score", "signals"]


# --- what may be drawn -----------------------------------------------------------------------------------------------


def problems(document: GraphDocument) -> list[str]:
    return [f"{issue.code} {issue.message}" for issue in errors(validate(document))]


@pytest.mark.parametrize("kind", ["control.map", "control.loop"])
def test_what_is_repeated_needs_a_gate_of_its_own(kind: str) -> None:
    ordering = sketch(
        {
            "weights": end("input", "weights", "weights"),
            "prices": end("input", "prices", "prices"),
            "orders": "output.paper_orders",
            "out": end("output", "weights", "weights"),
        },
        ["weights.value -> orders.weights", "prices.value -> orders.prices", "weights.value -> out.value"],
    )
    document = sketch(
        {
            **NODES,
            "card": (kind, {"workflow": "part"} | ({"carry": "weights"} if kind == "control.loop" else {})),
        },
        [*WIRES, "gate.approved -> card.weights", "prices.prices -> card.prices"],
    )
    title = "Map" if kind == "control.map" else "Loop"

    assert problems(with_bodies(document, part=ordering)) == [
        f"G404 {title} ▸ Paper orders acts without the approval of the risk gate."
    ]


def test_a_loop_needs_something_to_carry_and_a_map_symbols() -> None:
    nothing = sketch({"a": "test.number", "out": end("output", "value", "number")}, ["a.number -> out.value"])
    mixed = sketch({"in": end("input", "value", "text"), "a": "test.number", "out": end("output", "value", "number")},
                   ["a.number -> out.value"])  # fmt: skip

    def card(kind: str, part: GraphDocument) -> list[str]:
        return problems(
            with_bodies(sketch({"c": (kind, {"workflow": "part"}), "e": "test.number"}, []), part=part)
        )

    assert card("control.loop", nothing)[-1] == (
        "G405 Loop carries 'value', but the workflow has no input and output of that name."
    )
    assert any("takes text there and gives number" in each for each in card("control.loop", mixed))
    assert card("control.map", nothing)[-1].startswith("G405 Map has no symbols: name some")


def test_a_cycle_that_is_drawn_stays_an_error_that_names_the_loop_node() -> None:
    document = sketch(
        {"a": "control.wait", "b": "control.wait"}, ["a.value -> b.value", "b.value -> a.value"]
    )

    issue = next(each for each in validate(document) if each.code == "G301")
    assert "use a Loop node" in issue.fix
