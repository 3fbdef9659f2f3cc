"""Node kinds that exist in tests only, and a way to run a drawing with fakes around it."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from opentelemetry.trace import Tracer
from pydantic import Field

from runtime.agents.memory import AgentMemory
from runtime.catalog import node_kinds
from runtime.embedded import FixedSettings, MemoryArtifacts, MemoryJournal
from runtime.engine import RuntimePorts, WorkflowRuntime
from runtime.errors import HaltRequested
from runtime.graph.document import GraphDocument
from runtime.ids import RunId, TaskId
from runtime.node import NodeConfig, NodeContext, NodeKind, Port
from runtime.ports import HaltReading, HaltSource, Outbound
from runtime.settings import LiveSettingsSource
from runtime.spans import process_tracer
from runtime.spec import WorkflowSpec
from tests.contracts.inputs import ALL_ON, example_data
from tests.fakes import FakeClock, InMemoryOrders, InMemoryPrices

PRODUCT_KINDS = tuple(node_kinds())
"""Asked for before the probes are defined, so that they never get into the product's catalogue."""


class _Config(NodeConfig):
    value: float = Field(default=1.0, title="Value", description="What it gives.")


class NumberProbe(NodeKind):
    """Gives its number; a start and an output at once."""

    kind = "test.number"
    title = "Number"
    family = "data"
    summary = "Gives a number."
    outputs = (Port(id="number", type="number"),)
    writes = ("as_of",)
    Config = _Config

    async def run(self, inputs: Mapping[str, Any], config: _Config, ctx: NodeContext) -> Mapping[str, Any]:
        ctx.spend(cost_usd=config.value / 100, calls=1)
        ctx.write("as_of", str(config.value))
        return {"number": config.value}


class SumProbe(NodeKind):
    """Adds what arrives."""

    kind = "test.sum"
    title = "Sum"
    family = "quant"
    summary = "Adds numbers."
    inputs = (Port(id="numbers", type="number", many=True),)
    outputs = (Port(id="number", type="number"),)
    terminal = True

    async def run(self, inputs: Mapping[str, Any], config: NodeConfig, ctx: NodeContext) -> Mapping[str, Any]:
        return {"number": sum(inputs["numbers"])}


class ForkProbe(NodeKind):
    """Takes the high branch above one, the low branch otherwise."""

    kind = "test.fork"
    title = "Fork"
    summary = "Takes one branch."
    inputs = (Port(id="number", type="number"),)
    outputs = (Port(id="high", type="number"), Port(id="low", type="number"))

    async def run(self, inputs: Mapping[str, Any], config: NodeConfig, ctx: NodeContext) -> Mapping[str, Any]:
        return {"high" if inputs["number"] > 1 else "low": inputs["number"]}


class VerdictProbe(NodeKind):
    """Says something."""

    kind = "test.says"
    title = "Says"
    family = "agents"
    summary = "Says something."
    inputs = (Port(id="number", type="number", required=False),)
    outputs = (Port(id="verdict", type="verdict"),)
    terminal = True

    async def run(self, inputs: Mapping[str, Any], config: NodeConfig, ctx: NodeContext) -> Mapping[str, Any]:
        return {"verdict": {"action": "BUY the Moon"}}


class FailingProbe(NodeKind):
    """Raises."""

    kind = "test.fails"
    title = "Fails"
    summary = "Raises."
    inputs = (Port(id="number", type="number", required=False),)
    outputs = (Port(id="number", type="number"),)
    terminal = True

    async def run(self, inputs: Mapping[str, Any], config: NodeConfig, ctx: NodeContext) -> Mapping[str, Any]:
        ctx.spend(cost_usd=0.25, calls=3)
        raise ZeroDivisionError("nothing to divide by")


class RubbishProbe(FailingProbe):
    """Returns what its ports do not allow."""

    kind = "test.rubbish"
    title = "Rubbish"

    async def run(self, inputs: Mapping[str, Any], config: NodeConfig, ctx: NodeContext) -> Mapping[str, Any]:
        return {"number": "twelve"}


class ExitProbe(FailingProbe):
    """Wants the whole process to end, as a library for command lines does."""

    kind = "test.exits"
    title = "Exits"

    async def run(self, inputs: Mapping[str, Any], config: NodeConfig, ctx: NodeContext) -> Mapping[str, Any]:
        raise SystemExit(3)


class ParkedProbe(FailingProbe):
    """Acts once, then waits for ever; tells when it is there."""

    kind = "test.parked"
    title = "Parked"
    reached: asyncio.Event

    async def run(self, inputs: Mapping[str, Any], config: NodeConfig, ctx: NodeContext) -> Mapping[str, Any]:
        ctx.side_effect()
        ParkedProbe.reached.set()
        await asyncio.get_running_loop().create_future()
        return {}


class StubbornProbe(ParkedProbe):
    """Swallows its cancellation and comes back with a result."""

    kind = "test.stubborn"
    title = "Stubborn"

    async def run(self, inputs: Mapping[str, Any], config: NodeConfig, ctx: NodeContext) -> Mapping[str, Any]:
        try:
            return await super().run(inputs, config, ctx)
        except asyncio.CancelledError:
            return {"number": 13.0}


class DeafProbe(ParkedProbe):
    """Swallows every cancellation, and tries to act whenever it got one, until it is let go."""

    kind = "test.deaf"
    title = "Deaf"
    let_go: asyncio.Event
    refused: list[str]

    async def run(self, inputs: Mapping[str, Any], config: NodeConfig, ctx: NodeContext) -> Mapping[str, Any]:
        DeafProbe.let_go, DeafProbe.refused = asyncio.Event(), []
        ParkedProbe.reached.set()
        while not DeafProbe.let_go.is_set():
            try:
                await DeafProbe.let_go.wait()
            except asyncio.CancelledError:
                await self._act(ctx)
        await self._act(ctx)
        try:
            ctx.side_effect()
        except HaltRequested:
            DeafProbe.refused.append("side effect")
        return {"number": 13.0}

    async def _act(self, ctx: NodeContext) -> None:
        for name, attempt in (
            ("account", lambda: ctx.orders.account("main", initial_cash=1.0)),
            ("compute", lambda: ctx.compute(int)),
            ("refresh", ctx.refresh),
        ):
            try:
                await attempt()
            except HaltRequested:
                DeafProbe.refused.append(name)


class TokenProbe(NumberProbe):
    """Writes the halt token into the state."""

    kind = "test.token"
    title = "Token"
    terminal = True

    async def run(self, inputs: Mapping[str, Any], config: _Config, ctx: NodeContext) -> Mapping[str, Any]:
        ctx.write("halt_token", "seen enough")
        return {"number": config.value}


class FragileProbe(NodeKind):
    """Adds what arrives, once it is no longer broken; until then it parks, as if its worker were about to die."""

    kind = "test.fragile"
    title = "Fragile"
    family = "quant"
    summary = "Adds numbers."
    inputs = (Port(id="numbers", type="number", many=True),)
    outputs = (Port(id="number", type="number"),)
    terminal = True
    broken: bool = False
    reached: asyncio.Event
    executed: int = 0

    async def run(self, inputs: Mapping[str, Any], config: NodeConfig, ctx: NodeContext) -> Mapping[str, Any]:
        FragileProbe.executed += 1
        if FragileProbe.broken:
            FragileProbe.reached.set()
            await asyncio.get_running_loop().create_future()
        return {"number": sum(inputs["numbers"])}


class LoopingProbe(NodeKind):
    """Pays 0.4 USD a round, three rounds, and asks before each whether it may go on."""

    kind = "test.looping"
    title = "Looping"
    family = "agents"
    summary = "Spends in a loop."
    inputs = (Port(id="number", type="number"),)
    outputs = (Port(id="number", type="number"),)
    terminal = True

    async def run(self, inputs: Mapping[str, Any], config: NodeConfig, ctx: NodeContext) -> Mapping[str, Any]:
        for _ in range(3):
            await ctx.refresh()
            ctx.spend(cost_usd=0.4, calls=1)
        return {"number": inputs["number"]}


class Switch(HaltSource):
    """A halt source that says what it is told to say."""

    def __init__(self, *readings: HaltReading | Exception | None) -> None:
        self._readings = list(readings) or [HaltReading(engaged=False, source="switch")]
        self.asked = 0

    async def read(self, run_id: RunId) -> HaltReading | None:
        reading = self._readings[min(self.asked, len(self._readings) - 1)]
        self.asked += 1
        if isinstance(reading, Exception):
            raise reading
        return reading


def runtime_for(
    document: GraphDocument | WorkflowSpec,
    folder: Path,
    *,
    halts: Sequence[HaltSource] = (),
    settings: LiveSettingsSource | None = None,
    clock: FakeClock | None = None,
    journal: MemoryJournal | None = None,
    outbound: Outbound | None = None,
    memory: AgentMemory | None = None,
    run_id: str = "run",
    orders: InMemoryOrders | None = None,
    prices: pd.DataFrame | None = None,
    tracer: Tracer | None = None,
    **spec_fields: object,
) -> WorkflowRuntime:
    """Return a runtime for a drawing (or a spec), with every port in memory."""
    spec = (
        document
        if isinstance(document, WorkflowSpec)
        else WorkflowSpec(
            name="probe", adapter="WorkflowStudioAdapter", params={"graph": document.dump()}, **spec_fields
        )
    )
    ports = RuntimePorts(
        market=InMemoryPrices(example_data("prices") if prices is None else prices),
        orders=orders or InMemoryOrders(),
        artifacts=MemoryArtifacts(),
        journal=journal or MemoryJournal(),
        settings=settings or FixedSettings(ALL_ON),
        halts=halts,
        clock=clock or FakeClock(),
        folder=folder,
        tracer=tracer or process_tracer(),
        outbound=outbound,
        memory=memory,
    )
    return WorkflowRuntime(spec, run_id=RunId(run_id), task_id=TaskId("task"), ports=ports)


PROBES: tuple[type[NodeKind], ...] = (
    NumberProbe,
    SumProbe,
    ForkProbe,
    VerdictProbe,
    FailingProbe,
    RubbishProbe,
    ExitProbe,
    ParkedProbe,
    StubbornProbe,
    DeafProbe,
    TokenProbe,
    FragileProbe,
    LoopingProbe,
)
