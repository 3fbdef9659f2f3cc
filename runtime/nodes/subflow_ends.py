"""The open ends of a workflow that others use: what goes in, and what comes out."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field, field_validator

from runtime.body import BORDER, open_end, variant
from runtime.errors import InvalidValue
from runtime.graph.document import Body
from runtime.node import NodeConfig, NodeContext, NodeKind, Port
from runtime.values import PortType, checked

TAKEN = frozenset({"outcome", "iterations"})
"""Output ports that a map and a loop have of their own."""
NAME: Any = Field(
    default=BORDER,
    pattern=r"^[a-z][a-z0-9_]{0,39}$",
    title="Name",
    description="What the port is called on the card: small letters, digits and underscores.",
)
TYPE: Any = Field(default="any", title="Type", description="What travels through the port.")


class SubflowInputConfig(NodeConfig):
    """What the port is called, what goes in, and whether it must."""

    name: str = NAME
    type: PortType = TYPE
    required: bool = Field(
        default=True,
        title="Needed",
        description="Without a wire the card cannot run. Else nothing arrives here, and what hangs on it is skipped.",
    )


class SubflowInput(NodeKind):
    """Gives what arrives at the port of the card that stands for this workflow."""

    kind = "control.subflow_input"
    title = "Subflow input"
    family = "control"
    icon = "log-in"
    summary = "Makes an input port of the card that stands for this workflow in another one."
    example: ClassVar[dict[str, Any]] = {"name": "prices", "type": "prices"}
    inputs = (Port(id=BORDER, type="any", title="From outside", required=False),)
    outputs = (Port(id=BORDER, type="any", title="What arrives", same_as=BORDER),)
    headline = ("name", "type")
    Config = SubflowInputConfig

    @classmethod
    def fitted(cls, config: Mapping[str, Any], bodies: Mapping[str, Body]) -> type[NodeKind]:  # noqa: ARG003
        """Return the kind with the type that the config names."""
        return _typed(cls, config)

    async def run(
        self,
        inputs: Mapping[str, Any],
        config: SubflowInputConfig,
        ctx: NodeContext,  # noqa: ARG002
    ) -> Mapping[str, Any]:
        """Hand on what arrives."""
        if BORDER in inputs:
            return {BORDER: checked(config.type, inputs[BORDER])}
        if config.required:
            raise InvalidValue(
                f"{config.name!r} has no value: this workflow is a part. Run one that uses it as a subflow, map or loop.",
                field="name",
            )
        return {}


class SubflowOutputConfig(NodeConfig):
    """What the port is called, and what comes out."""

    name: str = NAME
    type: PortType = TYPE

    @field_validator("name")
    @classmethod
    def _free(cls, name: str) -> str:
        if name in TAKEN:
            raise ValueError(f"{name!r} is the name of a port that maps and loops have of their own")
        return name


class SubflowOutput(NodeKind):
    """Takes what leaves by the port of the card that stands for this workflow."""

    kind = "control.subflow_output"
    title = "Subflow output"
    family = "control"
    icon = "log-out"
    summary = "Makes an output port of the card that stands for this workflow in another one."
    example: ClassVar[dict[str, Any]] = {"name": "signals", "type": "signals"}
    inputs = (Port(id=BORDER, type="any", title="What leaves"),)
    outputs = (Port(id=BORDER, type="any", title="To outside", same_as=BORDER),)
    terminal = True
    headline = ("name", "type")
    Config = SubflowOutputConfig

    @classmethod
    def fitted(cls, config: Mapping[str, Any], bodies: Mapping[str, Body]) -> type[NodeKind]:  # noqa: ARG003
        """Return the kind with the type that the config names."""
        return _typed(cls, config)

    async def run(
        self,
        inputs: Mapping[str, Any],
        config: SubflowOutputConfig,
        ctx: NodeContext,  # noqa: ARG002
    ) -> Mapping[str, Any]:
        """Hand on what leaves."""
        return {BORDER: checked(config.type, inputs[BORDER])}


def _typed(kind: type[NodeKind], config: Mapping[str, Any]) -> type[NodeKind]:
    port = open_end(config)
    if port.type == "any":
        return kind
    (taker,), (giver,) = kind.inputs, kind.outputs
    return variant(
        kind,
        (Port(id=BORDER, type=port.type, title=taker.title, required=taker.required),),
        (Port(id=BORDER, type=port.type, title=giver.title, same_as=BORDER),),
    )
