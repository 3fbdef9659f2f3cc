"""Map: another workflow once for each symbol, several at a time, and the results put together in the order of symbols."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import pandas as pd
from pydantic import Field, field_validator

from runtime.body import INPUT, BodyConfig, BodyKind, open_ends
from runtime.bounded import each_bounded
from runtime.decision.collected import CUT, collected, collected_port, cut
from runtime.errors import GuardrailBreached, InvalidValue
from runtime.graph.document import Body
from runtime.node import BodyResult, BodyRun, NodeContext, Port
from runtime.values import Value, checked

MAX_ITEMS = 200
SYMBOL = "symbol"
"""A text input of this name gets the symbol; it is no port of the card."""
OUTCOME = Port(id="outcome", type="table", title="Outcome")


class MapConfig(BodyConfig):
    """Which workflow, for which symbols, how many at a time."""

    symbols: list[str] = Field(
        default_factory=list[str],
        max_length=MAX_ITEMS,
        title="Symbols",
        description="The shares to go through, in this order. Leave empty for the columns of the first input.",
    )
    max_items: int = Field(
        default=50,
        ge=1,
        le=MAX_ITEMS,
        title="At most",
        description="More symbols than this end the run with an error before any of them is worked on.",
        json_schema_extra={"unit": "symbols"},
    )
    concurrency: int = Field(
        default=4,
        ge=1,
        le=16,
        title="At a time",
        description="So many symbols are worked on side by side. The result is the same for any number.",
        json_schema_extra={"unit": "symbols"},
    )
    on_error: Literal["stop", "skip"] = Field(
        default="stop",
        title="When one fails",
        description="Stop ends the run. Skip leaves the symbol out of the results and says why in the outcome.",
    )

    @field_validator("symbols")
    @classmethod
    def _once(cls, symbols: list[str]) -> list[str]:
        stripped = [symbol.strip() for symbol in symbols]
        if "" in stripped:
            raise ValueError("a symbol is empty")
        return list(dict.fromkeys(stripped))


class MapSymbols(BodyKind):
    """Runs a workflow for each symbol; frames go in cut to the symbol's column and come out side by side."""

    kind = "control.map"
    title = "Map"
    family = "control"
    icon = "list-tree"
    summary = "Runs another workflow once for each symbol, several at a time, and puts the results together."
    example: ClassVar[dict[str, Any]] = {
        "workflow": "example.part",
        "symbols": ["AAPL", "JNJ", "XOM"],
        "concurrency": 2,
        "on_error": "skip",
    }
    headline = ("workflow", "symbols", "on_error")
    Config = MapConfig

    @classmethod
    def ports(
        cls, inputs: tuple[Port, ...], outputs: tuple[Port, ...]
    ) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
        """Return the workflow's inputs but the symbol, its outputs as they come out together, and the outcome."""
        return _given(inputs), (*(collected_port(port) for port in outputs), OUTCOME)

    @classmethod
    def misfit(cls, config: Mapping[str, Any], body: Body) -> str:
        """Say so when nothing tells the symbols."""
        inputs = open_ends(body, INPUT)
        if config.get("symbols") or any(port.type in CUT and port.required for port in inputs):
            return ""
        return "has no symbols: name some, or use a workflow that needs prices, signals or weights."

    async def run(self, inputs: Mapping[str, Any], config: MapConfig, ctx: NodeContext) -> Mapping[str, Any]:
        """Return what all symbols gave, put together, and what became of each."""
        body = ctx.body
        if body is None:
            raise InvalidValue(f"There is no workflow {config.workflow!r} here.", field="workflow")
        given = {
            port.id: checked(port.type, inputs[port.id]) for port in _given(body.inputs) if port.id in inputs
        }
        symbols = _symbols(config, body, given)
        done: list[str] = []

        async def work(symbol: str) -> BodyResult | Exception:
            result = await _attempt(body, symbol, given, stop=config.on_error == "stop")
            done.append(symbol)
            ctx.progress(len(done) / len(symbols), f"{len(done)} of {len(symbols)} symbols")
            return result

        results = dict(zip(symbols, await each_bounded(symbols, work, config.concurrency), strict=True))
        good = {symbol: each for symbol, each in results.items() if isinstance(each, BodyResult)}
        failed = {symbol: str(each) for symbol, each in results.items() if isinstance(each, Exception)}
        if not good:
            first = next(iter(failed))
            raise InvalidValue(f"All {len(failed)} symbols failed; {first}: {failed[first]}")
        for result in good.values():
            for slot, written in result.slots.items():
                ctx.write(slot, written)
        if failed:
            ctx.note("skipped", failed)
        outputs = {
            port.id: value
            for port in body.outputs
            if (value := collected(port, {symbol: each.outputs for symbol, each in good.items()})) is not None
        }
        return {**outputs, OUTCOME.id: _outcome(symbols, failed)}


def _given(inputs: Sequence[Port]) -> tuple[Port, ...]:
    return tuple(port for port in inputs if (port.id, port.type) != (SYMBOL, "text"))


def _symbols(config: MapConfig, body: BodyRun, given: Mapping[str, Value]) -> list[str]:
    frames = (given[port.id].data for port in body.inputs if port.id in given and port.type in CUT)
    first = next(frames, pd.DataFrame())
    symbols = config.symbols or [str(column) for column in first.columns]
    if not symbols:
        raise InvalidValue("There are no symbols: the first input has no columns.", field="symbols")
    if len(symbols) > config.max_items:
        raise InvalidValue(
            f"There are {len(symbols)} symbols, {config.max_items} are allowed here.", field="max_items"
        )
    return symbols


async def _attempt(
    body: BodyRun, symbol: str, given: Mapping[str, Value], *, stop: bool
) -> BodyResult | Exception:
    """Pass through the workflow for one symbol; a failure that is to be skipped is returned."""
    try:
        own = {port: cut(value, symbol) for port, value in given.items()}
        if any((port.id, port.type) == (SYMBOL, "text") for port in body.inputs):
            own[SYMBOL] = Value(type="text", data=symbol)
        return await body.run(symbol, own)
    except GuardrailBreached:
        raise
    except Exception as error:
        if stop:
            raise
        return error


def _outcome(symbols: Sequence[str], failed: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "symbol": list(symbols),
            "status": ["skipped" if symbol in failed else "ok" for symbol in symbols],
            "error": [failed.get(symbol, "") for symbol in symbols],
        }
    )
