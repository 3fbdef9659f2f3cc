"""Subflow: another workflow, drawn as one card."""

from collections.abc import Mapping
from typing import Any, ClassVar

from runtime.body import BodyConfig, BodyKind
from runtime.errors import InvalidValue
from runtime.node import NodeContext
from runtime.values import checked


class Subflow(BodyKind):
    """Stands for the nodes of another workflow, which take its place before a drawing runs."""

    kind = "control.subflow"
    title = "Subflow"
    family = "control"
    icon = "workflow"
    summary = "Runs another workflow here, as if its nodes were drawn in this one."
    example: ClassVar[dict[str, Any]] = {"workflow": "example.part"}
    inlined = True
    headline = ("workflow", "version")
    Config = BodyConfig

    async def run(
        self,
        inputs: Mapping[str, Any],
        config: BodyConfig,
        ctx: NodeContext,
    ) -> Mapping[str, Any]:
        """Pass through the workflow once: for embedders that hand a body to the kind itself."""
        if ctx.body is None:
            raise InvalidValue(f"There is no workflow {config.workflow!r} here.", field="workflow")
        given = {
            port.id: checked(port.type, inputs[port.id]) for port in ctx.body.inputs if port.id in inputs
        }
        result = await ctx.body.run("", given)
        for slot, value in result.slots.items():
            ctx.write(slot, value)
        return result.outputs
