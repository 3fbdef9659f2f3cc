"""Router: one way or the other, by an expression about the value."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field, field_validator

from runtime.decision.expression import MAX_LENGTH, evaluate, parse
from runtime.decision.names import names_of
from runtime.errors import InvalidValue
from runtime.node import NodeConfig, NodeContext, NodeKind, Port, as_value


class RouterConfig(NodeConfig):
    """The question."""

    expression: str = Field(
        default="value > 0",
        min_length=1,
        max_length=MAX_LENGTH,
        title="Expression",
        description=(
            "A comparison of the value's names: fields of a record (confidence > 0.6 and action == 'buy'), a number "
            "(value < 10), the last row of a table (AAPL > 0.1, gross > 0.9). Allowed: names, numbers, texts, comparisons, "
            "and/or/not, + - * /."
        ),
    )

    @field_validator("expression")
    @classmethod
    def _readable(cls, expression: str) -> str:
        try:
            parse(expression)
        except InvalidValue as error:
            raise ValueError(error.message) from error
        return expression


class Router(NodeKind):
    """Sends its input on by one of two ports; the branch behind the other one is not taken."""

    kind = "control.router"
    title = "Router"
    family = "control"
    icon = "split"
    summary = "Sends the value on by one of two ways, decided by a safe expression about it."
    example: ClassVar[dict[str, Any]] = {"expression": "1 < 2"}
    inputs = (Port(id="value", type="any", title="Value"),)
    outputs = (
        Port(id="then", type="any", title="If it holds", same_as="value"),
        Port(id="otherwise", type="any", title="Otherwise", same_as="value"),
    )
    headline = ("expression",)
    Config = RouterConfig

    async def run(
        self,
        inputs: Mapping[str, Any],
        config: RouterConfig,
        ctx: NodeContext,  # noqa: ARG002
    ) -> Mapping[str, Any]:
        """Evaluate the expression on the value's names."""
        value = as_value(inputs["value"])
        return {"then" if evaluate(config.expression, names_of(value)) else "otherwise": value}
