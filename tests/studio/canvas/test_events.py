"""What the browser may send from the canvas, and what is refused."""

import math
from typing import Any

import pytest

from runtime.errors import InvalidValue
from runtime.graph.document import MAX_NODES
from studio.canvas.events import (
    MAX_COORDINATE,
    Point,
    Wire,
    parse_edge_ids,
    parse_moves,
    parse_node_ids,
    parse_point,
    parse_release,
    parse_wire,
)

RELEASE = {"node": "a", "handle": "out", "side": "source", "x": 1, "y": 2, "left": 3, "top": 4}


def test_moves_become_positions_by_node() -> None:
    assert parse_moves([{"id": "a", "x": 8, "y": -16.0}]) == {"a": (8.0, -16.0)}


def test_the_last_of_two_moves_of_one_node_counts() -> None:
    assert parse_moves([{"id": "a", "x": 0, "y": 0}, {"id": "a", "x": 8, "y": 8}]) == {"a": (8.0, 8.0)}


@pytest.mark.parametrize(
    "payload",
    [
        None,
        "a",
        {"id": "a", "x": 0, "y": 0},
        [None],
        [{"id": "", "x": 0, "y": 0}],
        [{"id": "a" * 81, "x": 0, "y": 0}],
        [{"id": 7, "x": 0, "y": 0}],
        [{"id": "a", "x": "0", "y": 0}],
        [{"id": "a", "x": True, "y": 0}],
        [{"id": "a", "x": math.nan, "y": 0}],
        [{"id": "a", "x": math.inf, "y": 0}],
        [{"id": "a", "x": 0, "y": 2 * MAX_COORDINATE}],
        [{"id": "a", "x": 0}],
        [{"id": "a", "x": 0, "y": 0}] * (MAX_NODES + 1),
    ],
)
def test_moves_that_a_canvas_cannot_send_are_refused(payload: Any) -> None:
    with pytest.raises(InvalidValue):
        parse_moves(payload)


def test_a_point_has_two_finite_numbers() -> None:
    assert parse_point({"x": 1, "y": 2.5}) == Point(x=1.0, y=2.5)


def test_a_wire_names_both_ends() -> None:
    wire = {"source": "a", "sourceHandle": "o", "target": "b", "targetHandle": "i"}

    assert parse_wire(wire) == Wire(source="a", source_port="o", target="b", target_port="i")


@pytest.mark.parametrize("missing", ["source", "sourceHandle", "target", "targetHandle"])
def test_a_wire_without_one_of_its_ends_is_refused(missing: str) -> None:
    wire = {"source": "a", "sourceHandle": "o", "target": "b", "targetHandle": "i"}
    del wire[missing]

    with pytest.raises(InvalidValue):
        parse_wire(wire)


def test_a_wire_pulled_out_of_an_output_can_be_followed_by_a_node() -> None:
    release = parse_release(RELEASE)

    assert release is not None
    assert (release.node, release.port, release.at, release.left) == ("a", "out", Point(x=1.0, y=2.0), 3.0)


def test_a_wire_pulled_out_of_an_input_is_followed_by_nothing() -> None:
    assert parse_release({**RELEASE, "side": "target"}) is None


def test_ids_come_once_each_in_the_order_given() -> None:
    assert parse_node_ids(["b", "a", "b"]) == ("b", "a")


def test_an_edge_id_may_be_longer_than_a_node_id() -> None:
    assert parse_edge_ids(["e" * 300]) == ("e" * 300,)
    with pytest.raises(InvalidValue):
        parse_node_ids(["e" * 300])
