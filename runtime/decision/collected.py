"""Results of many symbols as one: frames side by side, everything else as rows of a table. Pure."""

from collections.abc import Mapping
from typing import cast

import pandas as pd

from runtime.decision.expression import Scalar
from runtime.decision.names import names_of
from runtime.errors import InvalidValue
from runtime.node import Port
from runtime.values import PortType, Value

CUT: frozenset[PortType] = frozenset({"prices", "signals", "weights"})
"""Types with one column per symbol."""
SYMBOL = "symbol"


def collected_port(port: Port) -> Port:
    """Return the port by which the results of a port of one symbol leave together."""
    return Port(id=port.id, type=port.type if port.type in CUT else "table", title=port.title)


def cut(value: Value, symbol: str) -> Value:
    """Return the column of a symbol; values without columns of symbols as they are. Raises `InvalidValue`."""
    if value.type not in CUT:
        return value
    frame = cast(pd.DataFrame, value.data)
    if symbol not in frame.columns:
        raise InvalidValue(f"The {value.type} have no column {symbol!r}.")
    return Value(type=value.type, data=frame[[symbol]])


def collected(port: Port, results: Mapping[str, Mapping[str, Value]]) -> pd.DataFrame | None:
    """Return what the symbols gave at a port, in their order; None when none of them took that branch.

    Prices, signals and weights stand side by side, a column per symbol. Weights are each symbol's own fractions, held from
    one of its days to its next and not scaled to one another. Tables are put below one another; of records, numbers and
    texts each symbol makes a row of its names (`runtime.decision.names`).
    """
    given = {symbol: outputs[port.id] for symbol, outputs in results.items() if port.id in outputs}
    if not given:
        return None
    if port.type in CUT:
        frame = pd.concat([_column(symbol, value) for symbol, value in given.items()], axis=1).sort_index()
        return frame.ffill().fillna(0.0) if port.type == "weights" else frame
    if port.type == "table":
        return pd.concat([_rows(symbol, value) for symbol, value in given.items()], ignore_index=True)
    return pd.DataFrame([{SYMBOL: symbol, **_named(value)} for symbol, value in given.items()])


def _named(value: Value) -> dict[str, Scalar]:
    return {name: each for name, each in names_of(value).items() if name != SYMBOL}


def _column(symbol: str, value: Value) -> pd.DataFrame:
    frame = cast(pd.DataFrame, value.data)
    if frame.shape[1] != 1:
        raise InvalidValue(
            f"{symbol} gave {value.type} of {frame.shape[1]} columns; one is expected, its own."
        )
    return frame.set_axis([symbol], axis=1)


def _rows(symbol: str, value: Value) -> pd.DataFrame:
    table = cast(pd.DataFrame, value.data)
    plain = table if isinstance(table.index, pd.RangeIndex) else table.reset_index()
    rows = plain.drop(columns=SYMBOL, errors="ignore")
    rows.insert(0, SYMBOL, symbol)
    return rows
