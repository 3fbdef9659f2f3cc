"""The webhook node: what it posts, when it does not, and what it makes of answers."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from runtime.catalog import kind_named, node_kinds
from runtime.errors import HaltRequested, InvalidValue, Unavailable
from runtime.graph.document import GraphDocument
from runtime.graph.sketch import sketch
from runtime.graph.validate import validate
from runtime.net.addresses import parse_networks
from runtime.net.outbound import HttpOutbound
from runtime.node import NodeConfig, NodeContext, NodeKind, Port
from runtime.settings import LiveSettings
from tests.fakes import Effects, InMemoryOutbound, ScriptedSettings, make_context
from tests.runtime.net.conftest import says_nothing, server
from tests.runtime.nodes.conftest import weights
from tests.runtime.probes import runtime_for


async def run(context: NodeContext, **inputs: Any) -> Any:
    """Run a webhook."""
    node = kind_named("output.webhook")
    config = node.Config.model_validate({"url": "https://example.com/hook"})
    return await node().run({"weights": weights(AAA=0.25, BBB=float("nan"))} | inputs, config, context)


async def test_it_posts_the_last_approved_weights_once(tmp_path: Path) -> None:
    outbound, effects = InMemoryOutbound(), Effects()

    outputs = await run(make_context(tmp_path, outbound=outbound, effects=effects, run_id="r1"))

    [posting] = outbound.posted
    assert json.loads(posting.body) == {
        "event": "weights_approved",
        "run_id": "r1",
        "workflow": "test-workflow",
        "node": "node",
        "decided_on": "2024-04-30",
        "weights": {"AAA": 0.25, "BBB": 0.0},
    }
    assert posting.key == "r1:node"
    assert len(effects.stamps) == 1
    receipt = outputs["receipt"].iloc[0].to_dict()
    assert receipt["status"] == 200
    assert receipt["host"] == "example.com"
    assert receipt["idempotency_key"] == "r1:node"


async def test_a_replayed_transition_sends_the_same_key_and_bytes(tmp_path: Path) -> None:
    outbound = InMemoryOutbound()

    for _ in range(2):
        await run(make_context(tmp_path, outbound=outbound))

    assert outbound.posted[0] == outbound.posted[1]


async def test_a_report_goes_along(tmp_path: Path) -> None:
    outbound = InMemoryOutbound()

    await run(make_context(tmp_path, outbound=outbound), report={"title": "Weekly"})

    assert json.loads(outbound.posted[0].body)["report"] == {"title": "Weekly"}


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (302, InvalidValue, "a redirect, which is not followed"),
        (404, InvalidValue, "refused the webhook with 404"),
        (503, Unavailable, "failed with 503; it may have taken"),
    ],
)
async def test_an_answer_that_is_no_success_fails_the_node_and_keeps_the_stamp(
    tmp_path: Path, status: int, error: type[Exception], words: str
) -> None:
    effects = Effects()

    with pytest.raises(error, match=words):
        await run(make_context(tmp_path, outbound=InMemoryOutbound(status=status), effects=effects))
    assert len(effects.stamps) == 1


async def test_a_halt_that_comes_just_before_is_obeyed(tmp_path: Path) -> None:
    class Halting(ScriptedSettings):
        async def live(self) -> LiveSettings:
            raise HaltRequested("Drill")

    outbound = InMemoryOutbound()
    with pytest.raises(HaltRequested):
        await run(make_context(tmp_path, outbound=outbound, live=Halting()))
    assert outbound.posted == []


async def test_without_rows_nothing_is_told(tmp_path: Path) -> None:
    outbound = InMemoryOutbound()

    with pytest.raises(InvalidValue, match="no rows"):
        await run(make_context(tmp_path, outbound=outbound), weights=pd.DataFrame({"AAA": []}))
    assert outbound.posted == []


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"url": "ftp://example.com"}, "Only http and https"),
        ({"url": "https://user:hunter2@example.com"}, "Leave user and password out"),
        ({"secret": "hunter2"}, "Never write a secret itself"),
        ({"secret": "env:PATH"}, "env:ALPHASWARM_SECRET_NAME"),
    ],
)
def test_addresses_and_secrets_that_must_not_be_stored_are_errors_of_their_field(
    config: dict[str, str], words: str
) -> None:
    with pytest.raises(ValidationError, match=words) as caught:
        kind_named("output.webhook").Config.model_validate(config)

    assert caught.value.errors()[0]["loc"] == (next(iter(config)),)
    assert "hunter2" not in caught.value.errors()[0]["msg"]


GATED = {
    "prices": "data.prices",
    "momentum": "quant.momentum",
    "fusion": "decision.signal_fusion",
    "sim": "decision.risk_simulator",
    "gate": "decision.risk_gate",
    "report": "output.report",
    "hook": "output.webhook",
}
WIRES = [
    "prices.prices -> momentum.prices",
    "momentum.signals -> fusion.quant",
    "prices.prices -> sim.prices",
    "fusion.weights -> sim.weights",
    "fusion.weights -> gate.weights",
    "sim.verdict -> gate.verdict",
    "fusion.weights -> report.weights",
    "report.report -> hook.report",
]


@pytest.mark.parametrize(
    ("wire", "allowed"),
    [("gate.approved -> hook.weights", True), ("fusion.weights -> hook.weights", False)],
)
def test_weights_leave_only_behind_the_gate_even_with_a_report_on_the_side(wire: str, allowed: bool) -> None:
    found = {issue.code for issue in validate(sketch(GATED, [*WIRES, wire]))}

    assert ("G304" not in found) is allowed


def test_a_report_alone_does_not_make_a_webhook() -> None:
    found = {issue.code for issue in validate(sketch(GATED, WIRES))}

    assert {"G203", "G304"} <= found


def test_no_other_input_could_carry_weights_that_nobody_approved() -> None:
    kind = kind_named("output.webhook")

    assert {port.id: (port.type, port.required) for port in kind.inputs} == {
        "weights": ("weights", True),
        "report": ("report", False),
    }


class ApprovalProbe(NodeKind):
    """Gives weights, and a verdict about them."""

    kind = "test.approval"
    title = "Approval"
    summary = "Gives weights and a verdict."
    outputs = (Port(id="weights", type="weights"), Port(id="verdict", type="verdict"))
    approved = True

    async def run(self, inputs: Mapping[str, Any], config: NodeConfig, ctx: NodeContext) -> Mapping[str, Any]:
        return {"weights": weights(JNJ=0.5), "verdict": {"approved": self.approved, "vt_symbol": "JNJ"}}


def approved_posting() -> GraphDocument:
    """Return a drawing of gate and webhook."""
    return sketch(
        {"source": "test.approval", "gate": "decision.risk_gate", "hook": "output.webhook"},
        [
            "source.weights -> gate.weights",
            "source.verdict -> gate.verdict",
            "gate.approved -> hook.weights",
        ],
    )


async def test_a_halt_drops_a_request_that_waits_for_its_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(node_kinds(), ApprovalProbe.kind, ApprovalProbe)
    async with server(says_nothing) as there:

        async def resolve(host: str, port: int) -> list[str]:
            return ["127.0.0.1"]

        outbound = HttpOutbound(
            private_networks=parse_networks("127.0.0.1/32"),
            environment={"ALPHASWARM_SECRET_HOOK": f"http://hooks.test:{there.port}/"},
            resolve=resolve,
        )
        drawing = approved_posting()
        hook = drawing.nodes[-1].model_copy(update={"config": {"url": "env:ALPHASWARM_SECRET_HOOK"}})
        drawing = GraphDocument(nodes=(*drawing.nodes[:-1], hook), edges=drawing.edges)
        runtime = runtime_for(drawing, tmp_path, outbound=outbound)
        running = asyncio.create_task(runtime.run({}))
        await there.arrived.wait()

        runtime.halt("Drill")
        running.cancel()
        result = await running
        await there.left.wait()

    assert result.status == "halted"
    assert result.last_effect_at is not None
    assert len(there.heads) == 1


@pytest.mark.parametrize(("approves", "posts"), [(True, 1), (False, 0)])
async def test_in_a_run_it_posts_what_the_gate_approved_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, approves: bool, posts: int
) -> None:
    monkeypatch.setitem(node_kinds(), ApprovalProbe.kind, ApprovalProbe)
    monkeypatch.setattr(ApprovalProbe, "approved", approves)
    outbound = InMemoryOutbound()

    result = await runtime_for(approved_posting(), tmp_path, outbound=outbound).run({})

    assert result.status == "completed", result.error
    assert len(outbound.posted) == posts
    assert (result.last_effect_at is not None) is approves
