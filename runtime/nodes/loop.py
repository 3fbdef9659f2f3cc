"""Loop: another workflow again and again, with one value carried from pass to pass, until a condition holds."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field, field_validator

from runtime.body import BORDER, INPUT, OUTPUT, BodyConfig, BodyKind, open_ends
from runtime.decision.expression import MAX_LENGTH, evaluate, parse
from runtime.decision.names import names_of
from runtime.errors import InvalidValue
from runtime.graph.document import Body
from runtime.node import BodyResult, BodyRun, NodeContext, Port
from runtime.values import Value, checked

MAX_ITERATIONS = 50
ITERATIONS = Port(id="iterations", type="number", title="Iterations")


class LoopConfig(BodyConfig):
    """Which workflow, what it carries, and when it is enough."""

    max_iterations: int = Field(
        default=10,
        ge=1,
        le=MAX_ITERATIONS,
        title="At most",
        description="The loop ends after so many passes, whether the condition holds or not.",
        json_schema_extra={"unit": "passes"},
    )
    until: str = Field(
        default="",
        max_length=MAX_LENGTH,
        title="Until",
        description=(
            "The loop ends after a pass for which this holds. It is about the carried value that the pass gave: a number "
            "(value < 0.01), fields of a record (confidence > 0.6), the last row of a table (AAPL > 0.1), and about "
            "iteration, which counts from 1. Leave empty for all passes."
        ),
    )
    carry: str = Field(
        default=BORDER,
        max_length=40,
        title="Carried",
        description="The port, input and output of the workflow alike, whose value goes from each pass into the next.",
    )

    @field_validator("until")
    @classmethod
    def _readable(cls, until: str) -> str:
        if until.strip():
            try:
                parse(until)
            except InvalidValue as error:
                raise ValueError(error.message) from error
        return until


class Loop(BodyKind):
    """Repeats a workflow a bounded number of times; every node of every pass is a transition of the run."""

    kind = "control.loop"
    title = "Loop"
    family = "control"
    icon = "repeat"
    summary = "Repeats another workflow with its own result, until a condition holds or it was often enough."
    example: ClassVar[dict[str, Any]] = {
        "workflow": "example.part",
        "carry": "prices",
        "max_iterations": 3,
        "until": "iteration >= 2",
    }
    headline = ("workflow", "max_iterations", "until")
    Config = LoopConfig

    @classmethod
    def ports(
        cls, inputs: tuple[Port, ...], outputs: tuple[Port, ...]
    ) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
        """Return the workflow's own ports and the count."""
        return inputs, (*outputs, ITERATIONS)

    @classmethod
    def misfit(cls, config: Mapping[str, Any], body: Body) -> str:
        """Say so unless the workflow takes and gives what is carried."""
        name = config.get("carry", BORDER)
        into = next((port for port in open_ends(body, INPUT) if port.id == name), None)
        out = next((port for port in open_ends(body, OUTPUT) if port.id == name), None)
        if into is None or out is None:
            return f"carries {name!r}, but the workflow has no input and output of that name."
        if into.type != out.type:
            return f"carries {name!r}, but the workflow takes {into.type} there and gives {out.type}."
        return ""

    async def run(self, inputs: Mapping[str, Any], config: LoopConfig, ctx: NodeContext) -> Mapping[str, Any]:
        """Return what the last pass gave, and how many passes there were."""
        if ctx.body is None:
            raise InvalidValue(f"There is no workflow {config.workflow!r} here.", field="workflow")
        given = {
            port.id: checked(port.type, inputs[port.id]) for port in ctx.body.inputs if port.id in inputs
        }
        slots: dict[str, Any] = {}
        result, passes = BodyResult(outputs={}, slots={}), 0
        while passes < config.max_iterations:
            passes += 1
            # Between passes, too: settings, halt and limits are asked even when the workflow has no node that runs.
            await ctx.refresh()
            result = await self._passed(ctx.body, passes, given, slots, config.carry)
            slots |= result.slots
            value = result.outputs[config.carry]
            given = {**given, config.carry: value}
            ctx.progress(passes / config.max_iterations, f"pass {passes} of at most {config.max_iterations}")
            if config.until.strip() and evaluate(config.until, _names(value, passes)):
                break
        for slot, written in slots.items():
            ctx.write(slot, written)
        ctx.note("iterations", passes)
        return {**result.outputs, ITERATIONS.id: float(passes)}

    @staticmethod
    async def _passed(
        body: BodyRun, number: int, given: Mapping[str, Value], slots: Mapping[str, Any], carry: str
    ) -> BodyResult:
        result = await body.run(str(number), given, slots=slots)
        if carry not in result.outputs:
            raise InvalidValue(f"Pass {number} gave no {carry!r} to go on with.", field="carry")
        return result


def _names(value: Value, passes: int) -> dict[str, Any]:
    return {**names_of(value), "iteration": float(passes)}
