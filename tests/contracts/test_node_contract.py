"""What every node kind keeps, whoever wrote it: registering a kind puts it under these tests."""

import asyncio
import json
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runtime.body import INPUT, OUTPUT, open_ends
from runtime.catalog import node_kinds
from runtime.errors import InvalidValue, Unavailable
from runtime.extras import CREW
from runtime.graph.document import Body, GraphNode
from runtime.node import FAMILIES, Ledger, NodeKind
from runtime.values import PortType, Value, checked, encode
from tests.contracts.inputs import ALL_ON, example_inputs
from tests.fakes import (
    EchoBody,
    Effects,
    FakeClock,
    InMemoryOrders,
    InMemoryOutbound,
    InMemoryQueue,
    ScriptedSettings,
    Turnstile,
    make_context,
)
from tests.support.crew_server import crew_server, point_crews_at

PART = Body(
    nodes=(
        GraphNode(id="in", kind=INPUT, config={"name": "prices", "type": "prices"}),
        GraphNode(id="out", kind=OUTPUT, config={"name": "prices", "type": "prices"}),
    )
)
"""The workflow that the examples of kinds name which run another one."""
BODIES = {"example.part": PART}
KINDS = [kind.fitted(kind.example, BODIES) for kind in node_kinds().values()]
"""Each with the ports that its example has."""
AWAITS_TRIED = 12
"""A node is cancelled at each of its first awaits, up to so many."""

every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)


@pytest.fixture(autouse=True)
def crew_model(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A local model for the kinds that talk to one by an optional package; nothing is started where it is not installed."""
    if not CREW.installed:
        yield
        return
    with crew_server() as model, warnings.catch_warnings():
        # The package and what it brings along warn of their own affairs.
        warnings.simplefilter("ignore")
        point_crews_at(model, monkeypatch, tmp_path_factory.mktemp("crews"))
        yield


def needs_its_extra(kind: type[NodeKind]) -> None:
    """Skip a test that runs the kind where the optional package is not installed."""
    if kind.extra is not None and not kind.extra.installed:
        pytest.skip(f"the extra {kind.extra.name!r} is not installed")


@dataclass(slots=True)
class World:
    """All that a node can act on in a test."""

    folder: Path
    turnstile: Turnstile = field(default_factory=Turnstile)
    effects: Effects = field(default_factory=Effects)
    ledger: Ledger = field(default_factory=Ledger)
    orders: InMemoryOrders = field(init=False)
    outbound: InMemoryOutbound = field(init=False)
    queue: InMemoryQueue = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        self.orders = InMemoryOrders(turnstile=self.turnstile)
        self.outbound = InMemoryOutbound(turnstile=self.turnstile)
        self.queue = InMemoryQueue(turnstile=self.turnstile)

    async def run(self, kind: type[NodeKind], inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """Run the kind's example once."""
        needs_its_extra(kind)
        context = make_context(
            self.folder,
            orders=self.orders,
            outbound=self.outbound,
            clock=FakeClock(turnstile=self.turnstile),
            live=ScriptedSettings(ALL_ON, turnstile=self.turnstile),
            settings=ALL_ON,
            effects=self.effects,
            ledger=self.ledger,
            turnstile=self.turnstile,
            body=EchoBody(open_ends(PART, INPUT), open_ends(PART, OUTPUT), turnstile=self.turnstile),
            queue=self.queue,
        )
        return await kind().run(inputs, kind.Config.model_validate(kind.example), context)

    def done_so_far(self) -> tuple[Any, ...]:
        """Return everything that has been done to the world."""
        files = {str(path): path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file()}
        return (
            list(self.effects.stamps),
            [*self.orders.placed, *self.outbound.posted],
            files,
            list(self.queue.accepted),
        )


def wrapped(kind: type[NodeKind], outputs: Mapping[str, Any]) -> dict[str, Value]:
    """Return the outputs as values of their ports' types."""
    ports = {port.id: port for port in kind.outputs}
    return {name: checked(ports[name].type, data) for name, data in outputs.items()}


def stored(kind: type[NodeKind], outputs: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the outputs as they are stored."""
    return {name: encode(value)[0] for name, value in wrapped(kind, outputs).items()}


def encoded_input(data: object, port_type: PortType) -> list[bytes]:
    """Return the bytes of an input, to see whether a node has changed it."""
    values = data if isinstance(data, list) else [data]
    return [encode(checked(port_type, value))[0] for value in values]


def test_there_are_kinds_of_every_core_family() -> None:
    assert {"data", "quant", "agents"} <= {kind.family for kind in KINDS} <= set(FAMILIES)


@every_kind
def test_a_kind_says_what_it_is(kind: type[NodeKind]) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*", kind.kind)
    assert kind.version >= 1
    assert 0 < len(kind.title) <= 32
    assert kind.family in FAMILIES
    assert re.fullmatch(r"[^\n]{10,140}\.", kind.summary)
    assert (kind.__doc__ or "").strip()
    assert kind.inputs or kind.outputs


@every_kind
def test_an_icon_is_one_that_the_canvas_can_draw(kind: type[NodeKind]) -> None:
    from reflex.components.lucide.icon import LUCIDE_ICON_LIST

    assert kind.icon.replace("-", "_") in {name.replace("-", "_") for name in LUCIDE_ICON_LIST}


@every_kind
def test_ports_are_unique_and_refer_to_each_other_correctly(kind: type[NodeKind]) -> None:
    for ports in (kind.inputs, kind.outputs):
        ids = [port.id for port in ports]
        assert len(ids) == len(set(ids))
        assert all(re.fullmatch(r"[a-z][a-z0-9_]*", port) for port in ids)

    inputs = {port.id: port for port in kind.inputs}
    for port in kind.outputs:
        assert not port.many
        if port.same_as:
            assert port.same_as in inputs
            assert port.type == inputs[port.same_as].type
    assert set(kind.gates) <= {port.id for port in kind.outputs}


@every_kind
def test_every_config_field_explains_itself(kind: type[NodeKind]) -> None:
    for name, info in kind.Config.model_fields.items():
        assert info.title, f"{name} has no title"
        assert info.description, f"{name} has no description"
        assert info.description.endswith("."), f"the description of {name} is no sentence"
    assert set(kind.headline) <= set(kind.Config.model_fields)


@every_kind
def test_a_config_survives_json_and_its_schema_is_json(kind: type[NodeKind]) -> None:
    config = kind.Config.model_validate(kind.example)

    again = kind.Config.model_validate_json(config.model_dump_json())

    assert again == config
    schema = json.loads(json.dumps(kind.Config.model_json_schema(), allow_nan=False))
    assert set(schema.get("properties", {})) == set(kind.Config.model_fields)
    assert kind.migrate(dict(kind.example), kind.version) == kind.example


@every_kind
def test_a_config_refuses_fields_it_does_not_know(kind: type[NodeKind]) -> None:
    with pytest.raises(ValueError, match="no_such_field"):
        kind.Config.model_validate({**kind.example, "no_such_field": 1})


@every_kind
async def test_the_example_gives_what_the_ports_promise(kind: type[NodeKind], tmp_path: Path) -> None:
    world = World(tmp_path / "run")
    inputs = example_inputs(kind)

    outputs = await world.run(kind, inputs)

    values = wrapped(kind, outputs)
    assert values or kind.terminal
    for name, value in values.items():
        assert value.type != "any"
        if value.type == "signals":
            assert np.nanmax(np.abs(value.data.to_numpy())) <= 1.0 + 1e-12
        if value.type == "weights":
            assert np.isfinite(value.data.to_numpy()).all()
        port = kind.output(name)
        if port is not None and port.same_as and isinstance(inputs[port.same_as], Value):
            assert value.type == inputs[port.same_as].type
    assert set(world.ledger.slots) <= set(kind.writes)
    json.dumps(world.ledger.slots, allow_nan=False)


@every_kind
async def test_required_inputs_are_enough(kind: type[NodeKind], tmp_path: Path) -> None:
    inputs = example_inputs(kind, optional=False)

    try:
        outputs = await World(tmp_path / "run").run(kind, inputs)
    except InvalidValue:
        # Only a kind that can be wired in several ways may ask for one of its optional inputs.
        outputs = None

    if outputs is None:
        assert any(not port.required for port in kind.inputs)
    else:
        assert wrapped(kind, outputs) or kind.terminal


@every_kind
async def test_equal_specs_and_inputs_give_equal_bytes(kind: type[NodeKind], tmp_path: Path) -> None:
    first = await World(tmp_path / "first").run(kind, example_inputs(kind))
    second = await World(tmp_path / "second").run(kind, example_inputs(kind))

    assert stored(kind, first) == stored(kind, second)


@every_kind
async def test_a_node_leaves_its_inputs_as_they_were(kind: type[NodeKind], tmp_path: Path) -> None:
    inputs = example_inputs(kind)
    before = {port.id: encoded_input(inputs[port.id], port.type) for port in kind.inputs}

    await World(tmp_path / "run").run(kind, inputs)

    assert {port.id: encoded_input(inputs[port.id], port.type) for port in kind.inputs} == before


@every_kind
async def test_a_node_does_no_more_to_the_world_than_it_declares(
    kind: type[NodeKind], tmp_path: Path
) -> None:
    world = World(tmp_path / "run")

    await world.run(kind, example_inputs(kind))

    stamps, orders, files, enqueued = world.done_so_far()
    if kind.effects in ("pure", "reads"):
        assert (stamps, orders, files, enqueued) == ([], [], {}, [])
    if kind.effects == "local":
        assert orders == []
    if orders or files or enqueued:
        assert stamps, "something was done to the world without telling when"


@pytest.mark.parametrize("kind", [k for k in KINDS if k.extra], ids=lambda kind: kind.kind)
async def test_without_its_package_a_kind_says_which_one_it_needs(
    kind: type[NodeKind], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kind.extra is not None
    monkeypatch.setitem(sys.modules, kind.extra.package, None)
    context = make_context(tmp_path, settings=ALL_ON)

    with pytest.raises(Unavailable, match=f"extra `{kind.extra.name}`"):
        await kind().run(example_inputs(kind), kind.Config.model_validate(kind.example), context)


@every_kind
async def test_a_cancelled_node_stops_at_once_and_does_nothing_more(
    kind: type[NodeKind], tmp_path: Path
) -> None:
    for turn in range(1, AWAITS_TRIED + 1):
        world = World(tmp_path / f"turn{turn}", turnstile=Turnstile(stop_at=turn))
        needs_its_extra(kind)
        running = asyncio.create_task(world.run(kind, example_inputs(kind)))
        parked = asyncio.create_task(world.turnstile.reached.wait())
        await asyncio.wait({running, parked}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            # It has fewer awaits than this, so it finished; every await it has was tried.
            parked.cancel()
            running.result()
            return
        before = world.done_so_far()

        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        for _ in range(20):
            await asyncio.sleep(0)

        assert world.done_so_far() == before
