"""Join: branches come together again."""

from collections.abc import Mapping
from typing import Any

from runtime.errors import InvalidValue
from runtime.node import NodeConfig, NodeContext, NodeKind, Port, as_value


class JoinConfig(NodeConfig):
    """Nothing to set: the drawing order decides."""


class Join(NodeKind):
    """Waits until every wire has settled, then hands on the first value in drawing order."""

    kind = "control.join"
    title = "Join"
    family = "control"
    icon = "merge"
    summary = "Waits for all of its branches and hands on the value of the first one that was taken."
    inputs = (Port(id="values", type="any", title="Branches", many=True),)
    outputs = (Port(id="value", type="any", title="First value", same_as="values"),)
    joins = True
    Config = JoinConfig

    async def run(
        self,
        inputs: Mapping[str, Any],
        config: JoinConfig,  # noqa: ARG002
        ctx: NodeContext,  # noqa: ARG002
    ) -> Mapping[str, Any]:
        """Return the first value."""
        values = inputs.get("values") or []
        if not values:
            raise InvalidValue("None of the join's branches carried a value.")
        return {"value": as_value(values[0])}
