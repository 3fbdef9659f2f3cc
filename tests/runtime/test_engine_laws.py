"""Whatever is drawn and whatever an adapter does: a run ends, once, with a result that says the truth about it."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from runtime.adapter import Adapter, AdapterContext, AdapterResult, adapters
from runtime.embedded import FixedSettings
from runtime.engine import WorkflowRunResult, WorkflowRuntime
from runtime.errors import GuardrailBreached, HaltRequested, InvalidValue, NodeFailed
from runtime.graph.document import GraphDocument, GraphEdge, GraphNode
from runtime.graph.kinds import kinds_of
from runtime.graph.plan import plan_of
from runtime.graph.validate import errors, validate
from runtime.node import Ledger
from runtime.settings import LiveSettings
from runtime.spec import WorkflowSpec
from runtime.state import OrchestrationState
from runtime.transitions import Done, Step
from tests.contracts.inputs import ALL_ON
from tests.fakes import InMemoryLedger
from tests.runtime.graph.parts import PART, adding, failing, with_bodies
from tests.runtime.probes import ParkedProbe, runtime_for

pytestmark = [pytest.mark.usefixtures("probes"), pytest.mark.timeout(90)]

LAW = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
PRICES = pd.DataFrame(
    {"A": range(100, 160), "B": range(200, 260)}, index=pd.bdate_range("2024-01-01", periods=60), dtype=float
)
HASTY = replace(ALL_ON, orchestration_halt_check_timeout_seconds=0.05)
REASON = "told to stop"


# --- driving a run ---------------------------------------------------------------------------------------------------


async def driven(runtime: WorkflowRuntime, row: InMemoryLedger) -> WorkflowRunResult:
    """Run to the end as a worker does; halt what waits for ever."""
    ParkedProbe.reached = asyncio.Event()
    assert row.claim()
    running = asyncio.create_task(runtime.run({}))
    parked = asyncio.create_task(ParkedProbe.reached.wait())
    await asyncio.wait({running, parked}, return_when=asyncio.FIRST_COMPLETED)
    if not running.done():
        row.halt(REASON)
        runtime.halt(REASON)
        running.cancel()
    result = await running
    parked.cancel()
    while runtime.remains is not None and not runtime.remains.done():
        # It swallows whatever it is told; the run has ended without it, and the worker would end its process.
        runtime.remains.cancel()
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    return result


def ended(
    document: GraphDocument | WorkflowSpec, **fields: object
) -> tuple[WorkflowRunResult, InMemoryLedger]:
    row = InMemoryLedger()
    with TemporaryDirectory() as folder:
        runtime = runtime_for(document, Path(folder), prices=PRICES, settings=FixedSettings(HASTY), **fields)  # pyright: ignore[reportArgumentType]
        return asyncio.run(driven(runtime, row)), row


def check(result: WorkflowRunResult, row: InMemoryLedger) -> None:
    """Assert that a result says one thing and says it everywhere, and that its row ends once and alike."""
    was_halted = row.status == "halted"
    assert result.status in ("completed", "halted", "error")
    assert result.halted == (result.status == "halted")
    assert (result.status == "completed") == (result.error is None) == (result.failure is None)
    assert not was_halted or result.status == "halted"
    json.dumps(result.dump(), allow_nan=False)
    json.dumps(result.state, allow_nan=False)
    assert all(crumb["at"] and crumb["node"] for crumb in result.breadcrumbs)
    assert row.end(result.status, result.error) == result.status
    assert len(row.frames) == 1


# --- random drawings -------------------------------------------------------------------------------------------------

WORKFLOWS = ["part", "adder", "fails", "parks", "nowhere", ""]
CONFIGS: dict[str, st.SearchStrategy[Any]] = {
    "control.subflow": st.fixed_dictionaries({"workflow": st.sampled_from(WORKFLOWS)}),
    "control.map": st.fixed_dictionaries(
        {
            "workflow": st.sampled_from(WORKFLOWS),
            "symbols": st.lists(st.sampled_from(["A", "B", "NONE"]), max_size=3),
            "on_error": st.sampled_from(["stop", "skip"]),
            "concurrency": st.integers(1, 3),
        }
    ),
    "control.loop": st.fixed_dictionaries(
        {
            "workflow": st.sampled_from(WORKFLOWS),
            "max_iterations": st.integers(1, 4),
            "until": st.sampled_from(["", "value > 2", "nonsense > 1"]),
            "carry": st.sampled_from(["value", "prices"]),
        }
    ),
    "control.schedule": st.just({"workflow": "other"}),
    "control.router": st.sampled_from(
        [{"expression": "1 < 2"}, {"expression": "value > 1"}, {"expression": "("}]
    ),
    "control.wait": st.sampled_from([{"seconds": 0.02, "tick_seconds": 0.01}, {"seconds": -1}]),
    "quant.momentum": st.sampled_from([{"lookback_days": 20, "skip_days": 2}, {"lookback_days": 500}]),
    "test.number": st.fixed_dictionaries({"value": st.floats(-3, 3)}),
    "control.subflow_input": st.just({"name": "in", "required": False}),
}
KINDS = (
    "data.prices", "test.number", "test.sum", "test.fork", "test.says", "test.fails", "test.rubbish",
    "test.exits", "test.parked",
    "test.stubborn", "control.join", "control.subflow_output", "alien.kind", *CONFIGS,
)  # fmt: skip
JUNK = st.sampled_from([{}, {"value": "x"}, {"workflow": 7, "version": "x"}, {"no": {"such": ["field"]}}])


@st.composite
def drawings(draw: st.DrawFn) -> GraphDocument:
    """Return a drawing of up to eight nodes, mostly wired as the types allow, sometimes not."""
    document = with_bodies(
        GraphDocument(),
        part=PART,
        adder=adding(),
        fails=failing("test.fails"),
        parks=failing("test.parked"),
    )
    for number in range(draw(st.integers(1, 7))):
        kind = draw(st.sampled_from(KINDS))
        junk = draw(st.integers(0, 19)) == 0
        config = draw(JUNK if junk else CONFIGS.get(kind, st.just({})))
        document = _with_node(draw, document, GraphNode(id=f"n{number}", kind=kind, config=config))
    return document


def _with_node(draw: st.DrawFn, document: GraphDocument, node: GraphNode) -> GraphDocument:
    """Return the drawing with one more node, and wires into it from those before."""
    grown = document.model_copy(update={"nodes": (*document.nodes, node)})
    kinds = kinds_of(grown)
    offers = [
        (giver.id, port) for giver in document.nodes if giver.id in kinds for port in kinds[giver.id].outputs
    ]
    edges = list(document.edges)
    for port in kinds[node.id].inputs if node.id in kinds else ():
        fitting = [
            (giver, out.id)
            for giver, out in offers
            if port.type in ("any", out.type) or out.type == "any" or draw(st.integers(0, 30)) == 0
        ]
        if fitting and (port.required or draw(st.booleans())):
            source, source_port = draw(st.sampled_from(fitting))
            edges.append(
                GraphEdge(
                    id=f"e{len(edges)}",
                    source=source,
                    source_port=source_port,
                    target=node.id,
                    target_port=port.id,
                )
            )
    return grown.model_copy(update={"edges": tuple(edges)})


@LAW
@given(drawings())
def test_whatever_is_drawn_a_run_ends_once_and_truthfully(document: GraphDocument) -> None:
    refused = bool(errors(validate(document, ALL_ON)))

    result, row = ended(document)

    event("refused" if refused else result.status)
    if refused:
        assert result.status == "error"
        assert "cannot run" in (result.error or "")
        assert result.state.get("outputs") is None
    elif result.status == "completed":
        assert set(result.state["outputs"]) == {str(node.id) for node in plan_of(document).nodes}
    check(result, row)


# --- random adapters -------------------------------------------------------------------------------------------------


class Panic(BaseException):
    """What extensions in other languages raise: no Exception, and no wish to stop either."""


RAISED: Mapping[str, Callable[[], BaseException]] = {
    "value": lambda: ValueError("x"),
    "unprintable": type("Odd", (Exception,), {"__str__": lambda self: ""}),
    "user": lambda: InvalidValue("bad", field="x"),
    "node": lambda: NodeFailed("bad", node="x"),
    "guardrail": lambda: GuardrailBreached("over"),
    "halt": lambda: HaltRequested("by itself"),
    "cancelled": asyncio.CancelledError,
    "timeout": TimeoutError,
    "group": lambda: ExceptionGroup("many", [ValueError("x")]),
    "panic": lambda: Panic("native code"),
    "exit": lambda: SystemExit(3),
}
ACTS = st.sampled_from(
    [
        "step",
        "effect",
        "cancel_self",
        "hang",
        "swallow",
        "rubbish_step",
        *(f"raise:{name}" for name in RAISED),
    ]
)
ENDINGS: Mapping[str, Any] = {
    "state": None,
    "none": "nothing",
    "text": "text",
    "number": 7,
}


async def act(name: str, context: AdapterContext) -> None:
    """Do one thing that an adapter might do."""

    async def work(live: LiveSettings, ledger: Ledger) -> Done:
        ledger.cost_usd += 0.01
        await asyncio.sleep(0)
        if name == "effect":
            context.transitions.side_effect()
        return Done(outputs={}, refs={}) if name != "rubbish_step" else "rubbish"  # type: ignore[return-value]

    match name:
        case "cancel_self":
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
            await asyncio.sleep(0)
        case "hang" | "swallow":
            ParkedProbe.reached.set()
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                if name == "hang":
                    raise
        case _ if name.startswith("raise:"):
            raise RAISED[name.removeprefix("raise:")]()
        case _:
            await context.transitions.take(Step(node=name, kind="x", title=name), work)


def rogue(acts: list[str], ending: str) -> type[Adapter]:
    """Return an adapter that does these things; not registered, since its name begins with an underscore."""

    class _Rogue(Adapter):
        adapter_kind = "studio"

        async def invoke(self, state: OrchestrationState, context: AdapterContext) -> AdapterResult:
            for each in acts:
                await act(each, context)
            return AdapterResult(state=state) if ENDINGS[ending] is None else ENDINGS[ending]

    return _Rogue


@LAW
@given(st.lists(ACTS, max_size=4), st.sampled_from(sorted(ENDINGS)))
@example(["raise:panic"], "state")
@example(["raise:exit"], "state")
@example(["swallow", "step"], "state")
@example(["cancel_self"], "state")
@example(["swallow", "raise:value"], "state")
def test_whatever_an_adapter_does_a_run_ends_once_and_truthfully(acts: list[str], ending: str) -> None:
    adapters()["Rogue"] = rogue(acts, ending)
    try:
        result, row = ended(WorkflowSpec(name="x", adapter="Rogue"))
    finally:
        del adapters()["Rogue"]

    event(result.status)
    calm = all(each in ("step", "effect") for each in acts)
    assert (result.status == "completed") == (calm and ending == "state")
    if acts[:1] and acts[0] in ("hang", "swallow"):
        assert (result.status, result.error) == ("halted", REASON)
    assert (result.last_effect_at is not None) or "effect" not in acts[:1]
    check(result, row)
