"""Which names an expression may use about a value."""

import keyword
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

import pandas as pd

from runtime.decision.expression import Scalar
from runtime.decision.fusion import finite
from runtime.values import FRAME_TYPES, RECORD_TYPES, Value

MAX_NAMES = 2_000


def names_of(value: Value) -> dict[str, Scalar]:
    """Return the names of a value.

    Numbers and texts: `value`. Records: their fields, inner fields joined by an underscore (`margin_check_available_pct`).
    Frames: each column's last row by its name, and `rows`, `columns`, `mean` and `gross` (sum of sizes) of the last row.
    """
    if value.type in RECORD_TYPES:
        return dict(_limited(_fields(value.data, "")))
    if value.type in FRAME_TYPES:
        return _frame_names(cast(pd.DataFrame, value.data))
    return {"value": cast(Scalar, value.data)}


def identifier(name: str) -> str:
    """Return `name` as an expression can write it: `BRK.B` becomes `BRK_B`."""
    plain = re.sub(r"\W", "_", name)
    return f"_{plain}" if not plain.isidentifier() or keyword.iskeyword(plain) else plain


def _fields(record: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Scalar]]:
    for key, item in record.items():
        name = f"{prefix}{identifier(str(key))}"
        if item is None or isinstance(item, bool | str):
            yield name, item
        elif isinstance(item, int | float):
            yield name, float(item)
        elif isinstance(item, Mapping):
            yield from _fields(cast(Mapping[str, Any], item), f"{name}_")
        elif isinstance(item, list):
            yield f"{name}_count", float(len(cast(list[object], item)))


def _frame_names(frame: pd.DataFrame) -> dict[str, Scalar]:
    if frame.empty:
        return {"rows": float(len(frame)), "columns": float(frame.shape[1])}
    last = {identifier(str(column)): finite(item) for column, item in frame.iloc[-1].items()}
    numbers = [number for number in last.values() if number is not None]
    return {
        "rows": float(len(frame)),
        "columns": float(frame.shape[1]),
        "mean": sum(numbers) / len(numbers) if numbers else None,
        "gross": sum(abs(number) for number in numbers),
        **last,
    }


def _limited(fields: Iterator[tuple[str, Scalar]]) -> Iterator[tuple[str, Scalar]]:
    for _, field in zip(range(MAX_NAMES), fields, strict=False):
        yield field
