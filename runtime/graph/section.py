"""The body of one node: another workflow, run inside of the node's own transition, each of its nodes a transition too."""

from collections.abc import Callable, Mapping
from typing import Any

from runtime.body import BORDER
from runtime.graph.compile import PAST, GraphState, Runner, fold_slots
from runtime.graph.plan import PlannedBody
from runtime.graph.sequential import run_in_order
from runtime.node import BodyResult
from runtime.ports import ArtifactStore
from runtime.values import ArtifactRef, Value


class Section:
    """The body of one node, run one node after the other, as often as the node asks: plain awaits, so a halt reaches all."""

    def __init__(
        self,
        body: PlannedBody,
        artifacts: ArtifactStore,
        slots: Mapping[str, Any],
        runner: Callable[[str], Runner],
        passed: Callable[[str], None],
    ) -> None:
        self.inputs = body.inputs
        self.outputs = body.outputs
        self._body = body
        self._artifacts = artifacts
        self._slots = slots
        self._runner = runner
        self._passed = passed
        self._past: dict[str, list[Any]] = {}

    @property
    def past(self) -> list[Any]:
        """What its agents were reminded of, in the order in which passes began."""
        return [each for reminded in self._past.values() for each in reminded]

    async def run(
        self, label: str, inputs: Mapping[str, Value], *, slots: Mapping[str, Any] | None = None
    ) -> BodyResult:
        """Pass through the body once; leaves a crumb of its own beside those of the nodes."""
        self._past[label] = []
        refs = {port: (await self._artifacts.put(value)).dump() for port, value in inputs.items()}
        entered = {
            node: {BORDER: refs[port]} if port in refs else {} for node, port in self._body.entries.items()
        }
        # The empty id is nobody's: what was written before the body began.
        state = GraphState(outputs={**entered}, slots={"": {**self._slots, **(slots or {})}}, asked={})
        final = await run_in_order(self._body.nodes, self._runner(label), state)
        left = {
            port: ArtifactRef.load(final["outputs"][wire.source][wire.port])
            for port, wire in self._body.exits.items()
            if wire.port in final["outputs"].get(wire.source, {})
        }
        written = GraphState(
            outputs={}, slots={key: each for key, each in final["slots"].items() if key}, asked={}
        )
        left_slots = fold_slots(written)
        self._past[label] += left_slots.pop(PAST, [])
        if label:
            self._passed(label)
        return BodyResult(
            outputs={port: await self._artifacts.get(ref) for port, ref in left.items()},
            slots=left_slots,
        )
