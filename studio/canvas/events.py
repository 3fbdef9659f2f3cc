"""What the browser sends from the canvas, and the functions that turn it into types or refuse it.

Reflex does not check event arguments: whatever arrives is untrusted until one of the `parse_*` functions has seen it.
"""

import math
from dataclasses import dataclass
from typing import Any, TypedDict, cast

from runtime.errors import InvalidValue
from runtime.graph.document import MAX_EDGES, MAX_ID, MAX_NODES

MAX_COORDINATE = 1e6
"""Canvas pixels; far outside of what a person can reach by dragging."""
MAX_EDGE_ID = 4 * MAX_ID + 16


class MovePayload(TypedDict):
    """Where one node was put down."""

    id: str
    x: float
    y: float


class PointPayload(TypedDict):
    """A place on the canvas, in canvas pixels."""

    x: float
    y: float


class WirePayload(TypedDict):
    """A wire as React Flow tells it."""

    source: str
    sourceHandle: str
    target: str
    targetHandle: str


class ReleasePayload(TypedDict):
    """A wire that was let go over empty canvas: where it came from, where that was on canvas and screen."""

    node: str
    handle: str
    side: str
    x: float
    y: float
    left: float
    top: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A place on the canvas, in canvas pixels."""

    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """The two ends of a wire."""

    source: str
    source_port: str
    target: str
    target_port: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Where a wire was let go: canvas pixels, and pixels of the window for the picker."""

    node: str
    port: str
    at: Point
    left: float
    top: float


def parse_moves(payload: Any) -> dict[str, tuple[float, float]]:  # noqa: ANN401  untrusted
    """Return node id → canvas position; raises `InvalidValue` for anything else."""
    items = _items(payload, MAX_NODES)
    moves: dict[str, tuple[float, float]] = {}
    for item in items:
        fields = _object(item)
        moves[_id(fields.get("id"))] = (_number(fields.get("x")), _number(fields.get("y")))
    return moves


def parse_point(payload: Any) -> Point:  # noqa: ANN401  untrusted
    """Return a place on the canvas."""
    fields = _object(payload)
    return Point(x=_number(fields.get("x")), y=_number(fields.get("y")))


def parse_wire(payload: Any) -> Wire:  # noqa: ANN401  untrusted
    """Return the ends of a wire."""
    fields = _object(payload)
    return Wire(
        source=_id(fields.get("source")),
        source_port=_id(fields.get("sourceHandle")),
        target=_id(fields.get("target")),
        target_port=_id(fields.get("targetHandle")),
    )


def parse_release(payload: Any) -> Release | None:  # noqa: ANN401  untrusted
    """Return where a wire was let go; None when it was pulled out of an input, which nothing can follow."""
    fields = _object(payload)
    if fields.get("side") != "source":
        return None
    return Release(
        node=_id(fields.get("node")),
        port=_id(fields.get("handle")),
        at=Point(x=_number(fields.get("x")), y=_number(fields.get("y"))),
        left=_number(fields.get("left")),
        top=_number(fields.get("top")),
    )


def parse_node_ids(payload: Any) -> tuple[str, ...]:  # noqa: ANN401  untrusted
    """Return node ids, each once, in the order given."""
    return tuple(dict.fromkeys(_id(item) for item in _items(payload, MAX_NODES)))


def parse_edge_ids(payload: Any) -> tuple[str, ...]:  # noqa: ANN401  untrusted
    """Return edge ids, each once, in the order given."""
    return tuple(dict.fromkeys(_id(item, MAX_EDGE_ID) for item in _items(payload, MAX_EDGES)))


def _items(payload: Any, most: int) -> list[Any]:  # noqa: ANN401  untrusted
    if not isinstance(payload, list):
        raise InvalidValue("The canvas sent something that is not a list. Reload the page.")
    items = cast(list[Any], payload)
    if len(items) > most:
        raise InvalidValue(f"The canvas sent {len(items):,} items; at most {most:,} are taken at once.")
    return items


def _object(payload: Any) -> dict[str, Any]:  # noqa: ANN401  untrusted
    if not isinstance(payload, dict):
        raise InvalidValue("The canvas sent something that is not an object. Reload the page.")
    return cast(dict[str, Any], payload)


def _id(value: object, longest: int = MAX_ID) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise InvalidValue("The canvas sent an id that cannot be one. Reload the page.")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidValue("The canvas sent a position that is not a number. Reload the page.")
    if not math.isfinite(value) or abs(value) > MAX_COORDINATE:
        raise InvalidValue("The canvas sent a position outside of the canvas. Reload the page.")
    return float(value)
