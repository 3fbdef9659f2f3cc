"""What travels along a wire: one concrete type per port type, its encoding and its one-line description.

| port type | Python value |
|---|---|
| prices | DataFrame, days × symbols, adjusted close in USD, ascending unique DatetimeIndex (no time zone) |
| signals | DataFrame, days × symbols, in [-1, 1]; NaN where unknown; the last row is the signal now |
| weights | DataFrame, rebalance days × symbols, fraction of equity; the last row is the target now |
| table | DataFrame |
| verdict, insight, report | dict that JSON can hold |
| number | float |
| text | str |

`any` is a port type only: a value always carries its concrete type.
"""

import hashlib
import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

import pandas as pd

from runtime.errors import InvalidValue
from runtime.ids import Digest
from runtime.spec import canonical_json

PortType = Literal[
    "prices", "signals", "weights", "verdict", "insight", "report", "number", "text", "table", "any"
]
FRAME_TYPES: frozenset[PortType] = frozenset({"prices", "signals", "weights", "table"})
RECORD_TYPES: frozenset[PortType] = frozenset({"verdict", "insight", "report"})
Media = Literal["application/vnd.apache.parquet", "application/json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value with its concrete port type (never `any`)."""

    type: PortType
    data: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactRef:
    """Where a value is stored, and what it looks like in one line."""

    digest: Digest
    type: PortType
    size: int
    """Bytes of the stored encoding."""
    line: str

    def dump(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        return {"digest": self.digest, "type": self.type, "size": self.size, "line": self.line}

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> "ArtifactRef":
        """Rebuild what `dump` returned."""
        return cls(digest=Digest(data["digest"]), type=data["type"], size=data["size"], line=data["line"])


def checked(port_type: PortType, data: object) -> Value:
    """Wrap what a node returned; raises `InvalidValue` when it is not of the port's type."""
    if isinstance(data, Value):
        if port_type not in ("any", data.type):
            raise InvalidValue(f"Expected {port_type}, got {data.type}.")
        return data
    expected = (
        pd.DataFrame
        if port_type in FRAME_TYPES
        else dict
        if port_type in RECORD_TYPES
        else {"number": (int, float), "text": str}.get(port_type)
    )
    if expected is None or not isinstance(data, expected):
        raise InvalidValue(f"Expected {port_type}, got a {type(data).__name__}.")
    return Value(type=port_type, data=float(cast(float, data)) if port_type == "number" else data)


def encode(value: Value) -> tuple[bytes, Media]:
    """Return the stored form; equal values give equal bytes. Raises `InvalidValue` for what JSON cannot hold."""
    if value.type in FRAME_TYPES:
        buffer = io.BytesIO()
        cast(pd.DataFrame, value.data).to_parquet(buffer, compression="zstd")
        return buffer.getvalue(), "application/vnd.apache.parquet"
    try:
        return canonical_json(value.data).encode(), "application/json"
    except (TypeError, ValueError) as error:
        raise InvalidValue(f"A {value.type} holds something that JSON cannot: {error}.") from error


def decode(port_type: PortType, data: bytes) -> Value:
    """Rebuild the value that `encode` stored."""
    if port_type in FRAME_TYPES:
        return Value(type=port_type, data=pd.read_parquet(io.BytesIO(data)))
    return Value(type=port_type, data=json.loads(data))


def digest_of(port_type: PortType, data: bytes) -> Digest:
    """Return the content address of an encoded value."""
    return Digest(hashlib.sha256(port_type.encode() + b"\0" + data).hexdigest())


def describe(value: Value) -> str:
    """Return one short line for a node card: shape, top weight, verdict, number."""
    match value.type:
        case "prices" | "table":
            return f"{value.data.shape[1]:,} × {value.data.shape[0]:,}"
        case "signals" | "weights":
            return _frame_line(value.data, unit=value.type)
        case "verdict" | "insight" | "report":
            return _record_line(value.data)
        case "number":
            return f"{value.data:,.4g}"
        case "text":
            return value.data if len(value.data) <= 40 else value.data[:39] + "…"  # noqa: PLR2004
        case "any":
            return ""


def _frame_line(frame: pd.DataFrame, *, unit: str) -> str:
    if frame.empty:
        return f"0 {unit}"
    last = frame.iloc[-1].dropna()
    held = last[last != 0]
    if held.empty:
        return f"0 of {frame.shape[1]} {unit}"
    top = str(held.abs().idxmax())
    return f"{len(held)} {unit} · {top} {held[top]:+.2f}"


def _record_line(record: Mapping[str, Any]) -> str:
    words: list[str] = []
    if "approved" in record:
        words.append("approved" if record["approved"] else "rejected")
    words += [str(record[key]) for key in ("action", "direction", "vt_symbol", "title") if record.get(key)]
    confidence = record.get("confidence")
    if isinstance(confidence, int | float) and math.isfinite(confidence):
        words.append(f"{confidence:.2f}")
    return " · ".join(words[:4]) or f"{len(record)} fields"
